import {
	isJsonArray,
	isJsonObject,
	MAX_JSON_DEPTH,
	pointerToken,
	type JsonObject,
	type JsonValue,
} from '../../base/json';
import { type Steps } from '../../base/steps';
import { type Finding } from './finding';
import { linkFlaw, type LinkPlaces } from './linkFlaw';
import { mirrorFlaw } from './mirrorFlaw';
import { mediaFlaw } from './mediaFlaw';
import { proseLinks } from './proseLinks';

/** What takes the place of an address that leads where it must not. A URI of our own scheme, which nobody opens. */
export const HARMLESS_URI = 'mcp-firewall:quarantined';

/** The same for the `src` of an icon, which is to be shown: an empty `data:` URI. */
const HARMLESS_ICON = 'data:,';

/** A finding about a part of an answer, with what takes the place of the value at its pointer, if anything does. */
export interface PartFinding {
	readonly finding: Finding;
	readonly replacement?: JsonValue;
}

/** Findings of low severity that are kept of one answer; more are of no use to anybody. */
const MAX_SLIGHT = 500;

/** Data of the server's own, where no member name has a meaning of the protocol. */
const FREE_DATA = new Set(['structuredContent', '_meta', 'arguments', 'annotations', 'inputSchema', 'outputSchema']);

/** Members that hold an address which clients follow or show (MCP 2025-11-25 schema.ts). */
const ADDRESSES = new Set(['uri', 'uriTemplate', 'websiteUrl']);

/** An address in an answer, and what would take its place. */
export interface PartAddress {
	readonly uri: string;
	readonly pointer: string;
	readonly replacement: string;
}

/** What was found in the parts of an answer, and the addresses that are to be held against {@link LinkPlaces}. */
export interface ResultParts {
	readonly found: readonly PartFinding[];
	readonly addresses: readonly PartAddress[];
}

/** What is wrong with these addresses. */
export function addressFindings(addresses: readonly PartAddress[], places: LinkPlaces): readonly PartFinding[] {
	return addresses.flatMap(({ uri, pointer, replacement }) => {
		const flaw = linkFlaw(uri, places);
		if (flaw === undefined) {
			return [];
		}
		const finding = { kind: 'unsafe-link', ...flaw, pointer, span: { start: 0, end: uri.length } } as const;
		return [{ finding, ...(flaw.severity !== 'low' && { replacement }) }];
	});
}

/**
 * What is wrong with the parts of an answer, however their texts read: pictures, sounds and blobs that are not what they are
 * called, links in texts that act when shown, a text that contradicts the structured content; and all addresses that
 * clients follow or show. Never throws. The value is attacker-controlled.
 */
export function* resultParts(value: JsonValue): Steps<ResultParts> {
	const found: PartFinding[] = [];
	const addresses: PartAddress[] = [];
	const offending = new Set<string>();
	let slight = 0;
	const note = (part: PartFinding): void => {
		const { severity, pointer } = part.finding;
		if (severity === 'low') {
			slight++;
			if (slight <= MAX_SLIGHT) {
				found.push(part);
			}
		} else if (found.length < 2 * MAX_SLIGHT || !offending.has(pointer)) {
			// However many there are, each place that offends is known, and so replaced.
			found.push(part);
			offending.add(pointer);
		}
	};
	function* walk(item: JsonValue | undefined, pointer: string, free: boolean, depth: number): Steps<void> {
		yield;
		if (typeof item === 'string') {
			for (const hit of proseLinks(item)) {
				note({ finding: { ...hit, pointer } });
			}
		} else if (typeof item !== 'object' || item === null || depth > MAX_JSON_DEPTH) {
			return;
		} else if (isJsonArray(item)) {
			for (const [index, child] of item.entries()) {
				yield* walk(child, `${pointer}/${String(index)}`, free, depth + 1);
			}
		} else if (free || !(yield* takeFile(item, pointer))) {
			yield* members(item, pointer, free, depth);
		}
	}
	function* members(item: JsonObject, pointer: string, free: boolean, depth: number): Steps<void> {
		for (const [key, child] of Object.entries(item)) {
			const at = `${pointer}/${pointerToken(key)}`;
			if (!free && typeof child === 'string' && ADDRESSES.has(key)) {
				addresses.push({ uri: child, pointer: at, replacement: HARMLESS_URI });
			} else if (!free && key === 'icons' && isJsonArray(child)) {
				icons(child, at);
			}
			yield* walk(child, at, free || FREE_DATA.has(key), depth + 1);
		}
	}
	function icons(list: readonly JsonValue[], pointer: string): void {
		for (const [index, icon] of list.entries()) {
			const src = isJsonObject(icon) ? icon.src : undefined;
			if (typeof src === 'string') {
				addresses.push({ uri: src, pointer: `${pointer}/${String(index)}/src`, replacement: HARMLESS_ICON });
			}
		}
	}
	function* takeFile(item: JsonObject, pointer: string): Steps<boolean> {
		const flaw = yield* mediaFlaw(item);
		if (flaw === undefined) {
			return false;
		}
		const finding = { kind: 'wrong-content', ...flaw, pointer, span: { start: 0, end: 0 } } as const;
		note({ finding, ...(flaw.severity !== 'low' && { replacement: leftOut(item, flaw.advice) }) });
		return flaw.severity !== 'low';
	}
	yield* walk(value, '', false, 0);
	const mirror = mirrorFlaw(value);
	return { found: mirror === undefined ? found : [...found, { finding: mirror }], addresses };
}

/** A text of ours in the place of a file: a block where it was a block, else the contents of the same resource. */
function leftOut(item: JsonObject, advice: string): JsonObject {
	const text = `[MCP Firewall: left out. ${advice}]`;
	return typeof item.uri === 'string' && item.type === undefined
		? { uri: HARMLESS_URI, mimeType: 'text/plain', text }
		: { type: 'text', text };
}

/** The value with these replacements, each at the pointer of its finding. Shares what did not change. */
export function replaceParts(value: JsonValue, parts: readonly PartFinding[]): JsonValue {
	const at = new Map(
		parts.flatMap(({ finding, replacement }) =>
			replacement === undefined ? [] : [[finding.pointer, replacement]],
		),
	);
	const walk = (item: JsonValue, pointer: string): JsonValue => {
		const replacement = at.get(pointer);
		if (replacement !== undefined) {
			return replacement;
		}
		if (isJsonArray(item)) {
			return item.map((child, index) => walk(child, `${pointer}/${String(index)}`));
		}
		return isJsonObject(item)
			? Object.fromEntries(
					Object.entries(item).map(([key, child]) => [
						key,
						child === undefined ? child : walk(child, `${pointer}/${pointerToken(key)}`),
					]),
				)
			: item;
	};
	return at.size === 0 ? value : walk(value, '');
}
