import { applyEdits, createScanner, type Edit, type Node } from 'jsonc-parser';
import { inEnglish } from '../../base/phrase';
import { duplicateKeys, fingerprint, type JsonDocument, type Member, membersOf, parseDocument } from './jsonDocument';
import { SERVERS_PATH } from './originFormat';
import { PROBLEM_WORDS } from './problemWords';

/** A server taken out of a text. */
export interface RemovedServer {
	/** The text without the server. */
	readonly text: string;
	/** The property as it was written, from its key to the end of its value, comments inside included. */
	readonly property: string;
}

/**
 * Takes one server out of a file, from the object to which the keys `at` lead. Only the property, its separating comma and the blanks around them go: comments,
 * line ends, indentation and a byte order mark stay. The result is parsed and compared before it is given, so that a
 * text of any shape is either cut rightly or refused. Never throws.
 */
export function removeServer(
	text: string,
	name: string,
	at: readonly string[] = SERVERS_PATH,
): RemovedServer | { readonly problem: string } {
	const found = findServer(text, name, at);
	if ('problem' in found) {
		return found;
	}
	const { document, servers, members, index, member } = found;
	const body = text.slice(document.start);
	const edits = cuts(body, servers, members, index);
	const cut = text.slice(0, document.start) + applyEdits(body, edits);
	const after = parseDocument(cut);
	if ('problem' in after || fingerprint(after.root) !== fingerprint(document.root, member.property)) {
		return { problem: 'the server cannot be taken out of this file safely' };
	}
	const { offset, length } = member.property;
	return { text: cut, property: body.slice(offset, offset + length) };
}

/** One server of a text. */
export interface FoundMember {
	readonly document: JsonDocument;
	/** The object that holds it. */
	readonly servers: Node;
	readonly members: readonly Member[];
	readonly index: number;
	readonly member: Member;
}

/** Finds the one server of a name in the object to which the keys `at` lead. Never throws. */
export function findServer(
	text: string,
	name: string,
	at: readonly string[],
): FoundMember | { readonly problem: string } {
	const document = parseDocument(text);
	if ('problem' in document) {
		return { problem: inEnglish(PROBLEM_WORDS.inLine(document.problem.line, document.problem.message)) };
	}
	const servers = nodeAt(document.root, at);
	const members = membersOf(servers);
	if (servers === undefined || members === undefined) {
		return { problem: inEnglish(PROBLEM_WORDS.noObject(at.at(-1) ?? '')) };
	}
	const index = members.findIndex(({ key }) => key === name);
	const member = members[index];
	if (member === undefined) {
		return { problem: 'the file has no server of this name' };
	}
	return duplicateKeys(members).has(name)
		? { problem: 'the name of the server occurs more than once in the file' }
		: { document, servers, members, index, member };
}

/** The value to which keys lead; undefined when one of them is not there, or more than once. */
export function nodeAt(root: Node, keys: readonly string[]): Node | undefined {
	let node: Node | undefined = root;
	for (const key of keys) {
		const found: readonly Member[] = (membersOf(node) ?? []).filter(member => member.key === key);
		node = found.length === 1 ? found[0]?.value : undefined;
	}
	return node;
}

/** A part of a text, end exclusive. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

const COMMA = 5;
const LINE_COMMENT = 12;
const BLOCK_COMMENT = 13;
const END_OF_FILE = 17;

/** The first comma between two offsets that is not part of a comment. There must be no string between them. */
export function commaBetween(text: string, from: number, to: number): number | undefined {
	const scanner = createScanner(text.slice(from, to), false);
	for (let kind: number = scanner.scan(); kind !== END_OF_FILE; kind = scanner.scan()) {
		if (kind === COMMA) {
			return from + scanner.getTokenOffset();
		}
	}
	return undefined;
}

/** The end of the comments that follow an offset on its line; the offset itself when there are none. */
export function endOfLineComments(text: string, from: number): number {
	const scanner = createScanner(text.slice(from), false);
	let end = from;
	for (let kind: number = scanner.scan(); kind !== END_OF_FILE; kind = scanner.scan()) {
		const token = text.slice(from + scanner.getTokenOffset(), from + scanner.getPosition());
		const comment = kind === LINE_COMMENT || kind === BLOCK_COMMENT;
		if (!comment && !/^[ \t]+$/.test(token)) {
			break;
		}
		end = comment ? from + scanner.getPosition() : end;
	}
	return end;
}

/** The property goes with the comma after it; the last one, where no comma follows, with the one before it. */
function cuts(text: string, servers: Node, members: readonly Member[], index: number): Edit[] {
	const own = spanOf(members[index]?.property ?? servers);
	const next = members[index + 1];
	const previous = members[index - 1];
	const limit = next?.property.offset ?? servers.offset + servers.length;
	const after = commaBetween(text, own.end, limit);
	const before =
		after === undefined && previous !== undefined
			? commaBetween(text, spanOf(previous.property).end, own.start)
			: undefined;
	const joined = after !== undefined && isBlank(text.slice(own.end, after));
	const spans = [{ start: own.start, end: joined ? after + 1 : own.end }];
	if (after !== undefined && !joined) {
		spans.push({ start: after, end: after + 1 });
	}
	const widened = spans.map(span => withBlanks(text, span));
	if (before !== undefined) {
		widened.unshift({ start: before, end: before + 1 });
	}
	return widened.map(({ start, end }) => ({ offset: start, length: end - start, content: '' }));
}

/** A span that has its lines to itself takes them along; another takes the blanks behind it, or before a closing brace. */
function withBlanks(text: string, { start, end }: Span): Span {
	const left = start - (/[ \t]*$/.exec(text.slice(Math.max(0, start - 4096), start))?.[0].length ?? 0);
	const right = end + (/^[ \t]*/.exec(text.slice(end, end + 4096))?.[0].length ?? 0);
	const lineStart = left === 0 || isLineEnd(text[left - 1]);
	const eol = /^(?:\r\n|\n|\r)/.exec(text.slice(right, right + 2))?.[0].length ?? 0;
	if (lineStart && eol > 0) {
		return { start: left, end: right + eol };
	}
	if (lineStart) {
		return { start, end: right };
	}
	return eol > 0 || text[right] === '}' ? { start: left, end } : { start, end: right };
}

function isLineEnd(char: string | undefined): boolean {
	return char === '\n' || char === '\r';
}

function isBlank(text: string): boolean {
	return /^[ \t]*$/.test(text);
}

/** Where a node is. */
export function spanOf(node: Node): Span {
	return { start: node.offset, end: node.offset + node.length };
}
