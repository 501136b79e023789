import { isJsonArray, isJsonObject, MAX_JSON_DEPTH, pointerToken, type JsonValue } from '../../base/json';
import { decodeRuns } from './decodeRuns';
import { type Finding } from './finding';
import { MASK, SECRET_RULES, isSecretName } from './secretRules';
import { hintNumber, KEY_BLOCK, survey, WEB_TOKEN } from './survey';

/** A value fit for storage and logs, and where it held secrets (spans into the original leaves). */
export interface Masked {
	readonly value: JsonValue;
	readonly findings: readonly Finding[];
}

interface Sighting {
	readonly rule: string;
	readonly advice: string;
	readonly start: number;
	readonly end: number;
}

const WHOLE_MASK = new RegExp(`^${MASK.source}$`);
const MAX_PASSES = 4;
const DECODE_BUDGET = 65_536;
/** Characters of one value that are looked through for secrets. */
const LOOK_BUDGET = 8_388_608;

/**
 * A copy of the value without secrets: the values of members with secret names as a whole, elsewhere what has the form
 * of a secret, plain or in base64 or hex; names of members too. Masking what is masked changes nothing. Values nested
 * deeper than the limit are left out. Never throws.
 *
 * INVARIANT: secrets are masked before storage and before logs (6).
 */
export function maskSecrets(value: JsonValue): Masked {
	if (typeof value !== 'object' || !Object.isFrozen(value)) {
		return lookThrough(value);
	}
	const known = value === null ? undefined : seen.get(value);
	const masked = known ?? lookThrough(value);
	if (value !== null && known === undefined) {
		seen.set(value, masked);
	}
	return masked;
}

/**
 * The arguments of a call are looked through for the record, for the places in it and for the session's labels: once is
 * enough, because what is frozen is frozen at every level ({@link deepFreeze}). Gone with the message.
 */
const seen = new WeakMap<object, Masked>();

function lookThrough(value: JsonValue): Masked {
	const findings: Finding[] = [];
	const note = (sighting: Sighting, pointer: string): void => {
		const { rule, advice, start, end } = sighting;
		findings.push({ kind: 'secret', rule, severity: 'high', pointer, span: { start, end }, advice });
	};
	const leaf = (text: string, pointer: string): string => {
		const found = sightings(text);
		found.forEach(sighting => note(sighting, pointer));
		return found.length === 0 ? text : maskAll(maskFound(text, found), MAX_PASSES - 1);
	};
	const whole = (item: string | number, pointer: string): string | number => {
		const text = String(item);
		if (text === '' || WHOLE_MASK.test(text)) {
			return item;
		}
		const advice = 'The name of this value says that it is a secret.';
		note({ rule: 'secret-name', advice, start: 0, end: text.length }, pointer);
		return mask('secret-name', text.length);
	};
	const walk = (item: JsonValue, pointer: string, secret: boolean, depth: number): JsonValue => {
		if (typeof item === 'string') {
			return secret ? whole(item, pointer) : leaf(item, pointer);
		}
		if (typeof item === 'number' && secret) {
			return whole(item, pointer);
		}
		if (typeof item !== 'object' || item === null) {
			return item;
		}
		if (depth > MAX_JSON_DEPTH) {
			return '[nested too deep]';
		}
		if (isJsonArray(item)) {
			return item.map((child, index) => walk(child, `${pointer}/${String(index)}`, secret, depth + 1));
		}
		return isJsonObject(item) ? members(item, pointer, secret, depth) : item;
	};
	const members = (
		item: Readonly<Record<string, JsonValue | undefined>>,
		pointer: string,
		secret: boolean,
		depth: number,
	) => {
		const entries = new Map<string, JsonValue>();
		const copies = new Map<string, number>();
		for (const [key, child] of Object.entries(item)) {
			if (child === undefined) {
				continue;
			}
			const plain = maskText(key);
			let name = plain;
			// On from where it ended: thousands of keys in the form of one secret have one masked name.
			for (let copy = copies.get(plain) ?? 2; entries.has(name); copy += 1) {
				name = `${plain}#${String(copy)}`;
				copies.set(plain, copy + 1);
			}
			const below = walk(child, `${pointer}/${pointerToken(plain)}`, secret || isSecretName(key), depth + 1);
			entries.set(name, below);
		}
		return Object.fromEntries(entries);
	};
	return { value: walk(value, '', false, 0), findings };
}

/**
 * Whether {@link maskSecrets} would mask anything in the value, names of members included. Stops at the first. True also
 * of what cannot be looked at: more characters than the budget, or a value nested too deep. A JSON Schema of a member with
 * a secret name (`password: {type: string}`) holds none by that name. Never throws.
 */
export function wouldMask(value: JsonValue, budget = LOOK_BUDGET): boolean {
	let left = budget;
	const looks = (text: string): boolean => {
		left -= text.length;
		return left < 0 || sightings(text).length > 0;
	};
	const walk = (item: JsonValue | undefined, secret: boolean, depth: number): boolean => {
		if (typeof item === 'string') {
			return secret ? item !== '' && !WHOLE_MASK.test(item) : looks(item);
		}
		if (typeof item !== 'object' || item === null) {
			return secret && typeof item === 'number';
		}
		if (depth > MAX_JSON_DEPTH) {
			return true;
		}
		if (isJsonArray(item)) {
			return item.some(child => walk(child, secret, depth + 1));
		}
		const inherited = secret && !isSchema(item);
		return Object.entries(item).some(
			([key, child]) => looks(key) || walk(child, inherited || isSecretName(key), depth + 1),
		);
	};
	return walk(value, false, 0);
}

