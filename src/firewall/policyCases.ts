import { type HostFacts } from '../domain/policy/facts';
import { judgeFacts } from '../domain/policy/judgeFacts';
import { type Effect, type PolicyLoad } from '../domain/policy/policy';
import { type PolicyCase } from '../domain/policy/policyFixture';
import { type CaseWorld, factsOfCase } from './caseFacts';

/** How one case of a fixture ended; the shape of `policy test --json`. */
export interface CaseOutcome {
	readonly name: string;
	readonly ok: boolean;
	readonly expected: Effect;
	readonly actual: Effect;
	/** The rule that decided; null when none did. */
	readonly rule: string | null;
	readonly reason: string;
	/** What else the case names and did not get. */
	readonly missed?: string;
}

/**
 * Judges every case with the engine of live calls. Relative paths start in the workspace. What is judged when `signal`
 * aborts is all that is given.
 */
export async function runCases(
	load: PolicyLoad,
	cases: readonly PolicyCase[],
	host: HostFacts,
	{ signal, ...world }: CaseWorld & { readonly signal?: AbortSignal },
): Promise<readonly CaseOutcome[]> {
	const outcomes: CaseOutcome[] = [];
	for (const test of cases) {
		if (signal?.aborted === true) {
			break;
		}
		const verdict = judgeFacts(load, await factsOfCase(load, test, host, world));
		const rule = verdict.rule?.id ?? null;
		const missed = missedBy(test, rule, verdict.reason);
		outcomes.push({
			name: test.name,
			ok: verdict.effect === test.expect && missed === undefined,
			expected: test.expect,
			actual: verdict.effect,
			rule,
			reason: verdict.reason,
			...(missed !== undefined && { missed }),
		});
	}
	return outcomes;
}

function missedBy(test: PolicyCase, rule: string | null, reason: string): string | undefined {
	if (test.rule !== undefined && test.rule !== rule) {
		return `rule ${test.rule}`;
	}
	return test.reason !== undefined && test.reason !== reason ? `reason ${test.reason}` : undefined;
}
