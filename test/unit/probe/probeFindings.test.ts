import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inEnglish } from '../../../src/base/phrase';
import { KNOWN_CAPABILITIES } from '../../../src/domain/policy/knownCapabilities';
import { expectedDeeds } from '../../../src/domain/probe/expectedDeeds';
import { blocksReview, probeFindings } from '../../../src/domain/probe/probeFindings';
import { NOTHING_SEEN, type ProbeReport, type ProbeSeen, type ProbeStep } from '../../../src/domain/probe/probeReport';
import { readProbeReport } from '../../../src/domain/probe/readProbeReport';

const step = (capability: string, seen: Partial<ProbeSeen>, kind: ProbeStep['kind'] = 'tool'): ProbeStep => ({
	...{ kind, tool: kind === 'tool' ? 'a_tool' : '', capability, outcome: 'answered' },
	seen: { ...NOTHING_SEEN, ...seen },
});
const reportOf = (...steps: ProbeStep[]): ProbeReport => ({ at: '2026-01-01T00:00:00.000Z', steps, blind: [] });
const deeds = (...steps: ProbeStep[]) =>
	probeFindings(reportOf(...steps)).map(({ deed, severity }) => `${deed} ${severity}`);

const written = { files: [{ kind: 'written', place: 'workspace', path: 'a.txt' }] } as const;
const deleted = { files: [{ kind: 'deleted', place: 'workspace', path: 'a.txt' }] } as const;
const moved = { files: [{ kind: 'moved', place: 'workspace', path: 'b.txt' }] } as const;
const dialled = { connections: [{ kind: 'direct', host: '203.0.113.7', port: 443 }] } as const;
const listening = { connections: [{ kind: 'listening', host: '0.0.0.0', port: 8080 }] } as const;
const child = { children: ['sh'] };

describe('N9: what was seen, against the declared capability', () => {
	it.each([
		['filesystem.read', written, ['write high']],
		['filesystem.read', dialled, ['connect high']],
		['filesystem.write', written, []],
		['filesystem.write', moved, []],
		['filesystem.write', deleted, ['delete high']],
		['filesystem.delete', deleted, []],
		['network.request', dialled, []],
		['network.request', written, ['write high']],
		['network.request', listening, ['listen high']],
		['compute.run', child, ['child high']],
		['git.read', child, []],
		['git.read', written, ['write high']],
		['shell.execute', { ...written, ...dialled, ...child }, []],
		['secrets.read', dialled, ['connect high']],
		['jira.read', dialled, []],
		['jira.read', written, ['write high']],
		['jira.create', written, []],
		['unknown', dialled, ['connect medium']],
	] as const)('%s, seen %o', (capability, seen, expected) => {
		expect(deeds(step(capability, seen))).toEqual(expected);
	});

	it('temporary files and caches are told, and stand in nobody’s way', () => {
		const files = [
			{ kind: 'written', place: 'temporary', path: 'x' },
			{ kind: 'written', place: 'home', path: '.cache/tool/x' },
		] as const;
		const found = probeFindings(reportOf(step('compute.run', { files })));
		expect(found.map(({ deed, severity }) => [deed, severity])).toEqual([['write', 'low']]);
		expect(blocksReview(found)).toBe(false);
		expect(deeds(step('compute.run', { files: [{ kind: 'written', place: 'home', path: '.bashrc' }] }))).toEqual([
			'write high',
		]);
	});

	it('what a server does by starting is held against all of its tools; a launcher’s programs are no surprise', () => {
		const reads = step('filesystem.read', {});
		expect(deeds(step('', { ...child, ...written }, 'start'), reads)).toEqual(['write high']);
		expect(deeds(step('', written, 'start'), step('filesystem.write', {}))).toEqual([]);
		expect(deeds(reads, step('', child, 'afterwards'))).toEqual(['child high']);
	});

	it('a marked value that is sent away is a mismatch, whatever the tool may do', () => {
		const connections = [{ kind: 'proxied', host: 'collector.example', port: 80, leaked: true }] as const;
		expect(deeds(step('network.send', { connections }))).toEqual(['leak high']);
		expect(deeds(step('shell.execute', { connections }))).toEqual(['leak high']);
	});

	it('a change of the open folders may be somebody else’s, and blocks nothing', () => {
		const files = [{ kind: 'written', place: 'real-workspace', path: 'build.log' }] as const;
		const found = probeFindings(reportOf(step('', { files }, 'afterwards')));
		expect(found).toMatchObject([{ deed: 'write', severity: 'medium' }]);
		expect(blocksReview(found)).toBe(false);
	});

	it('nothing seen is never a mismatch, and a reading capability never expects a file to change', () => {
		for (const capability of [...KNOWN_CAPABILITIES, 'unknown', 'jira.read']) {
			expect(deeds(step(capability, {}))).toEqual([]);
			if (capability.endsWith('.read')) {
				expect([...expectedDeeds(capability)]).not.toContain('write');
				expect([...expectedDeeds(capability)]).not.toContain('delete');
			}
		}
	});

	it('the sentence never repeats what the server chose: names and paths are evidence', () => {
		fc.assert(
			fc.property(
				fc.string({ minLength: 3 }),
				fc.constantFrom(...KNOWN_CAPABILITIES, 'unknown'),
				(evil, said) => {
					const text = `<<${evil}>>`;
					const seen = {
						files: [{ kind: 'written', place: 'home', path: text } as const],
						connections: [{ kind: 'direct', host: text, port: 1, leaked: true } as const],
						children: [text],
					};
					const all = probeFindings(reportOf({ ...step(said, seen), tool: text }));
					expect(all.filter(({ advice }) => inEnglish(advice).includes(text))).toEqual([]);
				},
			),
		);
	});
});

describe('a stored report', () => {
	const file = fc.record({
		kind: fc.constantFrom('written', 'deleted', 'moved', 'passing'),
		place: fc.constantFrom('workspace', 'home', 'temporary', 'real-workspace'),
		path: fc.string(),
	});
	const connection = fc.record({
		kind: fc.constantFrom('proxied', 'direct', 'listening'),
		host: fc.string(),
		port: fc.nat(65_535),
	});
	const steps = fc.array(
		fc.record({
			kind: fc.constantFrom('start', 'tool', 'afterwards'),
			tool: fc.string(),
			capability: fc.string(),
			outcome: fc.constantFrom('answered', 'tool-error', 'failed', 'none'),
			seen: fc.record({
				files: fc.array(file),
				connections: fc.array(connection),
				children: fc.array(fc.string()),
			}),
		}),
	);

	it('is read as it was written', () => {
		fc.assert(
			fc.property(steps, fc.array(fc.string()), (all, blind) => {
				const report = { at: '2026-01-01T00:00:00.000Z', steps: all, blind };
				expect(readProbeReport(JSON.parse(JSON.stringify(report)) as never)).toEqual(report);
			}),
		);
	});

	it.each([
		['no object', []],
		['no steps', { at: '', blind: [] }],
		['a step of another kind', { at: '', blind: [], steps: [{ ...step('x', {}), kind: 'other' }] }],
		[
			'a file without a place',
			{ at: '', blind: [], steps: [step('x', { files: [{ kind: 'written' }] as never })] },
		],
		[
			'a leak that is no fact',
			{
				at: '',
				blind: [],
				steps: [step('x', { connections: [{ kind: 'direct', host: 'h', port: 1, leaked: 'no' }] as never })],
			},
		],
	])('%s is none', (_what, value) => {
		expect(readProbeReport(value as never)).toBeUndefined();
	});
});
