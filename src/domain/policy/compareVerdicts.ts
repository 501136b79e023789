import { type ArgumentCopy } from './argumentCopy';
import { type CallFacts } from './facts';
import { judgeFacts } from './judgeFacts';
import { type PolicyLoad } from './policy';
import { relevantRules } from './ruleIndex';
import { type Verdict } from './verdict';

/** A policy with the facts of a call as they are under it. */
export interface PolicySide {
	readonly load: PolicyLoad;
	readonly facts: CallFacts;
}

/** What two policies say of one call. */
export type Comparison =
	| { readonly kind: 'told'; readonly before: Verdict; readonly after: Verdict }
	/** A condition over arguments that were masked or cut decides. */
	| { readonly kind: 'untold' };

/** More open conditions than this are not tried out: two ways each. */
const MAX_OPEN = 8;

/**
 * Judges a recorded call under two policies. Conditions over arguments that `copy` no longer tells, and that `told` does
 * not either, are tried both ways, alike in both policies; only where that changes an effect the call cannot be told.
 */
export function compareVerdicts(
	before: PolicySide,
	after: PolicySide,
	copy: ArgumentCopy,
	told: ReadonlyMap<string, boolean> = new Map(),
): Comparison {
	const open = [...new Set([before, after].flatMap(side => openKeys(side, copy)))].filter(key => !told.has(key));
	if (open.length > MAX_OPEN) {
		return { kind: 'untold' };
	}
	let first: { readonly before: Verdict; readonly after: Verdict } | undefined;
	for (let bits = 0; bits < 2 ** open.length; bits++) {
		const answers = new Map([...told, ...open.map((key, at) => [key, (bits & (1 << at)) !== 0] as const)]);
		const pair = {
			before: judgeFacts(before.load, { ...before.facts, told: answers }),
			after: judgeFacts(after.load, { ...after.facts, told: answers }),
		};
		first ??= pair;
		if (first.before.effect !== pair.before.effect || first.after.effect !== pair.after.effect) {
			const differs = (each: typeof pair) => each.before.effect !== each.after.effect;
			if (differs(first) || differs(pair)) {
				return { kind: 'untold' };
			}
		}
	}
	return first === undefined ? { kind: 'untold' } : { kind: 'told', ...first };
}

/** The conditions over arguments, of rules about the call, whose outcome the copy does not tell. */
function openKeys({ load, facts }: PolicySide, copy: ArgumentCopy): readonly string[] {
	return load.policy === undefined
		? []
		: relevantRules(load.policy, facts.capability, facts.server.name, facts.tool).flatMap(({ others }) =>
				others.flatMap(({ argument }) =>
					argument === undefined || argument.knownFrom(copy) ? [] : [argument.key],
				),
			);
}
