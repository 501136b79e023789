import { isMap, isSeq, LineCounter, type Node, stringify } from 'yaml';
import { type PinnedTool } from '../domain/policy/capabilityFacts';
import { coversCapability } from '../domain/policy/capabilityName';
import { parseYaml } from '../domain/policy/boundedYaml';
import { compileNameGlob } from '../domain/policy/glob';
import { KNOWN_CAPABILITIES } from '../domain/policy/knownCapabilities';
import { type Rule } from '../domain/policy/policy';
import { type PolicyCase } from '../domain/policy/policyFixture';
import { type CaseOutcome } from '../firewall/policyCases';
import { say, sayCount } from './say';

/** One case of a fixture file, judged. Names and arguments are attacker-controlled. */
export interface JudgedCase {
	readonly file: string;
	readonly test: PolicyCase;
	readonly outcome: CaseOutcome;
}

/** The cases that speak of a rule: those that it decides, and those that say it should. */
export function casesOf(ruleId: string, judged: readonly JudgedCase[]): readonly JudgedCase[] {
	return judged.filter(({ test, outcome }) => outcome.rule === ruleId || test.rule === ruleId);
}

/** What stands above a rule. */
export function lensTitle(cases: readonly JudgedCase[]): string {
	const failing = cases.filter(({ outcome }) => !outcome.ok).length;
	if (cases.length === 0) {
		return say('not tested: add a case');
	}
	const count = sayCount(cases.length, 'tested by {0} case', 'tested by {0} cases');
	if (failing === 0) {
		return count;
	}
	// An icon swallows the blank behind it.
	return `$(error)\u00a0${sayCount(failing, '{1}, {0} fails', '{1}, {0} fail', count)}`;
}

/** How a case ended, in one line of our words and the names of the policy's rules. */
export function caseDetail({ test, outcome }: JudgedCase): string {
	const by = outcome.rule === null ? say('no rule') : say('rule {0}', outcome.rule);
	if (outcome.ok) {
		return say('{0} by {1}, as expected', outcome.actual, by);
	}
	const wanted = test.rule === undefined ? test.expect : say('{0} by rule {1}', test.expect, test.rule);
	return say('expected {0}, got {1} by {2} ({3})', wanted, outcome.actual, by, outcome.reason);
}

/** A case to begin with: a call that the rule is about, of a pinned tool where there is one. */
export function caseFor(rule: Rule, pins: readonly PinnedTool[]): Readonly<Record<string, unknown>> {
	const fits = (globs: readonly string[] | undefined, name: string) =>
		globs === undefined || globs.map(compileNameGlob).some(outcome => outcome.ok && outcome.glob.matches(name));
	const pin = pins.find(
		({ server, tool, capability }) =>
			coversCapability(rule.capability, capability) && fits(rule.servers, server) && fits(rule.tools, tool),
	);
	const [resource = ''] = rule.capability.split('.');
	const known = KNOWN_CAPABILITIES.find(each => coversCapability(rule.capability, each));
	const capability = known ?? rule.capability.replace(/\.\*$/, '.read');
	return {
		name: `${rule.id} decides`,
		server: pin?.server ?? rule.servers?.[0] ?? 'my-server',
		tool: pin?.tool ?? rule.tools?.[0] ?? 'my_tool',
		// A fixture knows no pins, so the case says what the tool counts as.
		capability: pin?.capability ?? capability,
		arguments: argumentsFor(rule, resource),
		expect: rule.effect,
		rule: rule.id,
	};
}

function argumentsFor({ pathPrefix, hosts }: Rule, resource: string): Readonly<Record<string, string>> {
	if (pathPrefix !== undefined || resource === 'filesystem' || resource === '*') {
		const folder = (pathPrefix ?? '').replace(/^\$\{workspaceFolder\}\/?/, '').replace(/\/$/, '');
		return { path: folder === '' ? 'example.txt' : `${folder}/example.txt` };
	}
	return resource === 'network' || hosts !== undefined ? { url: 'https://example.com/' } : {};
}

/** A whole fixture with one case. `policy` and `workspace` are paths relative to it. */
export function newFixture(policy: string, workspace: string, first: Readonly<Record<string, unknown>>): string {
	const head = '# What the policy should decide: each case is one call. Also: mcp-firewall policy test FILE\n';
	return head + stringify({ policy, workspace, cases: [first] }, { lineWidth: 0 });
}

/** Where to put one more case into a fixture, and how it reads there. Undefined where its list is not in block style. */
export function appendCase(
	text: string,
	added: Readonly<Record<string, unknown>>,
): { readonly offset: number; readonly insert: string } | undefined {
	const outcome = parseYaml(text, new LineCounter());
	const root = outcome.kind === 'document' ? outcome.document.contents : null;
	const cases = isMap(root) ? root.get('cases', true) : undefined;
	if (!isSeq(cases) || cases.flow === true || cases.items.length === 0) {
		return undefined;
	}
	const first = (cases.items[0] as Node | null)?.range?.[0] ?? 0;
	const indent = /^ *(?=- )/.exec(text.slice(text.lastIndexOf('\n', first) + 1, first))?.[0];
	const last = (cases.items.at(-1) as Node | null)?.range?.[1];
	if (indent === undefined || last === undefined) {
		return undefined;
	}
	const lineEnd = text.indexOf('\n', Math.max(last - 1, 0));
	const offset = lineEnd < 0 ? text.length : lineEnd;
	const lines = stringify([added], { lineWidth: 0 }).trimEnd().split('\n');
	return { offset, insert: lines.map(line => `\n${indent}${line}`).join('') };
}
