import { decide } from '../../../src/domain/policy/decide';
import { type Explanation, explainDecision } from '../../../src/domain/policy/explainDecision';
import { type CallFacts } from '../../../src/domain/policy/facts';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type PolicyLoad } from '../../../src/domain/policy/policy';
import { type SessionFacts } from '../../../src/domain/policy/sessionFacts';
import { type Verdict } from '../../../src/domain/policy/verdict';
import { type Call, factsOf } from './support';

/** A load from text, or the load itself. */
export const loadOf = (policy: string | PolicyLoad): PolicyLoad =>
	typeof policy === 'string' ? parsePolicy(policy, 'policy.yaml') : policy;

/** Facts with what the host knows of the session. */
export async function sessionFacts(load: PolicyLoad, call: Call, facts: SessionFacts): Promise<CallFacts> {
	return { ...(await factsOf(load, call)), ...facts };
}

/** The verdict of a policy over a call with facts of the session. */
export async function judged(policy: string | PolicyLoad, call: Call, facts: SessionFacts = {}): Promise<Verdict> {
	const load = loadOf(policy);
	return decide(load, await sessionFacts(load, call, facts));
}

/** The explanation of the same. */
export async function explained(
	policy: string | PolicyLoad,
	call: Call,
	facts: SessionFacts = {},
): Promise<Explanation> {
	const load = loadOf(policy);
	return explainDecision(load, await sessionFacts(load, call, facts));
}

/** Codes and lines of what is wrong with a policy text. */
export const problemsOf = (policy: string) =>
	parsePolicy(policy, 'policy.yaml').problems.map(({ code, severity, at }) => [code, severity, at.line]);
