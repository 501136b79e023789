import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { runSteps, type Steps } from '../../base/steps';

/** Blocks of `content`; no model reads so many, and clients lay out each. */
export const MAX_BLOCKS = 10_000;
/** Values in one answer, texts and numbers and all else: as many as a schema is held against. */
export const MAX_LEAVES = 1_000_000;
/** Levels of nesting. Honest answers have a dozen; parsers of clients give up between some hundred and a thousand. */
export const MAX_RESULT_DEPTH = 200;

/** Says of what an answer has too much to be handed on. */
export type ResultExcess = 'blocks' | 'values' | 'depth';

/** Values counted between two pauses. */
const SLICE = 16_384;

/** What an answer has too much of; undefined when nothing. Attacker-controlled; stops at the first excess. */
export function resultExcess(value: JsonValue | undefined): ResultExcess | undefined {
	return runSteps(resultExcessSteps(value));
}

/** {@link resultExcess}, in slices. */
export function* resultExcessSteps(value: JsonValue | undefined): Steps<ResultExcess | undefined> {
	const content = isJsonObject(value) ? value.content : undefined;
	if (isJsonArray(content) && content.length > MAX_BLOCKS) {
		return 'blocks';
	}
	let left = MAX_LEAVES;
	function* walk(item: JsonValue | undefined, depth: number): Steps<ResultExcess | undefined> {
		left--;
		if (left < 0) {
			return 'values';
		}
		if (left % SLICE === 0) {
			yield;
		}
		if (typeof item !== 'object' || item === null) {
			return undefined;
		}
		if (depth > MAX_RESULT_DEPTH) {
			return 'depth';
		}
		for (const child of Object.values(item) as (JsonValue | undefined)[]) {
			const excess = yield* walk(child, depth + 1);
			if (excess !== undefined) {
				return excess;
			}
		}
		return undefined;
	}
	return yield* walk(value, 0);
}
