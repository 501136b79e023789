import { RE2JS } from 're2js';

/** Longest `pattern` that is run, in UTF-16 units. */
const MAX_PATTERN = 1_024;
/** Largest program that a pattern may be compiled to; counted repetitions are written out in it. */
const MAX_PROGRAM = 4_000;
/** Longest text that a pattern is held against, in UTF-16 units. */
const MAX_TEXT = 65_536;
/** Instructions that take as long as one step of the validator: about a microsecond. */
const PER_STEP = 1_000;

/** Steps that are left of a budget; whoever takes more than there are throws. */
export interface StepBudget {
	left: number;
}

/** Takes steps from the budget; throws RangeError where there are too few. */
export function take(budget: StepBudget, steps: number): void {
	budget.left -= steps;
	if (budget.left < 0) {
		throw new RangeError('too many steps');
	}
}

/**
 * A `pattern` of JSON Schema (2020-12 validation §6.3.3), found anywhere in a text, in time linear in the text. Undefined
 * for what RE2 cannot say (look-around, back-references) and for patterns that are too large: these are not looked at. What
 * the test costs is taken from the budget; a text that is too long is no match to hold against the server and passes.
 */
export function schemaPattern(source: string, budget: StepBudget): ((text: string) => boolean) | undefined {
	if (source.length > MAX_PATTERN) {
		return undefined;
	}
	try {
		const compiled = RE2JS.compile(RE2JS.translateRegExp(source));
		const size = compiled.programSize();
		return size > MAX_PROGRAM
			? undefined
			: text => {
					take(budget, 1 + Math.ceil((Math.min(text.length, MAX_TEXT) * size) / PER_STEP));
					return text.length > MAX_TEXT || compiled.test(text);
				};
	} catch {
		return undefined;
	}
}
