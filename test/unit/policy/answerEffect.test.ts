import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Finding } from '../../../src/domain/inspection/finding';
import { effectOf, resultSecrets } from '../../../src/domain/policy/answerEffect';
import { type InspectionPolicy, PERSONAL_DATA, SEVERITIES } from '../../../src/domain/policy/inspectionPolicy';
import { composeLayers } from '../../../src/domain/policy/layers';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type LayerKind, type Policy } from '../../../src/domain/policy/policy';
import { runs } from '../support/runs';

const NOW = Date.UTC(2026, 9, 1);
const ORIGIN = { server: 'docs', tool: 'read', now: NOW };
const STRICTNESS = ['none', 'notice', 'quote', 'withhold'];

const finding = (severity: Finding['severity'], rule = 'override-previous'): Finding => ({
	...{ kind: 'instruction-shaped', rule, severity, pointer: '/text', advice: '' },
	span: { start: 0, end: 1 },
});
function policyOf(text: string): Policy {
	const { policy, problems } = parsePolicy(text, 'p.yaml');
	if (policy === undefined) {
		throw new Error(JSON.stringify(problems));
	}
	return policy;
}
const inspecting = (inspection: string, more = '') => `${more}inspection: {${inspection}}\n`;
const layered = (...sources: readonly (readonly [LayerKind, string])[]): Policy => {
	const load = composeLayers(sources.map(([kind, text]) => ({ kind, load: parsePolicy(text, `${kind}.yaml`) })));
	if (load.policy === undefined) {
		throw new Error(JSON.stringify(load.problems));
	}
	return load.policy;
};
const effect = (policy: Policy | undefined, ...findings: readonly Finding[]) =>
	effectOf(policy, ORIGIN, findings).effect;
const suppress = (until: string, over = '') =>
	`suppress: [{server: docs, rule: override-previous, until: ${until}, reason: cited${over}}]`;

describe('effectOf', () => {
	it('quotes medium and high by default, notes low, and never speaks of secrets', () => {
		for (const policy of [undefined, policyOf('')]) {
			expect(SEVERITIES.map(severity => effect(policy, finding(severity)))).toEqual(['none', 'quote', 'quote']);
			expect(effect(policy, { ...finding('high'), kind: 'secret' })).toBe('none');
			expect(effect(policy)).toBe('none');
		}
	});

	it('takes the strictest rule that matches severity, server and tool, and the strictest finding', () => {
		const policy = policyOf(
			inspecting(
				'answers: [{id: a, effect: withhold, severity: high}, {id: b, effect: notice, servers: docs, tools: [re*]}]',
			),
		);
		expect(effectOf(policy, ORIGIN, [finding('medium')])).toMatchObject({ effect: 'notice', rule: 'b' });
		expect(effectOf(policy, ORIGIN, [finding('medium'), finding('high')])).toMatchObject({
			effect: 'withhold',
			rule: 'a',
		});
		expect(effectOf(policy, { ...ORIGIN, server: 'web' }, [finding('medium')]).effect).toBe('quote');
		expect(effectOf(policy, { ...ORIGIN, tool: 'write' }, [finding('medium')]).effect).toBe('quote');
	});

	it('a suppression holds for its server and rule, in its time, and for no other finding', () => {
		const policy = policyOf(inspecting(`${suppress('2026-12-01')}, answers: [{effect: withhold}]`));
		const one = effectOf(policy, ORIGIN, [finding('high'), finding('high')]);
		expect(one).toMatchObject({ effect: 'none', suppressed: [{ rule: 'override-previous', count: 2 }] });
		expect(effect(policy, finding('high'), finding('medium', 'inspection-incomplete'))).toBe('withhold');
		expect(effect(policy, finding('medium', 'encoded-unread'))).toBe('withhold');
		expect(effectOf(policy, { ...ORIGIN, server: 'Docs' }, [finding('high')]).effect).toBe('withhold');
		expect(effectOf(policy, { ...ORIGIN, now: Date.UTC(2026, 11, 2) }, [finding('high')]).effect).toBe('withhold');
		const far = policyOf(inspecting(suppress('2027-06-01')));
		expect(effect(far, finding('high'))).toBe('quote');
	});

	it('observe makes a notice of everything, but for an organisation that enforces', () => {
		const mine = inspecting('answers: [{effect: withhold}], results: {secrets: mask}', 'mode: observe\n');
		const seen = effectOf(policyOf(mine), ORIGIN, [finding('high')]);
		expect(seen).toMatchObject({ effect: 'notice', observed: 'withhold' });
		expect(resultSecrets(policyOf(mine))).toBe('pass');
		const theirs = inspecting('answers: [{effect: quote}], results: {secrets: mask}');
		expect(effect(layered(['organisation', theirs], ['user', mine]), finding('high'))).toBe('quote');
		expect(resultSecrets(layered(['organisation', theirs], ['user', mine]))).toBe('mask');
		const dry = `mode: observe\n${theirs}`;
		expect(effect(layered(['organisation', dry], ['user', mine]), finding('high'))).toBe('notice');
	});
});

