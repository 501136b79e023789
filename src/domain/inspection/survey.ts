import { runSteps, type Steps } from '../../base/steps';
import { ALL_SECRET_RULES } from './allSecretRules';
import { Literals, type Units } from './literals';

/** UTF-16 offsets, end exclusive. */
export interface Stretch {
	readonly start: number;
	readonly end: number;
}

/** What one look at a text tells before any rule is tried on it. */
export interface Survey {
	/** True when every UTF-16 unit is below 128. */
	readonly ascii: boolean;
	/** By {@link hintNumber}: 1 where the hint occurs in the text in lower case; undefined where none does. */
	readonly hints: Uint8Array | undefined;
}

/** Where something may be encoded in a text. */
export interface EncodedStretches {
	/** The longest stretches of letters of base64, and those of digits with what stands between them. */
	readonly base64: readonly Stretch[];
	readonly hex: readonly Stretch[];
}

/** Begins a PEM block, and a JSON Web Token: not rules of a pattern, but looked for like these. */
export const KEY_BLOCK = '-----begin';
export const WEB_TOKEN = 'eyj';

/** The shortest stretches that `decodeRuns` takes for base64 and for hex. */
export const BASE64_LEAST = 16;
const HEX_LEAST = 20;
const BASE64_LETTERS = letters('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-');
const HEX_LETTERS = letters('0123456789ABCDEFabcdefx :,;-\r\n\t');

const HINTS = new Literals([...ALL_SECRET_RULES.flatMap(({ hints }) => hints), KEY_BLOCK, WEB_TOKEN]);

/** The place of a rule's hint in {@link Survey.hints}. */
export function hintNumber(hint: string): number {
	return HINTS.numberOf(hint);
}

/** Shorter texts are looked at again rather than kept. */
const KEPT_FROM = 2_048;
/** A call's text is asked about by several rooms in a row: masked, inspected, weighed as a label. */
let last: { readonly text: string; readonly survey: Survey } | undefined;

/** Looks at an attacker-controlled text once, in linear time. The last long text is remembered with its survey. */
export function survey(text: string): Survey {
	if (last?.text === text) {
		return last.survey;
	}
	const units = unitsOf(text);
	const fresh = {
		ascii: units instanceof Uint8Array,
		hints: HINTS.find(units),
	};
	if (text.length >= KEPT_FROM) {
		last = { text, survey: fresh };
	}
	return fresh;
}

/** Where something may be encoded in an attacker-controlled text. Linear. */
export function* encodedStretches(text: string): Steps<EncodedStretches> {
	const units = yield* unitsSteps(text);
	const base64 = yield* stretches(units, BASE64_LETTERS, BASE64_LEAST);
	return { base64, hex: yield* stretches(units, HEX_LETTERS, HEX_LEAST) };
}

const UTF8 = new TextEncoder();

/** Units looked at between two pauses. */
const SLICE = 524_288;

/** The units of an attacker-controlled text. */
export function unitsOf(text: string): Units {
	return runSteps(unitsSteps(text));
}

function* unitsSteps(text: string): Steps<Units> {
	const bytes = new Uint8Array(text.length);
	for (let from = 0; from < text.length; from += SLICE) {
		const piece = text.length <= SLICE ? text : text.slice(from, from + SLICE);
		// One byte for each unit: that is so of ASCII alone.
		if (UTF8.encodeInto(piece, bytes.subarray(from, from + piece.length)).read !== piece.length) {
			return yield* wideUnits(text);
		}
		if (from + SLICE < text.length) {
			yield;
		}
	}
	return bytes;
}

function* wideUnits(text: string): Steps<Units> {
	const units = new Uint16Array(text.length);
	for (let at = 0; at < text.length; at++) {
		units[at] = text.charCodeAt(at);
		if (at % SLICE === SLICE - 1) {
			yield;
		}
	}
	return units;
}

/** By UTF-16 unit below 128: 1 for the letters given. */
function letters(all: string): Uint8Array {
	const table = new Uint8Array(128);
	for (const letter of all) {
		table[letter.charCodeAt(0)] = 1;
	}
	return table;
}

/**
 * The longest stretches of these letters, at least `least` long. Looks at the last unit of where one could be and leaps from
 * there, so that prose costs a fraction of a look for each unit; a pattern would look at every one several times.
 */
function* stretches(units: Units, table: Uint8Array, least: number): Steps<readonly Stretch[]> {
	const found: Stretch[] = [];
	let from = 0;
	let pause = SLICE;
	for (let last = least - 1; last < units.length;) {
		if (last >= pause) {
			pause = last + SLICE;
			yield;
		}
		let before = last;
		while (before >= from && table[units[before] as number] === 1) {
			before--;
		}
		if (last - before < least) {
			from = before + 1;
			last = before + least;
			continue;
		}
		let end = last + 1;
		while (end < units.length && table[units[end] as number] === 1) {
			end++;
		}
		found.push({ start: before + 1, end });
		from = end;
		last = end + least - 1;
	}
	return found;
}
