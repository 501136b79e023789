import { stringify } from 'yaml';
import { type RecordedCall } from '../domain/policy/suggestRules';
import { type Effect, type PolicyLoad } from '../domain/policy/policy';
import { parseFixture, type PolicyCase } from '../domain/policy/policyFixture';
import { fixtureOutcomes } from './fixtureCases';

/** Cases of each kind: saved questions, and refusals. */
const MOST = 20;

/** A fixture that holds recorded calls as cases, and what they came to under the draft. */
export interface DraftTest {
	/** YAML. Its texts are attacker-controlled. */
	readonly text: string;
	/** Names of the cases that do not come out as they say. */
	readonly failing: readonly string[];
}

/**
 * The recorded calls as cases of a fixture beside a policy: what was allowed passes under the draft, and what was refused under the
 * policy as it was stays so. Calls of which the trail keeps no whole arguments are no cases. `file` is the fixture's path, `policyName`
 * the policy's name beside it. Paths count as text (fixtureCases.ts).
 */
export async function draftTest(
	{ saved, refused }: { readonly saved: readonly RecordedCall[]; readonly refused: readonly RecordedCall[] },
	before: PolicyLoad,
	draft: PolicyLoad,
	{
		file,
		policyName,
		workspace,
	}: { readonly file: string; readonly policyName: string; readonly workspace: string | undefined },
): Promise<DraftTest> {
	const cases = (calls: readonly RecordedCall[], expect: Effect) =>
		calls
			.filter(({ whole, entry }) => whole && entry.tool !== undefined)
			.slice(0, MOST)
			.map(({ entry, facts }) => ({
				name: `${expect === 'allow' ? 'allowed' : 'refused'} at ${entry.at}`,
				...{ server: facts.server.name, tool: facts.tool, capability: facts.capability },
				...{ arguments: facts.arguments, expect },
			}));
	const written = (all: readonly object[]) =>
		stringify({ policy: `./${policyName}`, ...(workspace !== undefined && { workspace }), cases: all });
	const run = async (load: PolicyLoad, text: string) => {
		const fixture = parseFixture(text, file);
		return { fixture, outcomes: await fixtureOutcomes(load, { file, fixture }, 2 * MOST) };
	};
	const refusals = cases(refused, 'deny');
	const was = await run(before, written(refusals));
	// What was refused for another reason than the policy is no case of it.
	const kept = was.outcomes.flatMap(({ actual }, at) =>
		actual === 'allow' ? [] : [{ ...refusals[at], expect: actual } satisfies Partial<PolicyCase>],
	);
	const text = written([...cases(saved, 'allow'), ...kept]);
	const { outcomes } = await run(draft, text);
	return {
		text: `# Recorded calls: what you allowed, and what was refused and has to stay so.\n${text}`,
		failing: outcomes.filter(({ ok }) => !ok).map(({ name, actual }) => `${name}: ${actual}`),
	};
}
