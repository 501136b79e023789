import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FirewallError } from '../../../src/base/errors';
import { isAborted, PanelWork } from '../../../src/vscode/panelWork';
import { Pulse } from '../../../src/vscode/pulse';
import { TrailWatch } from '../../../src/vscode/trailWatch';
import { tempDir } from '../support/auditRecords';
import { ManualClock } from '../support/manualClock';

describe('PanelWork', () => {
	const begin = () => {
		const clock = new ManualClock();
		const said: (readonly [string, number])[] = [];
		return { clock, said, work: new PanelWork(clock, (what, done) => said.push([what, done])) };
	};

	it('what takes less than a second is not told, whatever comes of it', async () => {
		const { clock, said, work } = begin();
		const job = () => {
			clock.advance(999);
			return Promise.reject(new Error('no'));
		};
		await expect(work.run('x', job)).rejects.toThrow('no');
		clock.advance(5000);
		expect([said, clock.waiting]).toEqual([[], 0]);
	});

	it('what takes longer is told with how much is done, not too often, and ended with 1', async () => {
		const { clock, said, work } = begin();
		await work.run('x', (_signal, onProgress) => {
			onProgress(0.2);
			clock.advance(1000);
			for (const part of [0.3, Number.NaN, 0.5, 7]) {
				clock.advance(100);
				onProgress(part);
			}
			return Promise.resolve();
		});
		expect(said.map(([, done]) => done)).toEqual([0.2, 0.3, 0.99, 1]);
	});

	it('cancel stops all that runs', async () => {
		const { work } = begin();
		const stopped = work.run(
			'x',
			signal =>
				new Promise((_resolve, reject) => {
					signal.addEventListener('abort', () => {
						reject(new FirewallError('aborted', 'stopped'));
					});
				}),
		);
		work.cancel();
		await expect(stopped).rejects.toSatisfy(isAborted);
		await expect(work.run('y', signal => Promise.resolve(signal.aborted))).resolves.toBe(false);
	});
});

describe('Pulse', () => {
	it('runs at once, then once for all beats of a pause', () => {
		const clock = new ManualClock();
		let runs = 0;
		const pulse = new Pulse(clock, 150, () => runs++);
		pulse.beat();
		expect(runs).toBe(1);
		pulse.beat();
		pulse.beat();
		clock.advance(149);
		expect(runs).toBe(1);
		clock.advance(1);
		expect(runs).toBe(2);
		clock.advance(1000);
		expect([runs, clock.waiting]).toEqual([2, 0]);
		pulse.beat();
		pulse.beat();
		pulse.dispose();
		clock.advance(1000);
		expect(runs).toBe(3);
	});
});

describe('TrailWatch', () => {
	it('tells of another window’s journal, and not of this one’s own', async () => {
		const dir = await tempDir();
		let grown = 0;
		const options = { dir, clock: new ManualClock(), own: () => 'own.ndjson', onGrown: () => grown++ };
		const watched = new TrailWatch(options);
		await watched.look();
		watched.dispose();
		// Without the system's word: the look alone.
		const looking = new TrailWatch({ ...options, dir });
		await looking.look();
		await writeFile(join(dir, 'own.ndjson'), '{}\n');
		await looking.look();
		const before = grown;
		await writeFile(join(dir, 'other.ndjson'), '{}\n');
		await looking.look();
		await appendFile(join(dir, 'other.ndjson'), '{}\n');
		await looking.look();
		expect(grown - before).toBeGreaterThanOrEqual(2);
		looking.dispose();
	});

	it('a folder that is not there is waited for', async () => {
		const dir = join(await tempDir(), 'trail');
		const clock = new ManualClock();
		const watching = new TrailWatch({ dir, clock, own: () => undefined, onGrown: () => undefined });
		await watching.look();
		expect(clock.waiting).toBe(1);
		watching.dispose();
		expect(clock.waiting).toBe(0);
	});
});
