import { type Phrase, phrase } from '../../base/phrase';
import { type CallView } from './callView';
import { isCapability, isDestructive } from './capabilityName';
import { type CompiledRule, outcomeOf, ruleError } from './compiledRule';
import { isBound } from './hostCondition';
import { pathProblem, urlProblem } from './placeProblem';
import { type Effect, type Policy, type Rule } from './policy';
import { type ApprovalTerms } from './ruleConditions';
import { claimsCapability, relevantRules } from './ruleIndex';
import { stillAsking } from './standIn';
import { type RuleRef, type Verdict } from './verdict';

/** What one policy by itself says of a call. */
export interface Opinion {
	readonly verdict: Verdict;
	/** True when nothing matched and the policy does not claim the capability: another layer may speak. */
	readonly silent: boolean;
}

/**
 * The opinion of a policy whose allow rules count: deny beats require_approval beats allow, but for the approvals that an allow
 * names in `instead_of`; what nothing matches is denied.
 */
export function judgeGranting(policy: Policy, call: CallView): Opinion {
	const { facts } = call;
	const matched = matchRules(policy, call);
	const strict = strictPart(matched, call);
	if (strict !== undefined) {
		return { verdict: strict, silent: false };
	}
	const { asking: left, standIns } = stillAsking(matched.require_approval, matched.allow, call);
	const [asking] = left;
	if (asking !== undefined && firstUncovered(matched.inPlay, call) === undefined) {
		return { verdict: ask(left, asking, call), silent: false };
	}
	const [allowing] = [...standIns.values(), ...matched.allow];
	if (asking === undefined && allowing !== undefined) {
		const verdict = byRule(call, 'allow', allowing, matched.allow, allowing.reason ?? 'policy_allow');
		return { verdict, silent: false };
	}
	const gated = asking === undefined ? matched.gated[0]?.reason : undefined;
	const reason = gated ?? (isCapability(facts.capability) ? 'policy_default_deny' : 'unknown_capability');
	return { verdict: refuse(call, reason, []), silent: !claimsCapability(policy, facts.capability) };
}

/** The opinion of a policy that can only tighten: undefined where none of its deny and approval rules speaks. */
export function judgeTightening(policy: Policy, call: CallView): Verdict | undefined {
	const matched = matchRules(policy, call);
	const [asking] = matched.require_approval;
	return (
		strictPart(matched, call) ?? (asking === undefined ? undefined : ask(matched.require_approval, asking, call))
	);
}

/** A denial without a rule. */
export function refuse(call: CallView, reason: string, errors: readonly Phrase[]): Verdict {
	return { effect: 'deny', capability: call.facts.capability, reason, rules: [], errors };
}

/** A rule as verdicts name it. */
export function refOf(rule: Rule): RuleRef {
	return { id: rule.id, effect: rule.effect, at: rule.at };
}

/** What several approvals offer together: the shortest time, and only scopes that all of them offer. */
export function joinTerms(terms: readonly (ApprovalTerms | undefined)[]): ApprovalTerms | undefined {
	const timeouts = terms.flatMap(term => (term?.timeout === undefined ? [] : [term.timeout]));
	const offers = terms.flatMap(term => (term?.scopes === undefined ? [] : [term.scopes]));
	if (timeouts.length + offers.length === 0) {
		return undefined;
	}
	const shared = offers[0]?.filter(scope => offers.every(offer => offer.includes(scope)));
	return {
		...(timeouts.length > 0 && { timeout: Math.min(...timeouts) }),
		...(shared !== undefined && { scopes: shared.length > 0 ? shared : ['once' as const] }),
	};
}

interface Matched extends Readonly<Record<Effect, Rule[]>> {
	/** Rules whose conditions hold, places apart. */
	readonly inPlay: CompiledRule[];
	/** Allows and approvals that would have matched, but for their limits or the trust they ask for. */
	readonly gated: { readonly rule: Rule; readonly reason: string }[];
	readonly errors: Phrase[];
}

function matchRules(policy: Policy, call: CallView): Matched {
	const { capability, server, tool } = call.facts;
	const matched: Matched = { deny: [], require_approval: [], allow: [], inPlay: [], gated: [], errors: [] };
	for (const compiled of relevantRules(policy, capability, server.name, tool)) {
		const outcome = outcomeOf(compiled, call);
		if (outcome.kind === 'error') {
			matched.errors.push(outcome.error);
		}
		if (outcome.kind !== 'fails') {
			matched.inPlay.push(compiled);
		}
		if (outcome.kind === 'holds') {
			settle(compiled, call, matched);
		}
	}
	return matched;
}

