import { capabilityOf } from '../domain/policy/capability';
import { raisedByArguments } from '../domain/policy/capabilityTokens';
import { decide } from '../domain/policy/decide';
import { type HostFacts } from '../domain/policy/facts';
import { type Effect, type PolicyLoad } from '../domain/policy/policy';
import { collectPathFacts, resolvePrefixes } from '../firewall/pathFacts';
import { realPathResolver } from '../storage/realPath';
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
}

/** Judges every case with the engine of live calls. Relative paths start in the workspace. */
export async function runCases(
	load: PolicyLoad,
	cases: readonly PolicyCase[],
	host: HostFacts,
): Promise<readonly CaseOutcome[]> {
	const prefixes = load.policy === undefined ? new Map() : await resolvePrefixes(load.policy, host, realPathResolver);
	const root = host.workspaceFolders[0];
	const outcomes: CaseOutcome[] = [];
	for (const test of cases) {
		const { tool } = test;
		const capability = test.capability ?? mapped(load, test);
		const verdict = decide(load, {
			server: { id: test.server, name: test.server },
			tool,
			capability,
			arguments: test.arguments,
			...(await collectPathFacts(
				test.arguments,
				undefined,
				root === undefined ? [] : [root],
				host,
				realPathResolver,
				{ tool, capability },
			)),
			host,
			prefixes,
			labels: new Set(),
			usage: new Map(),
			now: Date.now(),
		});
		const rule = verdict.rule?.id ?? null;
		outcomes.push({
			name: test.name,
			ok: verdict.effect === test.expect && (test.rule === undefined || test.rule === rule),
			expected: test.expect,
			actual: verdict.effect,
			rule,
			reason: verdict.reason,
		});
	}
	return outcomes;
}

function mapped(load: PolicyLoad, test: PolicyCase): string {
	const policyTable = load.policy?.capabilities ?? new Map<string, string>();
	const { capability, source } = capabilityOf({ policyTable, serverName: test.server, tool: test.tool });
	return source === 'policy' ? capability : raisedByArguments(capability, test.arguments);
}
