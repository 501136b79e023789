import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, type Pair, stringify, type YAMLMap } from 'yaml';
import { parseYaml } from '../domain/policy/boundedYaml';

/** An entry of `inspection.suppress` as it is written. */
export interface WrittenSuppression {
	readonly server: string;
	readonly rule: string;
	/** RFC 3339, UTC. */
	readonly until: string;
	readonly reason: string;
}

/** Replaces `length` UTF-16 units at `offset` by `insert`; `line` of the outcome, counted from 1, begins the first new entry. */
export interface TextEdit {
	readonly offset: number;
	readonly length: number;
	readonly insert: string;
	readonly line: number;
}

interface Place {
	readonly offset: number;
	readonly length: number;
	/** What stays of the line behind it. */
	readonly rest?: string;
	/** What is written there, a line each. */
	readonly lines: readonly string[];
}

/**
 * The edit that adds suppressions to a policy, all or none, and changes nothing else of it: comments, order and layout stay. Undefined
 * where there is none to add, and where the text is no plain policy (broken, or these sections on one line), so that a person
 * has to write it.
 */
export function addSuppressions(text: string, added: readonly WrittenSuppression[]): TextEdit | undefined {
	const root = rootOf(text);
	if (root === undefined || added.length === 0) {
		return undefined;
	}
	const place = placeFor(text, root, stringify(added, { lineWidth: 0 }).trimEnd().split('\n'));
	if (place === undefined) {
		return undefined;
	}
	const eol = text.includes('\r\n') ? '\r\n' : '\n';
	const { offset, length, rest = '' } = place;
	const insert = rest + place.lines.map(line => eol + line).join('');
	const after = text.slice(0, offset) + insert + text.slice(offset + length);
	if (!addsOnly(root, rootOf(after), added)) {
		return undefined;
	}
	const before = place.lines.findIndex(line => line.trimStart().startsWith('- '));
	return { offset, length, insert, line: text.slice(0, offset).split('\n').length + 1 + before };
}

/** The mapping of a policy; null for a text without any. Undefined where it is none, or not in block style. */
function rootOf(text: string): YAMLMap | null | undefined {
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

function placeFor(text: string, root: YAMLMap | null, item: readonly string[]): Place | undefined {
	const inspection = root === null ? undefined : pairOf(root, 'inspection');
	if (root === null || inspection === undefined) {
		const [first] = root?.items ?? [];
		const indent = first === undefined ? '' : columnOf(text, first);
		const lines = [`${indent}inspection:`, `${indent}  suppress:`, ...indented(item, `${indent}    `)];
		return { offset: text.trimEnd().length, length: 0, lines: text.trim() === '' ? lines : ['', ...lines] };
	}
	const outer = columnOf(text, inspection);
	const section = (indent: string) => [`${indent}suppress:`, ...indented(item, `${indent}  `)];
	if (!isMap(inspection.value) || inspection.value.items.length === 0) {
		return intoEmpty(text, inspection, section(`${outer}  `));
	}
	const [firstOfSection] = inspection.value.items;
	if (inspection.value.flow === true || firstOfSection === undefined) {
		return undefined;
	}
	const inner = columnOf(text, firstOfSection);
	const suppress = pairOf(inspection.value, 'suppress');
	if (suppress === undefined) {
		return { offset: endOfLine(text, lastOf(inspection.value)), length: 0, lines: section(inner) };
	}
	if (!isSeq(suppress.value) || suppress.value.items.length === 0) {
		return intoEmpty(text, suppress, indented(item, `${inner}  `));
	}
	const start = (suppress.value.items[0] as Node | null)?.range?.[0] ?? 0;
	const indent = /^ *(?=- )/.exec(text.slice(text.lastIndexOf('\n', start) + 1, start))?.[0];
	return suppress.value.flow === true || indent === undefined
		? undefined
		: { offset: endOfLine(text, lastOf(suppress.value)), length: 0, lines: indented(item, indent) };
}

/** Below a key that has no value, or in place of its empty `[]` or `{}`. */
function intoEmpty(text: string, { key, value }: Pair, lines: readonly string[]): Place | undefined {
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
function lastOf(node: unknown): number {
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
function endOfLine(text: string, end: number): number {
	const found = text.indexOf('\n', Math.max(end - 1, 0));
	const at = found < 0 ? text.length : found;
	return text[at - 1] === '\r' ? at - 1 : at;
}

function columnOf(text: string, { key }: Pair): string {
	const start = isNode(key) ? (key.range?.[0] ?? 0) : 0;
	return ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
}

function indented(lines: readonly string[], indent: string): readonly string[] {
	return lines.map(line => indent + line);
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
	return map.items.find(({ key }) => isScalar(key) && key.value === name);
}

/** True when the second mapping says what the first says and the suppressions, last of its list. */
function addsOnly(
	before: YAMLMap | null,
	after: YAMLMap | null | undefined,
	added: readonly WrittenSuppression[],
): boolean {
	const members = (map: YAMLMap | null) => (map?.toJSON() ?? {}) as Record<string, unknown>;
	if (after === undefined || after === null) {
		return false;
	}
	const { inspection, ...others } = members(before);
	const old = (inspection ?? {}) as Record<string, unknown>;
	const list = (old['suppress'] ?? []) as readonly unknown[];
	const wanted = { ...others, inspection: { ...old, suppress: [...list, ...added] } };
	return sorted(wanted) === sorted(members(after));
}

/** The value as JSON with its members in order. */
function sorted(value: unknown): string {
	return JSON.stringify(value, (_key, member: unknown) =>
		typeof member === 'object' && member !== null && !Array.isArray(member)
			? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
			: member,
	);
}
