import { errorText } from '../../base/errors';
import { isCapability, isDestructive } from './capabilityName';
import { type CallFacts } from './facts';
import { type Effect, type Policy, type PolicyLoad, type Rule } from './policy';
import { coversEveryPath, hasPathCondition, matchesCapability, matchesNames, matchesPaths } from './ruleMatch';
import { type RuleRef, type Verdict } from './verdict';

/**
 * What a policy says of one call. Total and pure: the same load and facts give the same verdict, and trouble of any kind
 * is a deny (invariant 3). Deny beats require_approval beats allow; where no rule speaks, the call is denied.
 */
export function decide(load: PolicyLoad, facts: CallFacts): Verdict {
	const { policy } = load;
	if (policy === undefined) {
		const errors = load.problems
			.filter(problem => problem.severity === 'error')
			.map(problem => {
				const { file, line, column } = problem.at;
				return `${file}:${String(line)}:${String(column)}: ${problem.message}`;
			});
		return refuse(facts, 'policy_unusable', errors);
	}
	try {
		const verdict = judge(policy, facts);
		return policy.mode === 'observe' ? { ...verdict, effect: 'allow', observed: verdict.effect } : verdict;
	} catch (error) {
		return refuse(facts, 'rule_error', [errorText(error)]);
	}
}

function judge(policy: Policy, facts: CallFacts): Verdict {
	const relevant = rulesFor(policy, facts.capability).filter(rule =>
		matchesNames(rule, facts.server.name, facts.tool),
	);
	const matched: Record<Effect, Rule[]> = { deny: [], require_approval: [], allow: [] };
	const errors: string[] = [];
	for (const rule of relevant) {
		const match = matchesPaths(rule, facts);
		if (match.holds) {
			matched[rule.effect].push(rule);
		}
		if (match.error !== undefined) {
			errors.push(match.error);
		}
	}
	const [denying] = matched.deny;
	if (denying !== undefined) {
		return byRule(facts, denying, matched.deny, errors, denyReason(denying, facts.capability));
	}
	if (errors.length > 0) {
		return refuse(facts, 'rule_error', errors);
	}
	if (relevant.some(hasPathCondition) && facts.paths.some(fact => fact.problem !== undefined)) {
		return refuse(facts, 'path_unjudgeable', unjudgeable(facts));
	}
	const [asking] = matched.require_approval;
	if (asking !== undefined && mayAsk(policy, relevant, matched, facts)) {
		return byRule(facts, asking, matched.require_approval, errors, asking.reason ?? 'policy_require_approval');
	}
	const [allowing] = matched.allow;
	if (asking === undefined && allowing !== undefined) {
		return byRule(facts, allowing, matched.allow, errors, allowing.reason ?? 'policy_allow');
	}
	return refuse(facts, isCapability(facts.capability) ? 'policy_default_deny' : 'unknown_capability', errors);
}

/**
 * An approval is sought only for what could pass: every path lies where some allow or approval says, and not on the word
 * of a rule from another file alone, because a layer only tightens (invariant 4).
 */
function mayAsk(
	policy: Policy,
	relevant: readonly Rule[],
	matched: Readonly<Record<Effect, readonly Rule[]>>,
	facts: CallFacts,
): boolean {
	const own = (rule: Rule) => rule.at.file === policy.file;
	return (
		[...matched.require_approval, ...matched.allow].some(own) &&
		coversEveryPath(
			relevant.filter(rule => rule.effect !== 'deny' && own(rule)),
			facts,
		)
	);
}

function denyReason(rule: Rule, capability: string): string {
	return rule.reason ?? (isDestructive(capability) ? 'destructive_operation' : 'policy_deny');
}

function unjudgeable(facts: CallFacts): readonly string[] {
	return facts.paths.flatMap(fact =>
		fact.problem === undefined ? [] : [`path at ${JSON.stringify(fact.pointer.slice(0, 200))}: ${fact.problem}`],
	);
}

function byRule(
	facts: CallFacts,
	rule: Rule,
	rules: readonly Rule[],
	errors: readonly string[],
	reason: string,
): Verdict {
	return {
		effect: rule.effect,
		capability: facts.capability,
		reason,
		rule: refOf(rule),
		rules: rules.map(refOf),
		errors,
	};
}

function refuse(facts: CallFacts, reason: string, errors: readonly string[]): Verdict {
	return { effect: 'deny', capability: facts.capability, reason, rules: [], errors };
}

function refOf(rule: Rule): RuleRef {
	return { id: rule.id, effect: rule.effect, at: rule.at };
}

/** Rules by what they name, each with its place in the policy. A memo: it changes no outcome. */
const indexes = new WeakMap<Policy, RuleIndex>();

type RuleIndex = ReadonlyMap<string, readonly (readonly [number, Rule])[]>;

function indexRules(rules: readonly Rule[]): RuleIndex {
	const index = new Map<string, (readonly [number, Rule])[]>();
	rules.forEach((rule, order) => {
		const group = index.get(rule.capability);
		if (group === undefined) {
			index.set(rule.capability, [[order, rule]]);
		} else {
			group.push([order, rule]);
		}
	});
	return index;
}

/** The rules that speak of a capability, in the order of the policy. */
function rulesFor(policy: Policy, capability: string): readonly Rule[] {
	let index = indexes.get(policy);
	if (index === undefined) {
		index = indexRules(policy.rules);
		indexes.set(policy, index);
	}
	const resource = capability.split('.')[0] ?? '';
	const names = new Set([capability, `${resource}.*`, '*']);
	return [...names]
		.flatMap(name => index.get(name) ?? [])
		.filter(([, rule]) => matchesCapability(rule, capability))
		.sort(([left], [right]) => left - right)
		.map(([, rule]) => rule);
}
