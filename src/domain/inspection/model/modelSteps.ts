import { type Steps } from '../../../base/steps';
import { type Form } from '../normalise';
import { reasonsFor } from './reasons';
import { readSegments } from './readSegments';
import { Segments } from './segments';
import { slicesOf } from './slices';
import { addTraits } from './traits';
import { heavyWindows, type Weights } from './windows';

/** A stretch of a form that the model takes for an instruction, or half takes for one. */
export interface ModelHit {
	/** UTF-16 offsets within the form. */
	readonly start: number;
	readonly end: number;
	/** Log-odds. */
	readonly weight: number;
	/** What spoke for it, in words for a person. */
	readonly reasons: readonly string[];
}

/** Stretches kept per slice. */
const MOST = 4;

let scratch: Segments | undefined;

/**
 * What the model makes of a folded text: the stretches that weigh at least `least`. Pauses once a slice of some 16 kB. Never
 * throws; linear in the length. The text is attacker-controlled.
 */
export function* modelSteps(
	{ text, first, last }: Pick<Form, 'text' | 'first' | 'last'>,
	weights: Weights,
	least: number,
): Steps<readonly ModelHit[]> {
	const hits: ModelHit[] = [];
	for (const { from, to } of slicesOf(text)) {
		const segments = (scratch ??= new Segments());
		readSegments(text, from, to, segments);
		addTraits(segments, { first: first && from === 0, last: last && to === text.length });
		for (const window of heavyWindows(segments, weights, least, MOST)) {
			hits.push({
				start: segments.start[window.from] as number,
				end: segments.end[window.to - 1] as number,
				weight: window.weight,
				reasons: reasonsFor(segments, window, weights),
			});
		}
		yield;
	}
	return hits;
}
