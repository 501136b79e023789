import { runSteps, type Steps } from '../../base/steps';
import { decodeSteps } from './decodeRuns';
import { type KnownValues } from './knownValues';
import { ALL_SECRET_RULES } from './allSecretRules';
import { MASK } from './secretRules';
import { hintNumber, KEY_BLOCK, survey, WEB_TOKEN } from './survey';

/** Where a text holds a secret, and what says so. */
export interface Sighting {
	readonly rule: string;
	/** One sentence for a person. */
	readonly advice: string;
	/** UTF-16 offsets, end exclusive. */
	readonly start: number;
	readonly end: number;
}

/** Id of the rule for a value that is known, not recognised by its form. */
export const KNOWN_VALUE = 'known-value';

/** A text that is one mask and nothing else. */
export const WHOLE_MASK = new RegExp(`^${MASK.source}$`);
const DECODE_BUDGET = 65_536;

/** Places of secrets in an attacker-controlled text, in order, overlaps merged, none inside a mask. */
export function sightings(text: string, known?: KnownValues): readonly Sighting[] {
	return runSteps(sightingSteps(text, known));
}

/** {@link sightings}, in slices. */
export function* sightingSteps(text: string, known?: KnownValues): Steps<readonly Sighting[]> {
	const found = [...knownIn(text, known)];
	yield;
	found.push(...plainSightings(text));
	yield;
	for (const run of (yield* decodeSteps(text, DECODE_BUDGET)).runs) {
		const [inside] = plainSightings(run.text);
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

/** What one text tells of values that are known: in any form that they are known in, plainly. Attacker-controlled. */
export function knownSightings(text: string, known: KnownValues): readonly Sighting[] {
	return knownIn(text, known).filter(({ start, end }) => !WHOLE_MASK.test(text.slice(start, end)));
}

/** What one text tells of known values; what several tell together is not seen here. */
function knownIn(text: string, known: KnownValues | undefined): readonly Sighting[] {
	const advice = 'The text contains a secret that this machine keeps.';
	return (known?.find(text) ?? []).flatMap(({ value, from, to, start, end }) =>
		known?.isThere(value, to - from) === true ? [{ rule: KNOWN_VALUE, advice, start, end }] : [],
	);
}

const HINTED = ALL_SECRET_RULES.map(rule => ({ rule, hints: rule.hints.map(hintNumber) }));
const KEY_BLOCK_HINT = hintNumber(KEY_BLOCK);
const WEB_TOKEN_HINT = hintNumber(WEB_TOKEN);

/** By form, then key blocks, then web tokens; nothing is decoded, and places may overlap. Attacker-controlled. */
export function plainSightings(text: string): Sighting[] {
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
			const { id, find, advice } = rule;
			for (const { start, end } of find(text)) {
				found.push({ rule: id, advice, start, end });
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
