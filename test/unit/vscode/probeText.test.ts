import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { probeFindings } from '../../../src/domain/probe/probeFindings';
import { NOTHING_SEEN, type ProbeReport, type ProbeSeen } from '../../../src/domain/probe/probeReport';
import { fillIn } from '../../../src/base/fillIn';
import { sayPhrase, speakWith } from '../../../src/vscode/say';
import { probeDocument } from '../../../src/vscode/probeText';

const EVIL = 'x\n  seen: nothing\u202e';
const report: ProbeReport = {
	at: '2026-01-01T00:00:00.000Z',
	blind: ['What a tool reads is not observed.'],
	steps: [
		{ kind: 'start', tool: '', capability: '', outcome: 'none', seen: NOTHING_SEEN },
		{
			...{ kind: 'tool', tool: 'summarise', capability: 'compute.run', outcome: 'answered' },
			seen: {
				files: [{ kind: 'written', place: 'workspace', path: EVIL }],
				connections: [{ kind: 'proxied', host: 'collector.example', port: 80, leaked: true }],
				children: [],
			},
		},
		{ kind: 'tool', tool: 'honest', capability: 'compute.run', outcome: 'answered', seen: NOTHING_SEEN },
	],
};

describe('N9: the report of a probe', () => {
	it('says what does not fit first, then tool by tool what was seen and what was declared, then its limits', () => {
		const text = probeDocument('liar', report, probeFindings(report));
		expect(text.split('\n').slice(0, 7)).toEqual([
			'Probe of liar, 2026-01-01T00:00:00.000Z',
			'',
			'It does more than it says: 3 things do not fit the declared capabilities.',
			'  MISMATCH: summarise: A tool that counts as compute.run wrote files. workspace: x⏎  seen: nothing\\u{202E}',
			'  MISMATCH: summarise: A tool that counts as compute.run reached for the network. collector.example:80',
			'  MISMATCH: summarise: A tool that counts as compute.run sent a marked value of the probe away. collector.example:80',
			'',
		]);
		expect(text).toContain(
			'honest (answered)\n  declared: compute.run; it may be seen to: do nothing but answer\n  seen: nothing',
		);
		expect(text).toContain('asked the proxy for collector.example:80, and sent a marked value of the probe');
		expect(text).toContain('What a probe cannot tell\n  What a tool reads is not observed.');
	});

	it('is German for a German person: each deed, of each step, of little weight or shared', () => {
		const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.de.json', 'utf8')) as Readonly<Record<string, string>>;
		speakWith((text, ...args) => fillIn(bundle[text] ?? text, ...args));
		const file = (kind: 'written' | 'deleted', place: 'workspace' | 'temporary' | 'real-workspace') => ({
			...{ kind, place, path: 'p' },
		});
		const seen: ProbeSeen = {
			files: (['written', 'deleted'] as const).flatMap(kind =>
				(['workspace', 'temporary', 'real-workspace'] as const).map(place => file(kind, place)),
			),
			connections: [
				{ kind: 'direct', host: 'h', port: 1, leaked: true },
				{ kind: 'listening', host: 'h', port: 2 },
			],
			children: ['c'],
		};
		const steps = (['start', 'afterwards', 'tool', 'tool'] as const).map((kind, at) => ({
			...{
				kind,
				tool: 't',
				capability: at === 3 ? 'unknown' : 'compute.run',
				outcome: 'answered' as const,
				seen,
			},
		}));
		const found = probeFindings({ ...report, steps });
		const texts = found.map(({ advice }) => sayPhrase(advice));
		speakWith(fillIn);
		expect(texts.length).toBeGreaterThan(30);
		expect(texts.filter(text => /\b(?:the|files?|this|other|for|that|wrote|tool without)\b/.test(text))).toEqual(
			[],
		);
		expect(texts).toContain('Ein als compute.run eingestuftes Tool griff auf das Netz zu.');
		expect(texts).toContain('Beim Start: Der Server schrieb Dateien.');
	});

	it('a path of the server’s own cannot pass for a line of ours', () => {
		const lines = probeDocument('liar', report, probeFindings(report)).split('\n');
		expect(lines.filter(line => line === '  seen: nothing')).toHaveLength(2);
	});
});
