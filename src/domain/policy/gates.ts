import { type Phrase, phrase } from '../../base/phrase';
import { type Condition } from './condition';
import { type Rule } from './policy';
import { type RuleUsage } from './sessionFacts';

const UNUSED: RuleUsage = { callsThisMinute: 0, callsThisSession: 0, bytesThisSession: 0 };

/** `trust_level` and `limits` of a rule, as conditions. */
export function gatesOf(rule: Rule): readonly Condition[] {
	return [trustCondition(rule), limitCondition(rule)].filter(gate => gate !== undefined);
}

function trustCondition({ trustLevel }: Rule): Condition | undefined {
	return trustLevel === undefined
		? undefined
		: {
				name: 'trust_level',
				test: ({ facts }) => ((facts.trustLevel ?? -1) >= trustLevel ? 'holds' : 'fails'),
				why: () => phrase('trust level {0} or more is needed', trustLevel),
			};
}

/** Holds while one more call fits in. */
function limitCondition(rule: Rule): Condition | undefined {
	const { limits } = rule;
	if (limits === undefined) {
		return undefined;
	}
	const bounds: readonly (readonly [keyof RuleUsage, number | undefined, (bound: number) => Phrase])[] = [
		[
			'callsThisMinute',
			limits.callsPerMinute,
			bound => phrase('the limit of {0} calls per minute is reached', bound),
		],
		[
			'callsThisSession',
			limits.callsPerSession,
			bound => phrase('the limit of {0} calls per session is reached', bound),
		],
		[
			'bytesThisSession',
			limits.bytesPerSession,
			bound => phrase('the limit of {0} bytes per session is reached', bound),
		],
	];
	const exceeded = (usage: RuleUsage) =>
		// `!(a < b)`: a count that is no number does not fit either.
		bounds.find(([key, bound]) => bound !== undefined && !(usage[key] < bound));
	return {
		name: 'limits',
		test({ facts }) {
			const usage = facts.usage === undefined ? undefined : (facts.usage.get(rule.id) ?? UNUSED);
			return usage === undefined ? 'cannot-tell' : exceeded(usage) === undefined ? 'holds' : 'fails';
		},
		why({ facts }) {
			if (facts.usage === undefined) {
				return phrase('no counts of the session are known');
			}
			const over = exceeded(facts.usage.get(rule.id) ?? UNUSED);
			return over?.[1] === undefined ? phrase('within the limits') : over[2](over[1]);
		},
	};
}
