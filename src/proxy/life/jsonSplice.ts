const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d] as const;

/** Where a value stands: first byte, and the one after the last. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

/** A value and what takes its place, as JSON text. */
export interface Splice {
	readonly span: Span;
	readonly text: string;
}

/**
 * Where the value under a path of member names stands. `bytes` is valid JSON that was parsed before, without duplicate keys;
 * undefined when there is no such value. Linear, no recursion.
 */
export function spanOf(bytes: Uint8Array, path: readonly string[]): Span | undefined {
	let span: Span | undefined = { start: 0, end: bytes.length };
	for (const key of path) {
		span = span && memberSpan(bytes, key, span);
	}
	return span;
}

/** The text at a span. */
export function textAt(bytes: Uint8Array, { start, end }: Span): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** The bytes with some values replaced; all others stay what they are, byte for byte. */
export function splice(bytes: Uint8Array, changes: readonly Splice[]): Uint8Array {
	const parts: Uint8Array[] = [];
	let at = 0;
	for (const { span, text } of [...changes].sort((a, b) => a.span.start - b.span.start)) {
		parts.push(bytes.subarray(at, span.start), Buffer.from(text));
		at = span.end;
	}
	return Buffer.concat([...parts, bytes.subarray(at)]);
}

function memberSpan(bytes: Uint8Array, key: string, within: Span): Span | undefined {
	let depth = 0;
	let name: string | undefined;
	let value = -1;
	for (let at = within.start; at < within.end; at++) {
		const code = bytes[at];
		if (code === QUOTE) {
			const end = endOfString(bytes, at);
			if (depth === 1 && value < 0) {
				name = JSON.parse(textAt(bytes, { start: at, end: end + 1 })) as string;
			}
			at = end;
		} else if (code === OPEN || code === OPEN_LIST) {
			if (depth === 0 && code === OPEN_LIST) {
				return undefined;
			}
			depth++;
		} else if (depth === 1 && code === COLON) {
			value = at + 1;
		} else if (depth === 1 && (code === COMMA || code === CLOSE)) {
			if (name === key && value >= 0) {
				return trimmed(bytes, { start: value, end: at });
			}
			name = undefined;
			value = -1;
			depth -= code === CLOSE ? 1 : 0;
		} else if (code === CLOSE || code === CLOSE_LIST) {
			depth--;
		}
	}
	return undefined;
}

function endOfString(bytes: Uint8Array, start: number): number {
	let at = start + 1;
	while (at < bytes.length && bytes[at] !== QUOTE) {
		at += bytes[at] === BACKSLASH ? 2 : 1;
	}
	return at;
}

function trimmed(bytes: Uint8Array, { start, end }: Span): Span {
	const blank = (at: number) => (bytes[at] ?? 0) <= 0x20;
	let [from, to] = [start, end];
	while (from < to && blank(from)) {
		from++;
	}
	while (to > from && blank(to - 1)) {
		to--;
	}
	return { start: from, end: to };
}
