import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { MAX_JSON_DEPTH } from '../../base/json';

/** Longest configuration text that is read, in UTF-16 units. An honest one is a thousand times shorter. */
export const MAX_DOCUMENT_CHARS = 1024 * 1024;

/** What is wrong with a configuration text, and where. `line` counts from 1. */
export interface DocumentProblem {
	readonly line: number;
	readonly message: string;
}

/** A parsed text: the tree of jsonc-parser, whose offsets count from `start`, behind a byte order mark. */
export interface JsonDocument {
	readonly root: Node;
	readonly text: string;
	/** 1 when the text begins with a byte order mark, else 0; add it to an offset of the tree. */
	readonly start: number;
}

/** How a text is read: `jsonc` admits comments and trailing commas, `json` does not. */
export type JsonDialect = 'jsonc' | 'json';

/** Parses attacker-controlled text without recovery: the first error is the outcome. Never throws; size and depth capped. */
export function parseDocument(
	text: string,
	dialect: JsonDialect = 'jsonc',
): JsonDocument | { problem: DocumentProblem } {
	const start = text.startsWith('\uFEFF') ? 1 : 0;
	const body = text.slice(start);
	if (body.length > MAX_DOCUMENT_CHARS) {
		return { problem: { line: 1, message: 'the file is too large' } };
	}
	const tooDeep = depthExceededAt(body);
	if (tooDeep !== undefined) {
		return { problem: { line: lineAt(body, tooDeep), message: 'the file is nested too deeply' } };
	}
	const errors: ParseError[] = [];
	const jsonc = dialect === 'jsonc';
	const root = parseTree(body, errors, { allowTrailingComma: jsonc, disallowComments: !jsonc });
	const [error] = errors;
	if (error !== undefined || root === undefined) {
		const message = error === undefined ? 'the file is empty' : sentenceOf(printParseErrorCode(error.error));
		return { problem: { line: lineAt(body, error?.offset ?? 0), message } };
	}
	return { root, text, start };
}

/** The 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
	let line = 1;
	for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
		line++;
	}
	return line;
}

/** One property of an object node. */
export interface Member {
	readonly key: string;
	/** The whole property, from its key to the end of its value. */
	readonly property: Node;
	readonly value: Node;
}

/** The properties of an object node in their order, duplicates included; undefined when the node is no object. */
export function membersOf(node: Node | undefined): readonly Member[] | undefined {
	if (node?.type !== 'object') {
		return undefined;
	}
	return (node.children ?? []).flatMap(property => {
		const [key, value] = property.children ?? [];
		const name = textOf(key);
		return name === undefined || value === undefined ? [] : [{ key: name, property, value }];
	});
}

/** The text of a string node. */
export function textOf(node: Node | undefined): string | undefined {
	const value: unknown = node?.type === 'string' ? node.value : undefined;
	return typeof value === 'string' ? value : undefined;
}

/** The keys that occur more than once. Parsers differ on which one counts, so such an object is never guessed at. */
export function duplicateKeys(members: readonly Member[]): ReadonlySet<string> {
	const seen = new Set<string>();
	return new Set(members.filter(({ key }) => seen.size === seen.add(key).size).map(({ key }) => key));
}

/** A text that is equal for two nodes exactly when they hold the same values in the same order. */
export function fingerprint(node: Node, skip?: Node): string {
	if (node.children === undefined) {
		return JSON.stringify(node.value);
	}
	const parts = node.children.filter(child => child !== skip).map(child => fingerprint(child, skip));
	return `${node.type}(${parts.join()})`;
}

const OPENING = new Set([1, 3]);
const CLOSING = new Set([2, 4]);
const END_OF_FILE = 17;

/** The parser recurses, so depth is bounded by a flat scan before it runs. */
function depthExceededAt(text: string): number | undefined {
	const scanner = createScanner(text, true);
	let depth = 0;
	for (let kind: number = scanner.scan(); kind !== END_OF_FILE; kind = scanner.scan()) {
		depth += OPENING.has(kind) ? 1 : CLOSING.has(kind) ? -1 : 0;
		if (depth > MAX_JSON_DEPTH) {
			return scanner.getTokenOffset();
		}
	}
	return undefined;
}

/** `CommaExpected` → `comma expected`. */
function sentenceOf(code: string): string {
	return code.replace(/(?<=[a-z])[A-Z]/g, letter => ` ${letter}`).toLowerCase();
}
