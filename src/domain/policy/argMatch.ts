import { isJsonArray, isJsonObject, pointerTokens, type JsonObject, type JsonValue } from '../../base/json';
import { inEnglish } from '../../base/phrase';
import { isSeveralCommands, namesProgram, plainWords, startsProgram } from './plainCommand';
import { compilePattern, MAX_PATTERN_TEXT, type Pattern } from './pattern';
import { type ArgCondition, type ScalarValue } from './ruleConditions';

/**
 * Whether an argument is what a condition says; `mistyped`: it is there, but not of the kind that was declared, or cannot
 * be told from others of its kind; `several-commands`: it matches, but a shell could see more than one command in it.
 */
export type ArgOutcome = 'holds' | 'fails' | 'missing' | 'mistyped' | 'several-commands';

/** A compiled argument condition. */
export interface ArgMatcher {
	readonly condition: ArgCondition;
	test(args: JsonObject): ArgOutcome;
}

/** Compiles a condition that the parser accepted, for an allow or for what restricts; throws a TypeError for any other. */
export function compileArg(condition: ArgCondition, allows: boolean): ArgMatcher {
	const tokens = readPointer(condition.pointer);
	if (tokens === undefined) {
		throw new TypeError('an argument condition needs a JSON pointer');
	}
	const checks = checksOf(condition, allows);
	return {
		condition,
		test(args) {
			const value = valueAt(args, tokens);
			if (value === undefined) {
				return 'missing';
			}
			let outcome: ArgOutcome = 'holds';
			for (const check of checks) {
				const result = check(value);
				if (result === 'mistyped') {
					return result;
				}
				outcome = result === 'fails' ? 'fails' : outcome;
			}
			const loose = outcome === 'holds' && condition.matches !== undefined && typeof value === 'string';
			return loose && isSeveralCommands(value) ? 'several-commands' : outcome;
		},
	};
}

/** The tokens of a JSON pointer (RFC 6901), or undefined when the text is none. */
export function readPointer(pointer: string): readonly string[] | undefined {
	if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) {
		return undefined;
	}
	return pointerTokens(pointer);
}

/** Own properties only: nothing inherited ever counts as an argument. */
function valueAt(args: JsonObject, tokens: readonly string[]): JsonValue | undefined {
	let value: JsonValue | undefined = args;
	for (const token of tokens) {
		if (isJsonArray(value)) {
			value = /^(?:0|[1-9]\d{0,8})$/.test(token) ? value[Number(token)] : undefined;
		} else if (isJsonObject(value) && Object.hasOwn(value, token)) {
			value = value[token];
		} else {
			return undefined;
		}
	}
	return value;
}

type Check = (value: JsonValue) => 'holds' | 'fails' | 'mistyped';

function checksOf(condition: ArgCondition, allows: boolean): readonly Check[] {
	const { equals, oneOf, matches, programs, range, maxLength } = condition;
	const checks: Check[] = [];
	if (equals !== undefined) {
		checks.push(among([equals]));
	}
	if (oneOf !== undefined) {
		checks.push(among(oneOf));
	}
	if (range !== undefined) {
		checks.push(value =>
			typeof value !== 'number' || !isExact(value)
				? 'mistyped'
				: value >= (range.min ?? -Infinity) && value <= (range.max ?? Infinity)
					? 'holds'
					: 'fails',
		);
	}
	if (programs !== undefined) {
		const fits = allows ? startsProgram : namesProgram;
		checks.push(value => {
			const words = plainWords(value);
			return words === undefined ? 'mistyped' : programs.some(entry => fits(words, entry)) ? 'holds' : 'fails';
		});
	}
	if (maxLength !== undefined) {
		checks.push(value =>
			typeof value === 'string' || isJsonArray(value)
				? value.length <= maxLength
					? 'holds'
					: 'fails'
				: 'mistyped',
		);
	}
	if (matches !== undefined) {
		const pattern = usable(matches);
		checks.push(value =>
			typeof value !== 'string' || value.length > MAX_PATTERN_TEXT
				? 'mistyped'
				: (allows ? pattern.matches(value) : pattern.finds(value))
					? 'holds'
					: 'fails',
		);
	}
	return checks;
}

function among(wanted: readonly ScalarValue[]): Check {
	const types = new Set(wanted.map(typeOf));
	return value =>
		(typeof value === 'object' && value !== null) || (typeof value === 'number' && !isExact(value))
			? 'mistyped'
			: wanted.some(each => each === value)
				? 'holds'
				: types.has(typeOf(value))
					? 'fails'
					: 'mistyped';
}

/**
 * False for NaN, infinities and numbers beyond 2^53, of which several are read as one (RFC 8259 §6): the upstream may see
 * another number than we do.
 */
export function isExact(value: number): boolean {
	return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function typeOf(value: ScalarValue): string {
	return value === null ? 'null' : typeof value;
}

function usable(source: string): Pattern {
	const outcome = compilePattern(source);
	if (!outcome.ok) {
		throw new TypeError(inEnglish(outcome.why));
	}
	return outcome.pattern;
}
