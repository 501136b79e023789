import { type HostFacts } from '../domain/policy/facts';
import { judgeFacts } from '../domain/policy/judgeFacts';
import { type Effect, type PolicyLoad } from '../domain/policy/policy';
import { factsOfCase } from './caseFacts';
import { type PolicyCase } from './policyFixture';

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

/** Judges every case with the engine of live calls. Relative paths start in the workspace. */
export async function runCases(
	load: PolicyLoad,
	cases: readonly PolicyCase[],
	host: HostFacts,
): Promise<readonly CaseOutcome[]> {
	const outcomes: CaseOutcome[] = [];
	for (const test of cases) {
		const verdict = judgeFacts(load, await factsOfCase(load, test, host));
		const rule = verdict.rule?.id ?? null;
		const missed =
			test.rule !== undefined && test.rule !== rule
				? `rule ${test.rule}`
				: test.reason !== undefined && test.reason !== verdict.reason
					? `reason ${test.reason}`
					: undefined;
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
