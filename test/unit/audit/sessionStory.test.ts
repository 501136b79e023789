import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { FLOWING, sessionStory, type StoryStep } from '../../../src/domain/audit/sessionStory';
import { type SessionLabel } from '../../../src/domain/policy/sessionLabel';

let seq = 0;

function entry(over: Partial<AuditEntry> = {}): AuditEntry {
	seq++;
	return {
		...{ id: `e${String(seq)}`, at: '2026-11-28T10:00:00.000Z', kind: 'call', outcome: 'answered' },
		...{ v: 2, seq, prev: '', hash: '', tool: 'read' },
		...over,
	};
}

const rested = (...labels: SessionLabel[]) => ({ facts: { context: '', by: 'reviewed', labels } });

/** `o` brings, `x` rests, `8` both, `|` a line through, `.` nothing; for one lane over all steps. */
function drawn(steps: readonly StoryStep[], label: (typeof FLOWING)[number]): string {
	return steps
		.map(({ lanes }) => {
			const lane = lanes[FLOWING.indexOf(label)];
			const mark = lane?.brings ? (lane.rests ? '8' : 'o') : lane?.rests ? 'x' : '';
			return mark === '' ? (lane?.above === true && lane.below ? '|' : '.') : mark;
		})
		.join('');
}

describe('sessionStory', () => {
	it('draws a label from the answer that brought it to the last verdict that rested on it', () => {
		const { steps } = sessionStory([
			entry(),
			entry({ labels: ['untrusted', 'source:github'] }),
			entry(),
			entry({ ...rested('overlaps-untrusted'), labels: ['untrusted'] }),
			entry({ ...rested('untrusted') }),
			entry({ labels: ['untrusted'] }),
		]);
		expect(drawn(steps, 'untrusted')).toBe('.o|8xo');
		expect(steps[4]?.lanes[1]).toMatchObject({ above: true, below: false, from: 1 });
		expect(steps[5]?.lanes[1]).toMatchObject({ above: false, below: false });
		expect(drawn(steps, 'secret')).toBe('......');
	});

	it('a verdict that rests on what no answer here brought has it from another session', () => {
		const { steps } = sessionStory([
			entry(),
			entry({ ...rested('secret-elsewhere'), labels: ['secret'] }),
			entry(rested('secret')),
		]);
		expect(drawn(steps, 'secret')).toBe('|8x');
		expect(steps.map(({ lanes }) => lanes[0]?.from)).toEqual([undefined, 'elsewhere', 'elsewhere']);
	});

	it('a refused call brings nothing, whatever labels its entry has', () => {
		const { steps } = sessionStory([entry({ outcome: 'refused', labels: ['secret'] }), entry(rested('secret'))]);
		expect(drawn(steps, 'secret')).toBe('|x');
	});

	it('joins verdict, question and answer to the call that they name, and leaves checkpoints out', () => {
		const call = entry({ approval: { outcome: 'allowed-once', waitedMs: 5 } });
		const verdict = entry({ kind: 'verdict', outcome: 'pending', callId: call.id, ...rested('untrusted') });
		const shown = entry({ kind: 'lifecycle', event: 'approval-shown', callId: call.id });
		const drift = entry({ kind: 'lifecycle', event: 'server-drifted' });
		const story = sessionStory([shown, verdict, call, drift, entry({ kind: 'checkpoint' })]);
		expect(story.steps.map(({ kind, entry: told }) => [kind, told.id])).toEqual([
			['call', call.id],
			['event', drift.id],
		]);
		expect(story.steps[0]).toMatchObject({ verdict, beside: [shown], restedOn: ['untrusted'] });
		expect(story).toMatchObject({ calls: 1, asked: 1, refused: 0 });
	});

	it('a verdict without an outcome is a call that is pending; an event of a call that is not there stands alone', () => {
		const { steps } = sessionStory([
			entry({ kind: 'verdict', outcome: 'pending', callId: 'gone' }),
			entry({ kind: 'lifecycle', event: 'approval-answered', callId: 'gone' }),
		]);
		expect(steps.map(({ kind }) => kind)).toEqual(['call', 'event']);
	});

	it('a remembered answer is no question', () => {
		const remembered = entry({ outcome: 'refused', approval: { outcome: 'denied-before', waitedMs: 0 } });
		const grant = entry({ approval: { outcome: 'grant', waitedMs: 0 } });
		expect(sessionStory([remembered, grant])).toMatchObject({ calls: 2, asked: 0, refused: 1 });
	});

	it('survives what a forger wrote in place of lists', () => {
		const forged = entry({
			labels: 'secret',
			facts: { labels: { 0: 'secret' } },
		} as unknown as Partial<AuditEntry>);
		expect(drawn(sessionStory([forged, entry({ labels: [7] as unknown as string[] })]).steps, 'secret')).toBe('..');
	});

	it('draws no line that ends nowhere: each goes on where the one before says so', () => {
		const labels = fc.subarray(['secret', 'untrusted', 'other']);
		const facts = fc.subarray(['secret', 'untrusted', 'secret-elsewhere', 'many-reads'] as SessionLabel[]);
		const one = fc.record({ labels, facts, outcome: fc.constantFrom('answered' as const, 'refused' as const) });
		fc.assert(
			fc.property(fc.array(one, { maxLength: 12 }), list => {
				const { steps } = sessionStory(
					list.map(each => entry({ labels: each.labels, outcome: each.outcome, ...rested(...each.facts) })),
				);
				expect(steps.length).toBe(list.length);
				for (const [at, { lanes }] of steps.entries()) {
					for (const [index, lane] of lanes.entries()) {
						const before = steps[at - 1]?.lanes[index];
						// The first line may come from another session.
						expect(at === 0 || lane.above === before?.below).toBe(true);
						expect(at < steps.length - 1 || !lane.below).toBe(true);
						expect(!lane.rests || lane.above).toBe(true);
						expect(typeof lane.from !== 'number' || steps[lane.from]?.lanes[index]?.brings).toBe(true);
					}
				}
			}),
		);
	});
});
