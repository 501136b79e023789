import { describe, expect, it } from 'vitest';
import { probeFindings } from '../../../src/domain/probe/probeFindings';
import { NOTHING_SEEN, type ProbeReport } from '../../../src/domain/probe/probeReport';
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

	it('a path of the server’s own cannot pass for a line of ours', () => {
		const lines = probeDocument('liar', report, probeFindings(report)).split('\n');
		expect(lines.filter(line => line === '  seen: nothing')).toHaveLength(2);
	});
});
