import { FixtureError } from '../domain/policy/policyFixture';
import { type CaseOutcome, runCases } from '../firewall/policyCases';
import { hintForPerson } from '../firewall/refusal';
import { realPathResolver } from '../storage/realPath';
import { type CliOutput } from './output';
import { readFixture } from './policyFixture';
import { problemLine } from './policyProblems';
import { printable } from './printable';

/**
 * `policy test FIXTURE`: runs the fixture's cases through the engine that also judges live calls. Returns 0, 1 when a case
 * differs, 2 when the fixture or its policy cannot be used, or there is no case.
 */
export async function policyTest(
	fixture: string,
	options: { readonly json: boolean; readonly compositionFile?: string },
	out: CliOutput,
): Promise<number> {
	let outcomes: readonly CaseOutcome[];
	try {
		const { load, cases, host } = await readFixture(
			fixture,
			options.compositionFile === undefined ? undefined : { compositionFile: options.compositionFile },
		);
		if (load.policy === undefined) {
			load.problems.forEach(problem => {
				out.stderr(problemLine(problem));
			});
			out.stderr(printable(`${fixture}: its policy is not valid`));
			return 2;
		}
		if (cases.length === 0) {
			out.stderr(printable(`${fixture}: has no cases, so it tests nothing; add one below 'cases:'`));
			return 2;
		}
		outcomes = await runCases(load, cases, host, { paths: realPathResolver, now: Date.now() });
	} catch (error) {
		if (!(error instanceof FixtureError)) {
			throw error;
		}
		out.stderr(printable(error.message));
		return 2;
	}
	const failed = outcomes.filter(outcome => !outcome.ok).length;
	const passed = outcomes.length - failed;
	if (options.json) {
		// What JSON leaves as it is (C1, marks that turn text round) as well; its own line ends stay.
		const lines = JSON.stringify({ passed, failed, cases: outcomes }, undefined, 2).split('\n');
		out.stdout(lines.map(printable).join('\n'));
	} else {
		outcomes.forEach(outcome => {
			out.stdout(printable(outcomeLine(outcome)));
			if (!outcome.ok && outcome.actual === 'deny') {
				out.stdout(printable(`        ${hintForPerson(outcome.reason)}`));
			}
		});
		out.stdout(`${String(passed)} passed, ${String(failed)} failed`);
	}
	return failed === 0 ? 0 : 1;
}

function outcomeLine(outcome: CaseOutcome): string {
	const by = `${outcome.actual} by ${outcome.rule ?? 'no rule'} (${outcome.reason})`;
	return outcome.ok
		? `ok      ${outcome.name}: ${by}`
		: `FAILED  ${outcome.name}: expected ${outcome.expected}${outcome.missed === undefined ? '' : ` with ${outcome.missed}`}, got ${by}`;
}
