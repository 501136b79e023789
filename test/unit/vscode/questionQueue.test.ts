import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { QuestionQueue, type QueuedQuestion } from '../../../src/vscode/questionQueue';
import { ManualClock } from '../support/manualClock';

/** A queue whose questions are answered by hand. */
function setUp() {
	const clock = new ManualClock();
	const queue = new QuestionQueue(clock);
	const shown: string[] = [];
	const answers = new Map<string, (answer: string) => void>();
	const failures = new Map<string, (error: Error) => void>();
	const waiting: number[] = [];
	queue.onDidChangeWaiting(count => waiting.push(count));
	const ask = (
		name: string,
		over: Partial<QueuedQuestion<string>> = {},
		signal: AbortSignal = new AbortController().signal,
	) =>
		queue.ask<string>(
			{
				...{ timeoutMs: 1_000, calls: 1 },
				show: () =>
					new Promise((resolve, reject) => {
						shown.push(name);
						answers.set(name, resolve);
						failures.set(name, reject);
					}),
				...over,
			},
			signal,
		);
	const turn = () => new Promise<void>(resolve => setImmediate(resolve));
	const settle = async () => {
		await turn();
		await turn();
	};
	return { clock, ask, shown, waiting, settle, answer: answers, fail: failures };
}

describe('QuestionQueue', () => {
	it('shows one question at a time, in the order of arrival', async () => {
		const { ask, shown, answer, settle } = setUp();
		const first = ask('a');
		const second = ask('b');
		await settle();
		expect(shown).toEqual(['a']);
		answer.get('a')?.('yes');
		expect(await first).toBe('yes');
		await settle();
		expect(shown).toEqual(['a', 'b']);
		answer.get('b')?.('no');
		expect(await second).toBe('no');
	});

	it('no answer in time is timeout, also for a question that was never shown', async () => {
		const { ask, clock, shown, answer, settle } = setUp();
		const first = ask('a', { timeoutMs: 5_000 });
		const second = ask('b');
		clock.advance(1_000);
		expect(await second).toBe('timeout');
		answer.get('a')?.('yes');
		expect(await first).toBe('yes');
		await settle();
		expect(shown).toEqual(['a']);
		expect(clock.waiting).toBe(0);
	});

	it('an answer that comes after the end is ignored, and the next question waits for the modal to close', async () => {
		const { ask, clock, shown, answer, settle } = setUp();
		const first = ask('a');
		clock.advance(1_000);
		expect(await first).toBe('timeout');
		const second = ask('b');
		await settle();
		expect(shown).toEqual(['a']);
		answer.get('a')?.('yes');
		await settle();
		expect(shown).toEqual(['a', 'b']);
		answer.get('b')?.('no');
		expect(await second).toBe('no');
	});

	it('a cancelled call is not asked for, whether it was cancelled before or while it waits', async () => {
		const { ask, shown, answer, settle } = setUp();
		const first = ask('a');
		const gone = new AbortController();
		const second = ask('b', {}, gone.signal);
		gone.abort();
		expect(await second).toBe('cancelled');
		expect(await ask('c', {}, AbortSignal.abort())).toBe('cancelled');
		answer.get('a')?.('yes');
		await first;
		await settle();
		expect(shown).toEqual(['a']);
	});

	it('a question that cannot be shown is dismissed, and the others go on', async () => {
		const { ask, fail, answer, settle } = setUp();
		const first = ask('a');
		const second = ask('b');
		await settle();
		fail.get('a')?.(new Error('no window'));
		expect(await first).toBe('dismissed');
		await settle();
		answer.get('b')?.('yes');
		expect(await second).toBe('yes');
	});

	it('issue 9.3: a question that is put aside waits on, keeps nobody from being shown, and comes back when recalled', async () => {
		const { ask, shown, answer, settle, waiting, clock } = setUp();
		const recalled = new Emitter<void>();
		const first = ask('a', { onDidRecall: recalled.event });
		const second = ask('b');
		await settle();
		answer.get('a')?.('aside');
		await settle();
		expect(shown).toEqual(['a', 'b']);
		expect(waiting.at(-1)).toBe(2);
		recalled.fire();
		await settle();
		expect(shown).toEqual(['a', 'b']);
		answer.get('b')?.('yes');
		expect(await second).toBe('yes');
		await settle();
		expect(shown).toEqual(['a', 'b', 'a']);
		answer.get('a')?.('aside');
		await settle();
		clock.advance(1_000);
		expect(await first).toBe('timeout');
		recalled.fire();
		await settle();
		expect(shown).toEqual(['a', 'b', 'a']);
		expect([waiting.at(-1), clock.waiting]).toEqual([0, 0]);
	});

	it('issue 9.3: an answer that comes from elsewhere ends a question, shown or not, and what is clicked later is ignored', async () => {
		const { ask, answer, settle, shown } = setUp();
		const [one, two] = [new Emitter<string>(), new Emitter<string>()];
		const first = ask('a', { onDidAnswer: one.event });
		const second = ask('b', { onDidAnswer: two.event });
		await settle();
		two.fire('no');
		expect(await second).toBe('no');
		one.fire('yes');
		expect(await first).toBe('yes');
		answer.get('a')?.('no');
		await settle();
		expect(shown).toEqual(['a']);
	});

	it('a pause comes before all that only wait to be shown', async () => {
		const { ask, shown, answer, settle } = setUp();
		const asked = [ask('a'), ask('b'), ask('pause', { aboutAll: true, calls: 9 })];
		await settle();
		answer.get('a')?.('yes');
		await settle();
		expect(shown).toEqual(['a', 'pause']);
		answer.get('pause')?.('review');
		await settle();
		answer.get('b')?.('yes');
		expect(await Promise.all(asked)).toEqual(['yes', 'yes', 'review']);
	});

	it('what an answer to all of them ends does not come up', async () => {
		const { ask, shown, answer, settle } = setUp();
		const gone = new AbortController();
		const pause = ask('pause', { aboutAll: true, calls: 2 });
		const single = ask('a', {}, gone.signal);
		await settle();
		answer.get('pause')?.('deny-all');
		// As the core does it: some steps after it has heard the answer.
		await pause;
		for (let step = 0; step < 20; step++) {
			await Promise.resolve();
		}
		gone.abort();
		expect(await single).toBe('cancelled');
		await settle();
		expect(shown).toEqual(['pause']);
	});

	it('counts calls, not questions, and those of a pause once', async () => {
		const { ask, waiting, answer, settle } = setUp();
		const repeats = new Emitter<number>();
		const all = new Emitter<number>();
		const first = ask('a', { onDidChangeCalls: repeats.event });
		repeats.fire(3);
		const second = ask('b');
		const pause = ask('pause', { aboutAll: true, calls: 9, onDidChangeCalls: all.event });
		all.fire(12);
		expect(waiting).toEqual([1, 3, 4, 9, 12]);
		answer.get('a')?.('yes');
		await first;
		repeats.fire(7);
		await settle();
		answer.get('pause')?.('review');
		await pause;
		expect(waiting.slice(5)).toEqual([12, 1]);
		await settle();
		answer.get('b')?.('yes');
		await second;
		expect(waiting.at(-1)).toBe(0);
	});
});