describe('invariant 4: layers', () => {
	it("an organisation's say is not loosened by the person, nor the person's by a workspace", () => {
		const strict = inspecting(
			'answers: [{effect: withhold}], results: {secrets: mask}, outgoing: {secrets: refuse}',
		);
		const loose = inspecting(
			`${suppress('2026-12-01')}, answers: [{effect: notice}], results: {secrets: pass}, outgoing: {secrets: redact}`,
		);
		for (const policy of [
			layered(['organisation', strict], ['user', loose]),
			layered(['user', strict], ['workspace', loose]),
		]) {
			expect(effect(policy, finding('high'))).toBe('withhold');
			expect(policy.inspection).toMatchObject({ results: { secrets: 'mask' }, outgoing: { secrets: 'refuse' } });
		}
		const alone = layered(['user', ''], ['workspace', loose]);
		expect(effect(alone, finding('high'))).toBe('quote');
		expect(alone.inspection).toMatchObject({
			...{ suppress: [], answers: [], results: { secrets: 'mask' }, outgoing: { secrets: 'refuse' } },
		});
	});

	it('a workspace that says nothing of inspection leaves what the person said', () => {
		const mine = inspecting('answers: [{effect: notice}], results: {secrets: pass}, outgoing: {secrets: redact}');
		const policy = layered(['user', mine], ['workspace', 'deny: [shell.execute]\n']);
		expect(effect(policy, finding('high'))).toBe('notice');
		expect(policy.inspection).toMatchObject({ results: { secrets: 'pass' }, outgoing: { secrets: 'redact' } });
	});

	it('tells the author of a workspace file which lines do not count', () => {
		const load = composeLayers([
			{ kind: 'user', load: parsePolicy('', 'u') },
			{
				kind: 'workspace',
				load: parsePolicy(inspecting(`${suppress('2026-12-01')}, answers: [{effect: notice}]`), 'w'),
			},
		]);
		expect(load.problems.map(({ code }) => code)).toEqual(['ignored', 'ignored']);
	});

	const word = <T extends string>(...words: readonly T[]) => fc.constantFrom<T>(...words);
	const section = fc
		.record(
			{
				answers: fc.array(
					fc.record(
						{
							effect: word('notice', 'quote', 'withhold'),
							severity: word(...SEVERITIES),
							servers: fc.constantFrom(['docs'], ['web'], ['*']),
							tools: fc.constantFrom(['read'], ['w*']),
						},
						{ requiredKeys: ['effect'] },
					),
					{ maxLength: 3 },
				),
				suppress: fc.array(
					fc.record({
						server: word('docs', 'web'),
						rule: word('override-previous', 'encoded-unread'),
						until: word('2026-12-01', '2026-09-01', '2028-01-01'),
						reason: fc.constant('x'),
					}),
					{ maxLength: 2 },
				),
				results: fc.record({ secrets: word('mask', 'pass') }),
				outgoing: fc.record({
					secrets: word('refuse', 'redact'),
					personal_data: fc.record({
						email: word('pass', 'redact', 'refuse'),
						iban: word('pass', 'redact', 'refuse'),
					}),
				}),
			},
			{ requiredKeys: [] },
		)
		.filter(value => Object.keys(value).length > 0);
	const policies = fc.record({ mode: word('enforce', 'observe'), inspection: section }, { requiredKeys: [] });
	const findings = fc.array(
		fc.record({ severity: word(...SEVERITIES), rule: word('override-previous', 'encoded-unread', 'other') }),
		{ minLength: 1, maxLength: 4 },
	);

	it('property: an untrusted workspace never makes anything milder', () => {
		fc.assert(
			fc.property(
				policies,
				policies,
				fc.option(policies, { nil: undefined }),
				findings,
				(mine, theirs, org, seen) => {
					const above: [LayerKind, string][] = [
						...(org === undefined ? [] : [['organisation', JSON.stringify(org)] as [LayerKind, string]]),
						['user', JSON.stringify(mine)],
					];
					const before = layered(...above);
					const after = layered(...above, ['workspace', JSON.stringify(theirs)]);
					const found = seen.map(({ severity, rule }) => finding(severity, rule));
					for (const each of [...found.map(one => [one]), found]) {
						const [was, is] = [before, after].map(policy => STRICTNESS.indexOf(effect(policy, ...each)));
						expect(is).toBeGreaterThanOrEqual(was ?? 0);
					}
					expectNoMilder(before.inspection, after.inspection);
					if (resultSecrets(before) === 'mask') {
						expect(resultSecrets(after)).toBe('mask');
					}
				},
			),
			runs(300),
		);
	});

	function expectNoMilder(before: InspectionPolicy, after: InspectionPolicy): void {
		const rank = (text: string, words: readonly string[]) => words.indexOf(text);
		const secrets = ['pass', 'mask'];
		const outgoing = ['pass', 'redact', 'refuse'];
		expect(rank(after.results.secrets, secrets)).toBeGreaterThanOrEqual(rank(before.results.secrets, secrets));
		expect(rank(after.outgoing.secrets, outgoing)).toBeGreaterThanOrEqual(rank(before.outgoing.secrets, outgoing));
		for (const kind of PERSONAL_DATA) {
			const [was, is] = [before, after].map(each => rank(each.outgoing.personalData[kind], outgoing));
			expect(is).toBeGreaterThanOrEqual(was ?? 0);
		}
		expect(after.suppress).toEqual(before.suppress);
	}
});
