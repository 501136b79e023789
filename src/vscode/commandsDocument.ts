import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, pointerToken } from '../base/json';
import { commandLine, type CommandPiece } from '../domain/approval/commandWords';
import { kindOfKey } from '../domain/policy/pathKeys';
import { plainWords } from '../domain/policy/plainCommand';
import { quoteForPerson } from './quote';
import { say } from './say';

/** Commands of one call that are taken apart; how deep they are looked for; longest word that is shown whole. */
const MAX_COMMANDS = 16;
const MAX_DEPTH = 8;
const MAX_WORD = 16_384;

interface Command {
	/** JSON pointer. Made of attacker-controlled names. */
	readonly pointer: string;
	readonly command: string | readonly string[];
}

/**
 * The commands of a call, word by word, each quoted on a line of its own, with what a shell would do beyond that. Undefined
 * where no argument is named like a command. Arguments are attacker-controlled.
 */
export function commandsDocument(args: JsonObject): string | undefined {
	const found: Command[] = [];
	collect(args, false, '', 0, found);
	if (found.length === 0) {
		return undefined;
	}
	const shown = found.slice(0, MAX_COMMANDS);
	return [
		say('The commands of this call, taken apart. Nothing was run or expanded. Words are quoted, not verified.'),
		...shown.map(section),
		...(found.length > shown.length
			? [say('… and {0} more: see the arguments.', found.length - shown.length)]
			: []),
		'',
	].join('\n\n');
}

function section({ pointer, command }: Command): string {
	const at = say('At {0} of the arguments', quoteForPerson(pointer, 1_000));
	if (typeof command !== 'string') {
		return [
			say('{0}: a list of words, handed on as they are', at),
			...command.map((word, index) => `${number(index)} ${quoted(word)}`),
		].join('\n');
	}
	const { pieces, notes } = commandLine(command);
	let words = 0;
	const lines = pieces.map(piece =>
		piece.kind === 'word' ? wordLine(piece, words++) : `     ${operatorText(piece.text)}  ← ${say(piece.meaning)}`,
	);
	return [
		plainWords(command) === undefined
			? say('{0}: a text that a shell would do more with than split it; split as a POSIX shell does', at)
			: say('{0}: a text that every shell splits alike', at),
		...lines,
		...notes.map(note => `  ! ${say(note)}`),
	].join('\n');
}

function wordLine({ text, notes, quoted: inQuotes }: Extract<CommandPiece, { kind: 'word' }>, index: number): string {
	const all = [...(inQuotes ? [say('was in quotes')] : []), ...notes.map(note => say(note))];
	return `${number(index)} ${quoted(text)}${all.length === 0 ? '' : `  ← ${all.join('; ')}`}`;
}

function operatorText(text: string): string {
	return text === '\n' ? '⏎' : text;
}

/** Between marks that the text itself cannot have, so that it cannot pass for a line or a note of ours. */
function quoted(text: string): string {
	return `“${quoteForPerson(text, MAX_WORD).replace(/[“”]/g, '"')}”`;
}

function number(index: number): string {
	return `[${String(index)}]`.padStart(4);
}

function collect(value: JsonValue | undefined, named: boolean, pointer: string, depth: number, found: Command[]): void {
	if (depth > MAX_DEPTH || found.length > MAX_COMMANDS) {
		return;
	}
	if (typeof value === 'string') {
		if (named && value.trim() !== '') {
			found.push({ pointer, command: value });
		}
	} else if (isJsonArray(value)) {
		const words = value.filter(item => typeof item === 'string');
		if (named && words.length > 0 && words.length === value.length) {
			found.push({ pointer, command: words });
			return;
		}
		value.forEach((item, index) => {
			collect(item, named, `${pointer}/${String(index)}`, depth + 1, found);
		});
	} else if (isJsonObject(value)) {
		const names = Object.keys(value);
		const beside = names.some(name => kindOfKey(name).command);
		for (const name of names) {
			const { command, options } = kindOfKey(name);
			// The words beside a command are its own.
			collect(
				value[name],
				named || command || (options && beside),
				`${pointer}/${pointerToken(name)}`,
				depth + 1,
				found,
			);
		}
	}
}