const SCHEMA_TYPES = /^(?:string|number|integer|boolean|object|array|null)$/;

function isSchema({ type, $ref, anyOf }: { readonly [key: string]: JsonValue | undefined }): boolean {
	return (
		(typeof type === 'string' && SCHEMA_TYPES.test(type)) ||
		isJsonArray(type) ||
		typeof $ref === 'string' ||
		isJsonArray(anyOf)
	);
}

/** A line of text with what has the form of a secret replaced by `[masked:<rule> len=N]`. Idempotent; linear. */
export function maskText(text: string): string {
	return maskAll(text, MAX_PASSES);
}

function maskAll(text: string, passes: number): string {
	let current = text;
	for (let pass = 0; pass < passes; pass += 1) {
		const found = sightings(current);
		if (found.length === 0) {
			break;
		}
		current = maskFound(current, found);
	}
	return current;
}

function maskFound(text: string, found: readonly Sighting[]): string {
	const pieces: string[] = [];
	let at = 0;
	for (const { rule, start, end } of found) {
		pieces.push(text.slice(at, start), mask(rule, end - start));
		at = end;
	}
	pieces.push(text.slice(at));
	return pieces.join('');
}

function mask(rule: string, length: number): string {
	return `[masked:${rule} len=${String(length)}]`;
}

/** Places of secrets, in order, overlaps merged, none inside a mask. */
function sightings(text: string): readonly Sighting[] {
	const found = inPlain(text);
	for (const run of decodeRuns(text, DECODE_BUDGET).runs) {
		const [inside] = inPlain(run.text);
		if (inside) {
			found.push({ ...inside, start: run.start, end: run.end });
		}
	}
	if (found.length === 0) {
		return found;
	}
	const merged: Sighting[] = [];
	for (const sighting of found.sort((a, b) => a.start - b.start || b.end - a.end)) {
		const last = merged.at(-1);
		if (!last || sighting.start >= last.end) {
			merged.push(sighting);
		} else if (sighting.end > last.end) {
			merged[merged.length - 1] = { ...last, end: sighting.end };
		}
	}
	return merged.filter(({ start, end }) => !WHOLE_MASK.test(text.slice(start, end)));
}

const HINTED = SECRET_RULES.map(rule => ({ rule, hints: rule.hints.map(hintNumber) }));
const KEY_BLOCK_HINT = hintNumber(KEY_BLOCK);
const WEB_TOKEN_HINT = hintNumber(WEB_TOKEN);

/** By form, then key blocks, then web tokens; not decoded. */
function inPlain(text: string): Sighting[] {
	const present = survey(text).hints;
	if (present === undefined) {
		return [];
	}
	const found = byForm(text, present);
	if (present[KEY_BLOCK_HINT] === 1) {
		found.push(...keyBlocks(text));
	}
	if (present[WEB_TOKEN_HINT] === 1) {
		found.push(...webTokens(text));
	}
	return found;
}

function byForm(text: string, present: Uint8Array): Sighting[] {
	const found: Sighting[] = [];
	for (const { rule, hints } of HINTED) {
		if (hints.some(hint => present[hint] === 1)) {
			const { id, pattern, advice } = rule;
			for (const match of text.matchAll(pattern)) {
				const secret = match.groups?.['secret'] ?? match[0];
				const start = match.index + match[0].lastIndexOf(secret);
				found.push({ rule: id, advice, start, end: start + secret.length });
			}
		}
	}
	return found;
}

/** PEM private keys (RFC 7468), also with escaped line feeds; one without an end reaches to the end of the text. */
function keyBlocks(text: string): Sighting[] {
	const found: Sighting[] = [];
	const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
	for (let match = begin.exec(text); match; match = begin.exec(text)) {
		const close = text.indexOf('-----END', match.index + match[0].length);
		const tail = close < 0 ? -1 : text.indexOf('-----', close + 8);
		const end = tail < 0 || tail - close > 80 ? text.length : tail + 5;
		const advice = 'The text contains a private key.';
		found.push({ rule: 'private-key', advice, start: match.index, end });
		begin.lastIndex = end;
	}
	return found;
}

/** JSON Web Tokens (RFC 7519). By hand: a pattern would look ahead again from every `eyJ` of a hostile text. */
function webTokens(text: string): Sighting[] {
	const found: Sighting[] = [];
	for (const { 0: run, index } of text.includes('eyJ') ? text.matchAll(/[A-Za-z0-9_.-]{16,65536}/g) : []) {
		const start = run.indexOf('eyJ');
		if (start >= 0 && run.indexOf('.', start) >= start + 8) {
			const advice = 'The text contains a JSON Web Token.';
			found.push({ rule: 'jwt', advice, start: index + start, end: index + run.length });
		}
	}
	return found;
}
