import { runSteps, type Steps } from '../../base/steps';
import { detectSteps } from './detectInstructions';
import { type Hit } from './invisible';

/** Longest text that is remembered, characters; longer ones seldom come twice. */
const MAX_CHARS = 1024;
/** Texts remembered at a time. */
const MAX_TEXTS = 512;

const clean = new Set<string>();

/**
 * `detectInstructions`, without looking again at a text that was found clean a moment ago: the keys of every message, the
 * lines of a server that floods its client (spec/wire.md S-flood). The answer is the same as without it.
 */
export function findInstructions(text: string): readonly Hit[] {
	return runSteps(findSteps(text));
}

/** {@link findInstructions}, in slices. */
export function* findSteps(text: string): Steps<readonly Hit[]> {
	if (clean.has(text)) {
		return [];
	}
	const hits = yield* detectSteps(text);
	if (hits.length === 0 && text.length <= MAX_CHARS) {
		const [oldest] = clean;
		if (clean.size >= MAX_TEXTS && oldest !== undefined) {
			clean.delete(oldest);
		}
		clean.add(text);
	}
	return hits;
}
