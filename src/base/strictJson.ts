import { type JsonValue, MAX_JSON_DEPTH } from './json';

/** Why a text is not acceptable JSON. `duplicate-key` and `forbidden-key` guard against parser differentials. */
export type JsonProblem =
	| { readonly kind: 'syntax' }
	| { readonly kind: 'too-deep' }
	| { readonly kind: 'number-out-of-range' }
	| { readonly kind: 'duplicate-key'; readonly key: string }
	| { readonly kind: 'forbidden-key'; readonly key: string };

/** The outcome of parsing attacker-controlled JSON text. `ambiguous`: see {@link parseJson}. */
export type JsonOutcome =
	| { readonly ok: true; readonly value: JsonValue; readonly ambiguous?: true }
	| { readonly ok: false; readonly problem: JsonProblem };

/** How much a parse refuses: `strict` for messages that are judged (client to server), `lenient` for the rest. */
export type JsonMode = 'strict' | 'lenient';

/**
 * Parses attacker-controlled JSON text into a frozen value. Both modes bound the depth; `strict` also refuses duplicate
 * keys (RFC 8259 §4), the key `__proto__` and numbers beyond a double, because another parser would read another message
 * (spec/wire.md §1.4). `lenient` says that such keys are there: the value is `ambiguous`, and has to be written anew from
 * what was read before it is handed on.
 */
export function parseJson(text: string, mode: JsonMode): JsonOutcome {
	const problem = scan(text);
	if (problem !== undefined && (mode === 'strict' || problem.kind === 'too-deep')) {
		return { ok: false, problem };
	}
	if (problem !== undefined && isTooDeep(text)) {
		return { ok: false, problem: { kind: 'too-deep' } };
	}
	let value: JsonValue;
	try {
		value = JSON.parse(text) as JsonValue;
	} catch {
		return { ok: false, problem: { kind: 'syntax' } };
	}
	if (!freeze(value) && mode === 'strict') {
		return { ok: false, problem: { kind: 'number-out-of-range' } };
	}
	return { ok: true, value, ...(problem !== undefined && { ambiguous: true as const }) };
}

/**
 * Freezes a value at every level. False when it holds a number beyond a double: `1e999` parses to Infinity, which no JSON can
 * say again, so that what was judged could not be recorded.
 */
function freeze(value: JsonValue): boolean {
	if (typeof value !== 'object' || value === null) {
		return typeof value !== 'number' || Number.isFinite(value);
	}
	let finite = true;
	for (const child of Object.values(value) as JsonValue[]) {
		finite = freeze(child) && finite;
	}
	Object.freeze(value);
	return finite;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * The first problem of a text, in one linear pass that leaps over strings: depth and the rules about keys. All other syntax
 * is JSON.parse's business. It does not tell apart what brackets close, which only matters to texts that do not parse.
 */
function scan(text: string): JsonProblem | undefined {
	const scopes: (Set<string> | undefined)[] = [];
	let keys: Set<string> | undefined;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (code === QUOTE) {
			const end = endOfString(text, at);
			if (keys !== undefined && isKey(text, end + 1)) {
				const problem = checkKey(text, at, end, keys);
				if (problem !== undefined) {
					return problem;
				}
			}
			at = end;
		} else if (code === 0x7b || code === 0x5b) {
			keys = code === 0x7b ? new Set() : undefined;
			scopes.push(keys);
			if (scopes.length > MAX_JSON_DEPTH) {
				return { kind: 'too-deep' };
			}
		} else if (code === 0x7d || code === 0x5d) {
			scopes.pop();
			keys = scopes.at(-1);
		}
	}
	return undefined;
}

/** The rest of the pass over a text whose first problem was a key. */
function isTooDeep(text: string): boolean {
	let depth = 0;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (code === QUOTE) {
			at = endOfString(text, at);
		} else if (code === 0x7b || code === 0x5b) {
			depth++;
			if (depth > MAX_JSON_DEPTH) {
				return true;
			}
		} else if (code === 0x7d || code === 0x5d) {
			depth = Math.max(0, depth - 1);
		}
	}
	return false;
}

/** The closing quote of the string that opens at `start`; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
	for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
		let slash = quote;
		while (text.charCodeAt(slash - 1) === BACKSLASH) {
			slash--;
		}
		if ((quote - slash) % 2 === 0) {
			return quote;
		}
	}
	return text.length;
}

function isKey(text: string, after: number): boolean {
	let at = after;
	while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) {
		at++;
	}
	return text.charCodeAt(at) === COLON;
}

// eslint-disable-next-line no-control-regex -- those that JSON does not admit in a string, and what begins an escape
const NOT_PLAIN = /[\u0000-\u001f\\]/;

function checkKey(text: string, start: number, end: number, keys: Set<string>): JsonProblem | undefined {
	let key = text.slice(start + 1, end);
	if (NOT_PLAIN.test(key)) {
		try {
			key = JSON.parse(text.slice(start, end + 1)) as string;
		} catch {
			return { kind: 'syntax' };
		}
	}
	if (key === '__proto__') {
		return { kind: 'forbidden-key', key };
	}
	if (keys.has(key)) {
		return { kind: 'duplicate-key', key };
	}
	keys.add(key);
	return undefined;
}
