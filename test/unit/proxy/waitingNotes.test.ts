import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { NOTE_EVERY_MS, WaitingNotes } from '../../../src/proxy/relay/waitingNotes';
import { ManualClock } from '../support/manualClock';

const progressOf = (value: JsonObject) => (value.params as JsonObject).progress as number;

describe('WaitingNotes', () => {
	it('tells at once and every five seconds, rising, and nothing after the end', async () => {
		const clock = new ManualClock();
		const sent: JsonObject[] = [];
		const notes = new WaitingNotes('t', clock, (_bytes, value) => Promise.resolve(void sent.push(value)));
		const waiting = notes.start('Waiting for a person to approve write_file');
		clock.advance(3 * NOTE_EVERY_MS);
		waiting.dispose();
		clock.advance(10 * NOTE_EVERY_MS);
		await notes.sent;
		expect(sent).toHaveLength(4);
		expect(clock.waiting).toBe(0);
		const values = sent.map(progressOf);
		expect(values.every((value, at) => at === 0 || value > values[at - 1]!)).toBe(true);
		expect(sent[0]!.params).toMatchObject({
			progressToken: 't',
			message: expect.stringContaining('write_file') as string,
		});
	});

	it('lets the server go on only above what was said; before that, everything', () => {
		const note = (progress: number) => ({ params: { progressToken: 't', progress } });
		const notes = new WaitingNotes('t', new ManualClock(), () => Promise.resolve());
		expect(notes.admits(note(0))).toBe(true);
		notes.start('x').dispose();
		expect([0, -1, 0.01, 1].map(value => notes.admits(note(value)))).toEqual([false, false, true, true]);
	});
});
