import { isJsonArray, type JsonValue } from '../../base/json';

/** Characters by which a shell starts another command, puts something else in place, or sends output elsewhere. */
const SEVERAL = /[;&|<>`$()\r\n]/;

/** The same, and whatever else some shell (POSIX, cmd, PowerShell) would expand or take away: such a word is not itself. */
const SPECIAL = /[^\x20-\x7e\u00a1-\uffff]|[;&|<>`$(){}[\]*?!#~^%\\"'\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

/** One word of a command line: bare, or in quotes of which both ends stand free. */
const WORD = / *(?:"([^"$`\\!%\r\n]*)"|'([^'\r\n]*)'|([^ "']+))(?= |$)/y;

/** True for a text in which a shell could see more than one plain command (gateway.md ARG-09). */
export function isSeveralCommands(text: string): boolean {
	return SEVERAL.test(text);
}

/**
 * The words of an attacker-controlled command: of a text as every shell would split it, or of a list of words. Undefined
 * where shells would do more than that (expansions, redirections, quotes inside of words), because nothing can then be
 * told about what runs (gateway.md ARG-08).
 */
export function plainWords(command: JsonValue): readonly string[] | undefined {
	if (isJsonArray(command)) {
		const words = command.filter(word => typeof word === 'string' && !SPECIAL.test(word));
		return words.length === command.length ? (words as readonly string[]) : undefined;
	}
	if (typeof command !== 'string') {
		return undefined;
	}
	const words: string[] = [];
	const text = withoutSpacesBehind(command);
	const word = new RegExp(WORD);
	while (word.lastIndex < text.length) {
		const match = word.exec(text);
		const [, double, single, bare] = match ?? [];
		if (match === null || (bare !== undefined && SPECIAL.test(bare))) {
			return undefined;
		}
		words.push(double ?? single ?? bare ?? '');
	}
	return words;
}

/** By hand: an expression for the end of the text takes quadratic time over many spaces in its middle. */
function withoutSpacesBehind(text: string): string {
	let end = text.length;
	while (text.charAt(end - 1) === ' ') {
		end--;
	}
	return text.slice(0, end);
}

/** An entry of `programs:` is a program with the words that have to follow it: `ls`, `git status`. */
export function isProgramEntry(text: string): boolean {
	return /^[\w./@+-]+(?: [\w./@+=:,-]+)*$/.test(text);
}

/** True when the words start with those of an entry, letter by letter. */
export function startsProgram(words: readonly string[], entry: string): boolean {
	return entry.split(' ').every((word, at) => words[at] === word);
}

/** True when the words of an entry stand anywhere among the words, whatever their case, folder and `.exe`. */
export function namesProgram(words: readonly string[], entry: string): boolean {
	const names = new Set(words.flatMap(word => [word, word.replace(/^.*[\\/]/, '')]).map(plainName));
	return entry.split(' ').every(word => names.has(plainName(word)));
}

function plainName(word: string): string {
	return word.toLowerCase().replace(/\.(?:exe|cmd|bat|com|ps1)$/, '');
}
