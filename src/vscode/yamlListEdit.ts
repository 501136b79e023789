import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, type Pair, type YAMLMap } from 'yaml';
import { parseYaml } from '../domain/policy/boundedYaml';

/** Replaces `length` UTF-16 units at `offset` by `insert`; `line` of the outcome, counted from 1, begins the first new entry. */
export interface TextEdit {
	readonly offset: number;
	readonly length: number;
	readonly insert: string;
	readonly line: number;
}

/** The text after an edit. */
export function edited(text: string, { offset, length, insert }: Omit<TextEdit, 'line'>): string {
	return text.slice(0, offset) + insert + text.slice(offset + length);
}

/** Where lines go, and which. */
export interface Place {
	readonly offset: number;
	readonly length: number;
	/** What stays of the line behind it. */
	readonly rest?: string;
	/** What is written there, a line each. */
	readonly lines: readonly string[];
}

/** The mapping of a policy; null for a text without any. Undefined where it is none, broken, or not in block style. Never throws. */
export function rootOf(text: string): YAMLMap | null | undefined {
	try {
		const outcome = parseYaml(text, new LineCounter());
		if (outcome.kind !== 'document' || outcome.document.errors.length > 0) {
			return undefined;
		}
		const root: unknown = outcome.document.contents;
		if (root === null || (isScalar(root) && root.value === null)) {
			return null;
		}
		return isMap(root) && root.flow !== true ? root : undefined;
	} catch {
		return undefined;
	}
}

/** Behind the last item of the list that a key has, or below the key where the list is empty. `inner`: where the key stands. */
export function intoList(text: string, pair: Pair, item: readonly string[], inner: string): Place | undefined {
	const { value } = pair;
	if (!isSeq(value) || value.items.length === 0) {
		return intoEmpty(text, pair, indented(item, `${inner}  `));
	}
	const start = (value.items[0] as Node | null)?.range?.[0] ?? 0;
	const indent = /^ *(?=- )/.exec(text.slice(text.lastIndexOf('\n', start) + 1, start))?.[0];
	return value.flow === true || indent === undefined
		? undefined
		: { offset: endOfLine(text, lastOf(value)), length: 0, lines: indented(item, indent) };
}

/** A section of its own behind all that stands there; `section` are its lines at the indentation that is handed on. */
export function atTheEnd(text: string, root: YAMLMap | null, section: (indent: string) => readonly string[]): Place {
	const [first] = root?.items ?? [];
	const lines = section(first === undefined ? '' : columnOf(text, first));
	return { offset: text.trimEnd().length, length: 0, lines: text.trim() === '' ? lines : ['', ...lines] };
}

/** The place as an edit. Undefined where the outcome would say anything else than `wanted`. */
export function asEdit(
	text: string,
	{ offset, length, rest = '', lines }: Place,
	wanted: unknown,
): TextEdit | undefined {
	const eol = text.includes('\r\n') ? '\r\n' : '\n';
	const insert = rest + lines.map(line => eol + line).join('');
	const after = rootOf(edited(text, { offset, length, insert }));
	if (after === undefined || after === null || sorted(wanted) !== sorted(membersOf(after))) {
		return undefined;
	}
	const before = lines.findIndex(line => line.trimStart().startsWith('- '));
	return { offset, length, insert, line: text.slice(0, offset).split('\n').length + 1 + before };
}

/** What a mapping says. */
export function membersOf(map: YAMLMap | null): Readonly<Record<string, unknown>> {
	return (map?.toJSON() ?? {}) as Record<string, unknown>;
}

/** Below a key that has no value, or in place of its empty `[]` or `{}`. */
export function intoEmpty(text: string, { key, value }: Pair, lines: readonly string[]): Place | undefined {
	const keyEnd = isNode(key) ? (key.range?.[1] ?? 0) : 0;
	if (value === null || (isScalar(value) && value.value === null && value.source === '')) {
		return { offset: endOfLine(text, keyEnd), length: 0, lines };
	}
	const empty = (isMap(value) || isSeq(value)) && value.items.length === 0 ? value.range : undefined;
	if (empty === undefined || empty === null) {
		return undefined;
	}
	const colon = text.indexOf(':', keyEnd) + 1;
	const end = endOfLine(text, empty[1]);
	return { offset: colon, length: end - colon, rest: text.slice(empty[1], end), lines };
}

/** Where the last leaf of a block collection ends. */
export function lastOf(node: unknown): number {
	if (isMap(node) && node.flow !== true) {
		const last = node.items.at(-1);
		return Math.max(lastOf(last?.value), lastOf(last?.key));
	}
	if (isSeq(node) && node.flow !== true) {
		return lastOf(node.items.at(-1));
	}
	return isNode(node) ? (node.range?.[1] ?? 0) : 0;
}

/** The end of the line in which something ends, before its line break. */
export function endOfLine(text: string, end: number): number {
	const found = text.indexOf('\n', Math.max(end - 1, 0));
	const at = found < 0 ? text.length : found;
	return text[at - 1] === '\r' ? at - 1 : at;
}

/** The indentation at which a key stands. */
export function columnOf(text: string, { key }: Pair): string {
	const start = isNode(key) ? (key.range?.[0] ?? 0) : 0;
	return ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
}

/** The lines, each behind an indentation. */
export function indented(lines: readonly string[], indent: string): readonly string[] {
	return lines.map(line => indent + line);
}

/** The member of a mapping that has this name. */
export function pairOf(map: YAMLMap, name: string): Pair | undefined {
	return map.items.find(({ key }) => isScalar(key) && key.value === name);
}

/** The value as JSON with its members in order. */
function sorted(value: unknown): string {
	return JSON.stringify(value, (_key, member: unknown) =>
		typeof member === 'object' && member !== null && !Array.isArray(member)
			? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
			: member,
	);
}
