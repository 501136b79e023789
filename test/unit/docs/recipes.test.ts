import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { policyTest } from '../../../src/cli/policyCommands';
import { capabilityOf } from '../../../src/domain/policy/capability';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { parseFixture } from '../../../src/domain/policy/policyFixture';

const folder = fileURLToPath(new URL('../../../docs/recipes/', import.meta.url));
const text = (name: string) => readFileSync(folder + name, 'utf8');
const names = readdirSync(folder)
	.flatMap(name => (/^(.*)(?<!\.policy-test)\.yaml$/.exec(name) ?? []).slice(1))
	.sort();

/** What each server lists, and how that was found out; test/servers holds those that are installed there to it. */
const servers = JSON.parse(
	readFileSync(new URL('../../fixtures/recipeTools.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, { package: string; version: string; tools: Readonly<Record<string, string[]>> }>>;

describe('docs/recipes', () => {
	it('has twenty servers, each with a policy, a fixture and a row in the table of contents', () => {
		expect(names).toHaveLength(20);
		expect(names).toEqual(Object.keys(servers).sort());
		const page = text('README.md');
		expect(names.filter(name => !page.includes(`| [${name}](${name}.yaml) `))).toEqual([]);
		expect(names.filter(name => !page.includes(`(${name}.policy-test.yaml)`))).toEqual([]);
	});

	describe.each(names)('%s', name => {
		const load = parsePolicy(text(`${name}.yaml`), `${name}.yaml`);
		const { cases } = parseFixture(text(`${name}.policy-test.yaml`), 'f.yaml');
		const { package: source, version, tools } = servers[name]!;

		it('says what the server is, how it is started and where the names of its tools come from', () => {
			const [, first, launch, listed] =
				/^# Server: (.*)\n# Launch: (.*)\n# Tools: {2}(.*)\n/.exec(text(`${name}.yaml`)) ?? [];
			expect(first).toContain(source.replace(/ \(.*| .*/, '').replace('github/', ''));
			expect(first).toContain(version);
			expect(`${launch ?? ''} ${source}`).toContain(version === '' ? '' : `@${version}`);
			expect(listed).not.toBe('');
		});
		it('is right, without a warning', () => {
			expect(load.problems).toEqual([]);
		});
		it('decides its cases as it says, through the engine of live calls', async () => {
			const lines: string[] = [];
			const take = (line: string) => lines.push(line);
			const code = await policyTest(
				`${folder}${name}.policy-test.yaml`,
				{ json: false },
				{ stdout: take, stderr: take },
			);
			expect(lines.filter(line => !line.startsWith('ok'))).toEqual([`${String(cases.length)} passed, 0 failed`]);
			expect(code).toBe(0);
		});
		it('knows what every tool of that version counts as', () => {
			const policyTable = load.policy?.capabilities ?? new Map<string, string>();
			const sources = Object.keys(tools).map(
				tool =>
					capabilityOf({ policyTable, serverName: name, packageName: source.replace(' (PyPI)', ''), tool })
						.source,
			);
			expect(sources.filter(from => from !== 'policy' && from !== 'shipped')).toEqual([]);
			const named = [...policyTable.keys()].map(key => key.replace(`${name}/`, ''));
			expect(named.filter(tool => tools[tool] === undefined)).toEqual([]);
		});
		it('has cases with tools and arguments that the server has; what it lacks is denied', () => {
			for (const test of cases.filter(each => each.server === name)) {
				const known = tools[test.tool];
				const strange =
					known === undefined ? [test.tool] : Object.keys(test.arguments).filter(key => !known.includes(key));
				expect(strange.length === 0 || test.expect === 'deny', `${test.name}: ${strange.join()}`).toBe(true);
			}
		});
		it('tries honest and hostile calls, and each rule that asks or allows', () => {
			const count = (effect: string) => cases.filter(test => test.expect === effect).length;
			expect(count('allow') + count('require_approval')).toBeGreaterThan(0);
			expect(count('deny')).toBeGreaterThan(1);
			const tried = new Set(cases.map(({ rule }) => rule));
			const opening = (load.policy?.rules ?? []).filter(({ effect }) => effect !== 'deny');
			expect(opening.some(({ id }) => tried.has(id))).toBe(true);
		});
		it('can stand beside the other recipes in one policy: what opens names its server, and ids are its own', () => {
			const opening = (load.policy?.rules ?? []).filter(({ effect }) => effect !== 'deny');
			const body = text(`${name}.yaml`).replace(/^#.*\n/gm, '');
			expect(body.match(new RegExp(`servers: ${name}\\b`, 'g'))?.length ?? 0).toBeGreaterThanOrEqual(
				opening.length,
			);
			const others = names
				.filter(other => other !== name)
				.flatMap(other =>
					(parsePolicy(text(`${other}.yaml`), 'o.yaml').policy?.rules ?? []).map(({ id }) => id),
				);
			expect((load.policy?.rules ?? []).filter(({ id }) => others.includes(id)).map(({ id }) => id)).toEqual([]);
		});
	});
});