function settle({ rule, gates }: CompiledRule, call: CallView, matched: Matched): void {
	const closed = gates.find(gate => gate.test(call) !== 'holds');
	if (closed === undefined) {
		matched[rule.effect].push(rule);
	} else if (closed.test(call) === 'fails') {
		matched.gated.push({ rule, reason: closed.name === 'limits' ? 'limit_exceeded' : 'trust_too_low' });
	} else if (rule.effect !== 'allow') {
		matched.errors.push(ruleError(rule, closed, call));
	}
}

/** What denies whatever may allow: a deny, an error, a place that cannot be judged, an approval behind a closed gate. */
function strictPart(matched: Matched, call: CallView): Verdict | undefined {
	const [denying] = matched.deny;
	if (denying !== undefined) {
		const { capability } = call.facts;
		const reason = denying.reason ?? (isDestructive(capability) ? 'destructive_operation' : 'policy_deny');
		return { ...byRule(call, 'deny', denying, matched.deny, reason), errors: matched.errors };
	}
	if (matched.errors.length > 0) {
		return refuse(call, 'rule_error', matched.errors);
	}
	const paths = matched.inPlay.some(({ paths }) => paths !== undefined) ? unjudgeablePaths(call) : [];
	if (paths.length > 0) {
		return refuse(call, 'path_unjudgeable', paths);
	}
	const urls = matched.inPlay.some(({ hosts }) => hosts !== undefined) ? unjudgeableUrls(call) : [];
	if (urls.length > 0) {
		return refuse(call, 'url_unjudgeable', urls);
	}
	const gate = matched.gated.find(({ rule }) => rule.effect === 'require_approval');
	return gate && byRule(call, 'deny', gate.rule, [gate.rule], gate.reason);
}

function unjudgeablePaths({ facts }: CallView): readonly Phrase[] {
	return facts.paths.flatMap(fact =>
		fact.problem === undefined
			? []
			: [phrase('path at {0}: {1}', pointer(fact.pointer), pathProblem(fact.problem))],
	);
}

function unjudgeableUrls({ urls }: CallView): readonly Phrase[] {
	return urls.flatMap(fact =>
		fact.problem === undefined || !fact.destination
			? []
			: [phrase('URL at {0}: {1}', pointer(fact.pointer), urlProblem(fact.problem))],
	);
}

/** Attacker-controlled: quoted, so that it stays on one line. */
function pointer(text: string): string {
	return JSON.stringify(text.slice(0, 200));
}

/** A place of a call that no allow and no approval covers. */
export interface UncoveredPlace {
	readonly kind: 'path' | 'host';
	/** The path or host itself, or the pointer of a URL without one. Attacker-controlled. */
	readonly place: string;
}

/**
 * The first place for which the policy's approvals ask nobody, since nothing could let it pass; undefined when there is
 * none, or when no approval matches. Throws what a rule that cannot be compiled throws.
 */
export function uncoveredPlace(policy: Policy, call: CallView): UncoveredPlace | undefined {
	const { require_approval, allow, inPlay } = matchRules(policy, call);
	const { asking } = stillAsking(require_approval, allow, call);
	return asking.length === 0 ? undefined : firstUncovered(inPlay, call);
}

/** By the id of an approval that matches: the allow of the same policy that stands in for it. Throws as {@link uncoveredPlace} does. */
export function standInsOf(policy: Policy, call: CallView): ReadonlyMap<string, Rule> {
	const { require_approval, allow } = matchRules(policy, call);
	return stillAsking(require_approval, allow, call).standIns;
}

/** An approval is sought only for what could pass: every path and URL goes where some allow or approval says. */
function firstUncovered(inPlay: readonly CompiledRule[], call: CallView): UncoveredPlace | undefined {
	const granting = inPlay.filter(({ rule }) => rule.effect !== 'deny');
	if (!granting.some(({ paths }) => paths === undefined)) {
		for (const { forms } of call.paths) {
			const form = forms.find(each => !granting.some(({ paths }) => paths?.covers(each, call) === true));
			if (form !== undefined) {
				return { kind: 'path', place: form };
			}
		}
	}
	if (!granting.some(({ hosts }) => hosts === undefined)) {
		const url = call.urls.filter(isBound).find(each => !granting.some(({ hosts }) => hosts?.covers(each) === true));
		return url && { kind: 'host', place: url.readings[0]?.host || url.pointer };
	}
	return undefined;
}

function ask(rules: readonly Rule[], asking: Rule, call: CallView): Verdict {
	const reason = asking.reason ?? 'policy_require_approval';
	const approval = joinTerms(rules.map(rule => rule.approval));
	return {
		...byRule(call, 'require_approval', asking, rules, reason),
		...(approval !== undefined && { approval }),
	};
}

function byRule(call: CallView, effect: Effect, rule: Rule, rules: readonly Rule[], reason: string): Verdict {
	const { capability } = call.facts;
	return { effect, capability, reason, rule: refOf(rule), rules: rules.map(refOf), errors: [] };
}
