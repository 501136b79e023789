import { dirname, resolve } from 'node:path';
import { type PolicyLoad } from '../domain/policy/policy';
import { type FixtureText } from '../domain/policy/policyFixture';
import { type CaseOutcome, runCases } from '../firewall/policyCases';
import { textPaths } from '../firewall/textPaths';
import { systemHost } from '../storage/system';

/**
 * The first `max` cases of a fixture under a policy. Fixtures are found in any workspace, trusted or not, as soon as a policy
 * is open, and they are attacker-controlled: their `workspace:` and their paths count as text, no disk is looked at.
 * (`policy test`, which a person starts, follows symlinks.)
 */
export async function fixtureOutcomes(
	load: PolicyLoad,
	{ file, fixture }: { readonly file: string; readonly fixture: FixtureText },
	max: number,
	signal?: AbortSignal,
): Promise<readonly CaseOutcome[]> {
	const { workspace, cases } = fixture;
	const host = systemHost(workspace === undefined ? [] : [resolve(dirname(file), workspace)]);
	return runCases(load, cases.slice(0, max), host, { paths: textPaths, now: Date.now(), ...(signal && { signal }) });
}
