import { describe, expect, it } from 'vitest';
import { type FirewallError } from '../../../src/base/errors';
import { type AppendFile, LineWriter } from '../../../src/storage/lineWriter';
import { ManualClock } from '../support/manualClock';

/** A file in memory that tells which way each write took, and how long the next one lasts. */
class Paper implements AppendFile {
	readonly writes: { readonly way: 'now' | 'thread'; readonly text: string }[] = [];
	readonly flushes: (() => void)[] = [];
	takes = 0;
	broken = false;

	constructor(private readonly clock: ManualClock) {}

	appendNow(text: string): void {
		if (this.broken) {
			throw new Error('ENOSPC');
		}
		this.clock.advance(this.takes);
		this.writes.push({ way: 'now', text });
	}

	appendFile(text: string): Promise<void> {
		this.writes.push({ way: 'thread', text });
		return Promise.resolve();
	}

	datasync(): Promise<void> {
		return new Promise(resolve => this.flushes.push(resolve));
	}

	close(): Promise<void> {
		return Promise.resolve();
	}
}

function onPaper() {
	const clock = new ManualClock();
	const paper = new Paper(clock);
	const failures: FirewallError[] = [];
	const writer = new LineWriter(paper, clock, error => failures.push(error));
	return { clock, paper, writer, failures, ways: () => paper.writes.map(({ way }) => way) };
}

const nothing = () => undefined;

describe('the way of a line to the operating system', () => {
	it('is not acknowledged before it is there', async () => {
		const { paper, writer } = onPaper();
		const order: string[] = [];
		const written = writer.append('a', 'written', () => order.push(`told ${String(paper.writes.length)}`));
		expect(paper.writes).toEqual([]);
		await written.then(() => order.push(`acknowledged ${String(paper.writes.length)}`));
		expect(order).toEqual(['told 1', 'acknowledged 1']);
	});

	it('lines of one turn of the event loop share a write, in their order', async () => {
		const { paper, writer } = onPaper();
		await Promise.all(['a', 'b', 'c'].map(line => writer.append(line, 'written', nothing)));
		expect(paper.writes).toEqual([{ way: 'now', text: 'a\nb\nc\n' }]);
	});

	it('AUD-09: a write that fails fails all that wait and all that follow', async () => {
		const { paper, writer, failures } = onPaper();
		paper.broken = true;
		const waiting = await Promise.allSettled(['a', 'b'].map(line => writer.append(line, 'written', nothing)));
		expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
		paper.broken = false;
		await expect(writer.append('c', 'written', nothing)).rejects.toMatchObject({ code: 'journal-unwritable' });
		expect(failures).toHaveLength(1);
		expect(paper.writes).toEqual([]);
	});

	it('takes a thread for long texts, while the disk is flushed, and for a while after a slow write', async () => {
		const { clock, paper, writer, ways } = onPaper();
		await writer.append('x'.repeat(200_000), 'written', nothing);
		expect(ways()).toEqual(['thread']);
		await writer.append('a', 'written', nothing);
		expect(ways()).toEqual(['thread', 'now']);

		const synced = writer.append('b', 'synced', nothing);
		while (paper.flushes.length === 0) {
			await new Promise(resolve => setImmediate(resolve));
		}
		await writer.append('c', 'written', nothing);
		expect(ways().at(-1)).toBe('thread');
		paper.flushes.splice(0).forEach(go => go());
		while (paper.flushes.length === 0) {
			// What was written during the flush is flushed in its turn.
			await new Promise(resolve => setImmediate(resolve));
		}
		paper.flushes.splice(0).forEach(go => go());
		await synced;

		paper.takes = 50;
		await writer.append('d', 'written', nothing);
		paper.takes = 0;
		await writer.append('e', 'written', nothing);
		expect(ways().slice(-2)).toEqual(['now', 'thread']);
		clock.advance(60_000);
		paper.flushes.splice(0).forEach(go => go());
		await new Promise(resolve => setImmediate(resolve));
		await writer.append('f', 'written', nothing);
		expect(ways().at(-1)).toBe('now');
	});
});
