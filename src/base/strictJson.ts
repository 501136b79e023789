import { deepFreeze, type JsonValue, MAX_JSON_DEPTH } from './json';

/** Why a text is not acceptable JSON. `duplicate-key` and `forbidden-key` guard against parser differentials. */
export type JsonProblem =
	| { readonly kind: 'syntax' }
	| { readonly kind: 'too-deep' }
	| { readonly kind: 'number-out-of-range' }
	| { readonly kind: 'duplicate-key'; readonly key: string }
	| { readonly kind: 'forbidden-key'; readonly key: string };

/** The outcome of parsing attacker-controlled JSON text. */
export type JsonOutcome =
	{ readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly problem: JsonProblem };

/** How much a parse refuses: `strict` for messages that are judged (client to server), `lenient` for the rest. */
export type JsonMode = 'strict' | 'lenient';

/**
 * Parses attacker-controlled JSON text into a frozen value. Both modes bound the depth; `strict` also refuses duplicate
 * keys (RFC 8259 §4), the key `__proto__` and numbers beyond a double, because another parser would read another message
 * (spec/wire.md §1.4).
 */
export function parseJson(text: string, mode: JsonMode): JsonOutcome {
	const problem = scan(text, mode);
	if (problem !== undefined) {
		return { ok: false, problem };
	}
	let value: JsonValue;
	try {
		value = JSON.parse(text) as JsonValue;
	} catch {
		return { ok: false, problem: { kind: 'syntax' } };
	}
	if (mode === 'strict' && hasInfinity(value)) {
		return { ok: false, problem: { kind: 'number-out-of-range' } };
	}
	return { ok: true, value: deepFreeze(value) };
}

/** `1e999` parses to Infinity, which no JSON can say again: what was judged could not be recorded. */
function hasInfinity(value: JsonValue): boolean {
	return typeof value === 'object' && value !== null
		? (Object.values(value) as JsonValue[]).some(hasInfinity)
		: typeof value === 'number' && !Number.isFinite(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** One linear pass over the text: depth in both modes, key rules in strict mode. Syntax is JSON.parse's business. */
function scan(text: string, mode: JsonMode): JsonProblem | undefined {
	const scopes: (Set<string> | undefined)[] = [];
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (code === 0x7b || code === 0x5b) {
			scopes.push(code === 0x7b && mode === 'strict' ? new Set() : undefined);
			if (scopes.length > MAX_JSON_DEPTH) {
				return { kind: 'too-deep' };
			}
		} else if (code === 0x7d || code === 0x5d) {
			scopes.pop();
		} else if (code === QUOTE) {
			const end = endOfString(text, at);
			const keys = scopes.at(-1);
			if (keys !== undefined && isKey(text, end + 1)) {
				const problem = checkKey(text.slice(at, end + 1), keys);
				if (problem !== undefined) {
					return problem;
				}
			}
			at = end;
		}
	}
	return undefined;
}

function endOfString(text: string, start: number): number {
	let at = start + 1;
	while (at < text.length && text.charCodeAt(at) !== QUOTE) {
		at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
	}
	return at;
}

function isKey(text: string, after: number): boolean {
	let at = after;
	while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) {
		at++;
	}
	return text.charCodeAt(at) === COLON;
}

function checkKey(literal: string, keys: Set<string>): JsonProblem | undefined {
	let key: string;
	try {
		key = JSON.parse(literal) as string;
	} catch {
		return { kind: 'syntax' };
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
