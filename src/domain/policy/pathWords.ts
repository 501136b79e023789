import { looksLikePath } from './pathLooks';
import { type KeyKind } from './pathKeys';
import { MAX_PATH_LENGTH } from './pathText';
import { namesFile, revisionPaths } from './revisionPaths';

/** More words than this of one command line are not looked at; such a command is a program in any case. */
const MAX_COMMAND_WORDS = 256;

/** Longest name of a file below a folder (NAME_MAX of Linux), with a little path before it. */
const MAX_NAME = 255;

const AT = '@'.charCodeAt(0);
const DASH = '-'.charCodeAt(0);
const NONE: readonly WordPath[] = [];

/** A path inside a longer word; `sure` when nothing else is meant by such a word. */
interface WordPath {
	readonly raw: string;
	readonly sure: boolean;
}

/**
 * The paths behind the sign of an option or argument: `--file=/etc/passwd`, `-f/etc/passwd`, `@/etc/passwd`,
 * `if=/etc/passwd`, relative ones as well. Under keys of content only what `@` hands over, and never surely.
 */
export function pathsInWord(text: string, kind: KeyKind): readonly WordPath[] {
	const first = text.charCodeAt(0);
	const told = kind.content
		? first === AT || text.includes('=@')
		: first === AT || first === DASH || text.includes('=');
	if (!told || text.length > MAX_PATH_LENGTH) {
		return NONE;
	}
	const words = kind.options || kind.command;
	const found: WordPath[] = [];
	const add = (value: string | undefined, sure: boolean, relativeSure: boolean) => {
		const raw = value?.replace(/^["']/, '').replace(/["']$/, '');
		if (raw === undefined || raw === '' || (kind.content && /\s/.test(raw))) {
			return;
		}
		if (looksLikePath(raw, false)) {
			found.push({ raw, sure: sure && !kind.content });
		} else if (namesFile(raw)) {
			found.push({ raw, sure: relativeSure && !kind.content });
		}
	};
	const option = /^--?[A-Za-z][\w-]*=(.+)$/s.exec(text);
	const pair = option ?? /^[\w.-]+=(.+)$/s.exec(text);
	const value = pair?.[1];
	if (value !== undefined && (!kind.content || value.startsWith('@'))) {
		add(value, option !== null || words, option !== null);
	}
	if (option === null && text.startsWith('-') && !kind.content) {
		add(/^-[A-Za-z](.+)$/s.exec(text)?.[1], true, false);
	}
	add(/^@(.+)$/s.exec(value ?? text)?.[1], words, false);
	return found;
}

/**
 * The words of a command line that look like paths or name files, also behind the colon of a git revision. Quotes and
 * expansions can hide one: a command is a program.
 */
export function pathsInCommand(text: string): Iterable<string> {
	const words = text.slice(0, 8 * MAX_PATH_LENGTH).split(/[\s"'`;|&<>(),=]+/, MAX_COMMAND_WORDS);
	return new Set(
		words.flatMap(word => [
			...[...(word === text ? [] : [word]), word.replace(/^(?:-[A-Za-z]|@)/, '')].filter(
				part => part !== '' && part !== text && looksLikePath(part, false),
			),
			...[word, word.split(':', 1)[0] ?? '', ...revisionPaths(word)].filter(namesFile),
		]),
	);
}

/**
 * True for a short text that may be the name of a file below a folder of the call, under whatever key it stands. Prose,
 * options, numbers and URLs are not; neither is a text with a backslash, which in a search is an escape.
 */
export function mayBeName(text: string, kind: KeyKind): boolean {
	return (
		text.length <= MAX_NAME &&
		!kind.content &&
		!kind.noName &&
		!kind.command &&
		/[A-Za-z.*?[{\x80-\uffff]/.test(text) &&
		!/^(?:\s*|-.*|\.+|\.[*+?]+|true|false|null)$/i.test(text) &&
		!/[\r\n\\]|:\/\/|(?:\s\S+){4}/.test(text)
	);
}
