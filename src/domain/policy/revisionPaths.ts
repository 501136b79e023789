import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { nameTokens } from './nameTokens';
import { kindOfKey } from './pathKeys';

/** True for a call to git, by its capability or the words of its tool: revisions in its arguments then name files. */
export function isGitCall(tool: string | undefined, capability: string | undefined): boolean {
	return (capability ?? '').startsWith('git.') || nameTokens(tool ?? '').includes('git');
}

/**
 * The files that a git argument names behind a colon (gitrevisions, gitglossary "pathspec"): `HEAD:.env`, `:0:.env`,
 * `:(top).env`, `:!x`. Every colon counts, because what stands before it is attacker-controlled too. Relative as written;
 * none for a URL.
 */
export function revisionPaths(text: string): readonly string[] {
	if (!text.includes(':') || text.includes('://')) {
		return [];
	}
	const behind = text.slice(text.indexOf(':') + 1);
	const plain = behind.replace(/^(?:[0-3]:|\([^)]*\)|[!^/]+)/, '');
	return [...new Set([behind, plain])].filter(path => path !== '');
}

/** A word of a command line that names a file by its form: a name with a dot or a slash in it, and no option or URL. */
export function namesFile(word: string): boolean {
	return /^[^-\s][^\s]*$/.test(word) && /[./]/.test(word) && !/:\/\//.test(word) && !/^[\d.]+$/.test(word);
}

/** Options of reading commands of git that write a file, run a program or read settings from elsewhere. */
const ACTING_OPTION =
	/^(?:--(?:output|exec|ext-diff|textconv|upload-pack|receive-pack|config|open-files-in-pager|paginate)|-[cOo])/;

/**
 * True when arguments of a git tool hand git an option where a revision, a repository or a path is meant, or one that does
 * more than read where options are meant: `git diff --output=FILE` writes FILE. Attacker-controlled.
 */
export function carriesGitOption(value: JsonValue | undefined, key = ''): boolean {
	if (typeof value === 'string') {
		const kind = kindOfKey(key);
		return value.trimStart().startsWith('-') && !kind.content && !kind.command
			? !kind.options || ACTING_OPTION.test(value.trimStart())
			: false;
	}
	if (isJsonArray(value)) {
		return value.some(item => carriesGitOption(item, key));
	}
	return isJsonObject(value) && Object.entries(value).some(([name, item]) => carriesGitOption(item, name));
}
