import { type Phrase, phrase, readPhrase } from '../../base/phrase';

type Word = string | number;

/**
 * What can be wrong with a file that defines servers, with the registry, or with a launch, where the sentence holds more than our
 * words. All other problems of these rooms are constants. Problems are handed on in English, for every surface.
 */
export const PROBLEM_WORDS = {
	/** `what` is a problem. */
	inLine: (line: Word, what: Word) => phrase('line {0}: {1}', line, what),
	inLineOf: (file: Word, line: Word, what: Word) => phrase('{0}, line {1}: {2}.', file, line, what),
	object: (key: Word) => phrase('"{0}" must be one object', key),
	noObject: (key: Word) => phrase('the file has no "{0}" object', key),
	tooMany: (most: Word) => phrase('more than {0} servers', most),
	oneOf: (known: Word) => phrase('must be one of {0}', known),
	clash: (field: Word) => phrase('another server has the same {0}', field),
	unusable: (file: Word, line: Word, what: Word) =>
		phrase('The registry cannot be used: {0}, line {1}: {2}.', file, line, what),
	unwritable: (what: Word) => phrase('the registry cannot be written: {0}', what),
	invalid: (what: Word) => phrase('the entry is not valid: {0}', what),
	unreadable: (file: Word) => phrase('{0} cannot be read', file),
	expired: (at: Word) => phrase('it expired on {0}', at),
	noVariable: (name: Word) => phrase('no value is stored for the environment variable {0}', name),
	noHeader: (name: Word) => phrase('no value is stored for the header {0}', name),
	notStored: (variable: Word) => phrase('no value is stored for {0}', variable),
	noFolder: (variable: Word) =>
		phrase(
			'{0} has no value here: no folder is open, or several are, of which ${workspaceFolder:NAME} names one',
			variable,
		),
	noValue: (variable: Word) => phrase('{0} has no value here', variable),
	revoked: (name: Word) =>
		phrase('The credential {0} was revoked. Set a new value with “MCP Firewall: Manage Credentials…”', name),
	exposed: (variable: Word) =>
		phrase(
			'“{0}” is given as an argument, which every program of this computer can read while the server runs. Give it by a variable of the environment if the server takes one.',
			variable,
		),
} as const;

/** What has no value and cannot be shown. */
export const NO_VALUE = phrase('a variable of the launch has no value here').text;

const { unusable, inLineOf, inLine, unwritable, invalid } = PROBLEM_WORDS;
const textsOf = (words: readonly ((...args: Word[]) => Phrase)[]) => words.map(make => make().text);
/** The last thing that they hold is a problem too. None before what it could be taken for; the last one needs no translation. */
const AROUND = [...textsOf([unusable, unwritable, invalid, inLine, inLineOf]), '{0}: {1}.'];
const TEXTS = [NO_VALUE, ...textsOf(Object.values(PROBLEM_WORDS)).filter(text => !AROUND.includes(text))];

/**
 * A problem of these rooms as a phrase again. What the system said has no translation, and so stays as it is. Names and paths in
 * it are attacker-controlled.
 */
export function problemPhrase(problem: string): Phrase {
	const read = readPhrase(problem, TEXTS);
	if (read !== undefined) {
		return read;
	}
	const around = readPhrase(problem, AROUND) ?? atPointer(problem);
	const last = around?.args.at(-1);
	return around === undefined || typeof last !== 'string'
		? { text: problem, args: [] }
		: { ...around, args: [...around.args.slice(0, -1), problemPhrase(last)] };
}

/** A place in the registry, a JSON pointer, before what is wrong there. */
function atPointer(problem: string): Phrase | undefined {
	const [, pointer, what] = /^(\/\S*) ([^]+)$/.exec(problem) ?? [];
	return pointer === undefined || what === undefined ? undefined : { text: '{0} {1}', args: [pointer, what] };
}
