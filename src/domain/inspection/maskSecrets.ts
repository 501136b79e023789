import { isJsonArray, isJsonObject, MAX_JSON_DEPTH, pointerToken, type JsonValue } from '../../base/json';
import { runSteps, type Steps } from '../../base/steps';
import { type Finding } from './finding';
import { type KnownValues } from './knownValues';
import { isSecretName } from './secretRules';
import { type Sighting, sightings, sightingSteps, WHOLE_MASK } from './secretSightings';

/** A value fit for storage and logs, and where it held secrets (spans into the original leaves). */
export interface Masked {
	readonly value: JsonValue;
	readonly findings: readonly Finding[];
}

const MAX_PASSES = 4;
/** Characters of one value that are looked through for secrets. */
const LOOK_BUDGET = 8_388_608;

/**
 * A copy of the value without secrets: the values of members with secret names as a whole, elsewhere what has the form
 * of a secret, plain or in base64 or hex; names of members too. Masking what is masked changes nothing. Values nested
 * deeper than the limit are left out. Never throws.
 * With `known` also what this machine keeps secret; whoever asks about the same frozen value after that gets the same copy.
 *
 * INVARIANT: secrets are masked before storage and before logs (6).
 */
export function maskSecrets(value: JsonValue, known?: KnownValues): Masked {
	return remembered(value, known) ?? runSteps(maskSteps(value, known));
}

/** `maskSecrets`, in slices; what is frozen is remembered, so that the same question has its answer at once. */
export function* maskSteps(value: JsonValue, known?: KnownValues): Steps<Masked> {
	const before = remembered(value, known);
	if (before !== undefined) {
		return before;
	}
	const masked = yield* lookThrough(value, known);
	if (typeof value === 'object' && value !== null && Object.isFrozen(value)) {
		seen.set(value, { masked, known });
	}
	return masked;
}

/**
 * The arguments of a call are looked through for the record, for the places in it and for the session's labels: once is
 * enough, because what is frozen is frozen at every level ({@link deepFreeze}). Gone with the message.
 */
const seen = new WeakMap<object, { readonly masked: Masked; readonly known: KnownValues | undefined }>();

function remembered(value: JsonValue, known: KnownValues | undefined): Masked | undefined {
	const before = typeof value === 'object' && value !== null ? seen.get(value) : undefined;
	return before !== undefined && (known === undefined || before.known === known) ? before.masked : undefined;
}

function* lookThrough(value: JsonValue, known: KnownValues | undefined): Steps<Masked> {
	const findings: Finding[] = [];
	const note = (sighting: Sighting, pointer: string): void => {
		const { rule, advice, start, end } = sighting;
		findings.push({ kind: 'secret', rule, severity: 'high', pointer, span: { start, end }, advice });
	};
	function* leaf(text: string, pointer: string): Steps<string> {
		const found = yield* sightingSteps(text, known);
		found.forEach(sighting => note(sighting, pointer));
		return found.length === 0 ? text : yield* maskAllSteps(maskFound(text, found), MAX_PASSES - 1, known);
	}
	const whole = (item: string | number, pointer: string): string | number => {
		const text = String(item);
		if (text === '' || WHOLE_MASK.test(text)) {
			return item;
		}
		const advice = 'The name of this value says that it is a secret.';
		note({ rule: 'secret-name', advice, start: 0, end: text.length }, pointer);
		return mask('secret-name', text.length);
	};
	function* walk(item: JsonValue, pointer: string, secret: boolean, depth: number): Steps<JsonValue> {
		yield;
		if (typeof item === 'string') {
			return secret ? whole(item, pointer) : yield* leaf(item, pointer);
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
		const before = secret ? undefined : remembered(item, known);
		if (before !== undefined) {
			findings.push(...before.findings.map(each => ({ ...each, pointer: pointer + each.pointer })));
			return before.value;
		}
		if (isJsonArray(item)) {
			const items: JsonValue[] = [];
			for (const [index, child] of item.entries()) {
				items.push(yield* walk(child, `${pointer}/${String(index)}`, secret, depth + 1));
			}
			return items;
		}
		return isJsonObject(item) ? yield* members(item, pointer, secret, depth) : item;
	}
	function* members(
		item: Readonly<Record<string, JsonValue | undefined>>,
		pointer: string,
		secret: boolean,
		depth: number,
	): Steps<JsonValue> {
		const entries = new Map<string, JsonValue>();
		const copies = new Map<string, number>();
		for (const [key, child] of Object.entries(item)) {
			if (child === undefined) {
				continue;
			}
			const plain = maskAll(key, MAX_PASSES, known);
			let name = plain;
			// On from where it ended: thousands of keys in the form of one secret have one masked name.
			for (let copy = copies.get(plain) ?? 2; entries.has(name); copy += 1) {
				name = `${plain}#${String(copy)}`;
				copies.set(plain, copy + 1);
			}
			const below = yield* walk(
				child,
				`${pointer}/${pointerToken(plain)}`,
				secret || isSecretName(key),
				depth + 1,
			);
			entries.set(name, below);
		}
		return Object.fromEntries(entries);
	}
	return { value: yield* walk(value, '', false, 0), findings };
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

function maskAll(text: string, passes: number, known?: KnownValues): string {
	return runSteps(maskAllSteps(text, passes, known));
}

function* maskAllSteps(text: string, passes: number, known?: KnownValues): Steps<string> {
	let current = text;
	for (let pass = 0; pass < passes; pass += 1) {
		const found = yield* sightingSteps(current, known);
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
