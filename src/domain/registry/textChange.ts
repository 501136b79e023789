import { canonicalJson, type JsonValue } from '../../base/json';
import { sameJson } from '../../base/sameJson';
import { detectInstructions } from '../inspection/detectInstructions';
import { isInvisible } from '../inspection/invisible';
import { fold } from '../inspection/normalise';
import { type SurfaceChangeKind } from './surfaceChange';

/**
 * What kind of change one text is, or undefined when there is none. The worst reading wins: characters that cannot be seen,
 * then what newly reads like an instruction, then look-alike letters, then words, then blanks. Both texts are
 * attacker-controlled.
 */
export function textChange(before: string, after: string): SurfaceChangeKind | undefined {
	if (before === after) {
		return undefined;
	}
	if (unseenIn(before) !== unseenIn(after)) {
		return 'unseen-characters';
	}
	if (instructsMore(before, after)) {
		return 'new-instruction';
	}
	if (blanksAlike(before) === blanksAlike(after)) {
		return 'whitespace';
	}
	if (lettersOf(before) === lettersOf(after) && before.toLowerCase() !== after.toLowerCase()) {
		return 'look-alike-characters';
	}
	return 'wording';
}

/**
 * The same for any two values, absent ones too: texts as texts, all else as its canonical JSON, of which only what alarms has
 * a name; the rest is `otherwise`. Undefined when they are equal.
 */
export function valueChange(
	before: JsonValue | undefined,
	after: JsonValue | undefined,
	otherwise: SurfaceChangeKind,
): SurfaceChangeKind | undefined {
	if (sameJson(before, after)) {
		return undefined;
	}
	const text = (value: JsonValue | undefined) =>
		value === undefined ? '' : typeof value === 'string' ? value : canonicalJson(value);
	// An empty text is another thing than none.
	const kind = textChange(text(before), text(after)) ?? 'whitespace';
	return typeof (after ?? before) === 'string' || ALARMING.includes(kind) ? kind : otherwise;
}

const ALARMING: readonly SurfaceChangeKind[] = ['unseen-characters', 'new-instruction', 'look-alike-characters'];

/** True when the later text breaks an inspection rule more often than the earlier one, however lightly. */
function instructsMore(before: string, after: string): boolean {
	const counts = (text: string) => {
		const byRule = new Map<string, number>();
		for (const { rule } of detectInstructions(text)) {
			byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
		}
		return byRule;
	};
	const earlier = counts(before);
	return [...counts(after)].some(([rule, count]) => count > (earlier.get(rule) ?? 0));
}

/** What makes an emoji of a character, or one of several, is seen. */
const EMOJI = /(?:\p{Extended_Pictographic}[\ufe0e\ufe0f]?\u200d?)+/gu;

function unseenIn(text: string): string {
	return Array.from(text.replaceAll(EMOJI, ''))
		.filter(char => isInvisible(char))
		.join('');
}

/** Every run of blanks is one: between words they say nothing, whichever they are. */
function blanksAlike(text: string): string {
	return text.replaceAll(/\s+/gu, ' ').trim();
}

function lettersOf(text: string): string {
	return blanksAlike(fold(text).text);
}
