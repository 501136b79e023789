import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DisposableStore } from '../../../src/base/disposable';
import { Emitter } from '../../../src/base/event';
import { silentLogger } from '../../../src/base/logger';
import { readStop, StopFile, type StopState, writeStop } from '../../../src/storage/stopFile';
import { EmergencyStop } from '../../../src/vscode/emergencyStop';
import { ids, realClock } from '../proxy/support';
import { expectMode } from '../support/machine';

function memory(stopped = false) {
	const state = { stopped, fails: false };
	return {
		state,
		get: () => state.stopped,
		set: (value: boolean) => {
			if (state.fails) {
				return Promise.reject(new Error('disk full'));
			}
			state.stopped = value;
			return Promise.resolve();
		},
	};
}

/** A file without a disk, of one window or of several. */
function sharedFile(first: StopState = { kind: 'missing' }) {
	const changed = new Emitter<StopState>();
	const file = {
		now: first,
		written: [] as StopState[],
		fire: (state: StopState) => {
			file.now = state;
			changed.fire(state);
		},
		state: () => file.now,
		write: (stopped: boolean, named: readonly string[]) => {
			file.now = stopped ? { kind: 'stopped', stops: named } : { kind: 'running', resumed: named };
			file.written.push(file.now);
			return Promise.resolve();
		},
		onDidChange: changed.event,
	};
	return file;
}

const stopOf = (
	kept: ReturnType<typeof memory>,
	file: ConstructorParameters<typeof EmergencyStop>[0]['file'] = sharedFile(),
) => new EmergencyStop({ memory: kept, file, ids, logger: silentLogger });

describe('EmergencyStop', () => {
	it('stops at once, also when it cannot be remembered', async () => {
		const kept = memory();
		kept.state.fails = true;
		const stop = stopOf(kept);
		const done = stop.stop();
		expect(stop.stopped).toBe(true);
		await expect(done).rejects.toThrow('disk full');
		expect(stop.stopped).toBe(true);
	});

	it('says once that another window stopped all, and nothing of a stop of its own', () => {
		const file = sharedFile({ kind: 'running', resumed: [] });
		const stop = stopOf(memory(), file);
		let heard = 0;
		stop.onDidHearStop(() => heard++);
		file.fire({ kind: 'stopped', stops: ['a'] });
		file.fire({ kind: 'stopped', stops: ['a', 'b'] });
		file.fire({ kind: 'missing' });
		expect([heard, stop.stopped]).toEqual([1, true]);

		const own = sharedFile({ kind: 'running', resumed: [] });
		const other = stopOf(memory(), own);
		other.onDidHearStop(() => heard++);
		void other.stop();
		own.fire(own.now);
		expect([heard, other.stopped]).toEqual([1, true]);
	});

	it('is on when told, before anything is awaited', () => {
		const stop = stopOf(memory());
		const seen: boolean[] = [];
		stop.onDidStop(() => seen.push(stop.stopped));
		void stop.stop();
		expect(seen).toEqual([true]);
	});

	it('is remembered although somebody who listens fails', async () => {
		const file = sharedFile();
		const stop = stopOf(memory(), file);
		stop.onDidStop(() => {
			throw new Error('broken');
		});
		await expect(stop.stop()).rejects.toThrow('broken');
		expect(file.now.kind).toBe('stopped');
	});

	it('outlives a reload, and ends by a person only', async () => {
		const kept = memory();
		await stopOf(kept).stop();
		const reloaded = stopOf(kept);
		expect(reloaded.stopped).toBe(true);
		const changes: boolean[] = [];
		reloaded.onDidChange(on => changes.push(on));
		await reloaded.resume();
		expect([reloaded.stopped, kept.state.stopped, changes]).toEqual([false, false, [false]]);
		expect(stopOf(kept).stopped).toBe(false);
	});

	it.each<[boolean, StopState, boolean]>([
		[false, { kind: 'missing' }, false],
		[false, { kind: 'running', resumed: [] }, false],
		[true, { kind: 'missing' }, true],
		[true, { kind: 'running', resumed: ['x'] }, true],
		[false, { kind: 'stopped', stops: ['x'] }, true],
		[false, { kind: 'damaged' }, true],
	])('C8: at the start, memory %s and the file %j: stopped is %s, and both say so then', (told, state, expected) => {
		const [kept, file] = [memory(told), sharedFile(state)];
		expect(stopOf(kept, file).stopped).toBe(expected);
		expect([kept.state.stopped, file.now.kind]).toEqual([expected, expected ? 'stopped' : 'running']);
	});

	it('C8: a resume that did not know of a stop does not end it', async () => {
		const file = sharedFile();
		const stop = stopOf(memory(), file);
		await stop.stop();
		const mine = file.now;
		// Another window ends a stop of before, and its file comes last.
		file.fire({ kind: 'running', resumed: ['an older stop'] });
		expect(stop.stopped).toBe(true);
		expect(file.now).toEqual(mine);
		file.fire({ kind: 'running', resumed: mine.kind === 'stopped' ? mine.stops : [] });
		expect(stop.stopped).toBe(false);
	});

	it('a resume that fails to be remembered still lets this window go on, and is told', async () => {
		const kept = memory(true);
		const stop = stopOf(kept);
		kept.state.fails = true;
		await expect(stop.resume()).rejects.toThrow('disk full');
		expect(stop.stopped).toBe(false);
	});
});

describe('EmergencyStop of several windows', () => {
	let directory: string;
	let store: DisposableStore;
	beforeEach(async () => {
		directory = await mkdtemp(join(tmpdir(), 'stop-'));
		store = new DisposableStore();
	});
	afterEach(async () => {
		store.dispose();
		await rm(directory, { recursive: true, force: true });
	});
	const file = () => join(directory, 'emergency-stop.json');
	const window = () => store.add(stopOf(memory(), store.add(new StopFile(directory, realClock))));
	const becomes = (stop: EmergencyStop, on: boolean) => expect.poll(() => stop.stopped, { timeout: 10_000 }).toBe(on);

	it('C8: a stop in one is a stop in all, and a resume in any of them ends it', async () => {
		await writeStop(directory, false);
		const [one, two, three] = [window(), window(), window()];
		const told: string[] = [];
		two.onDidStop(() => told.push('two'));
		await one.stop();
		await Promise.all([becomes(two, true), becomes(three, true)]);
		expect(told).toEqual(['two']);
		expect(readStop(directory)).toBe(true);
		expectMode(file(), 0o600);
		// A window that opens later is stopped as well.
		expect(window().stopped).toBe(true);
		await three.resume();
		await Promise.all([becomes(one, false), becomes(two, false)]);
		expect(readStop(directory)).toBe(false);
	});

	it('C8: two stops at once are one state, and end together', async () => {
		await writeStop(directory, false);
		const [one, two] = [window(), window()];
		await Promise.all([one.stop(), two.stop()]);
		await expect.poll(async () => (await readFile(file(), 'utf8')).includes('"stopped":true')).toBe(true);
		await expect
			.poll(
				async () => {
					await one.resume();
					return [one.stopped, two.stopped];
				},
				{ timeout: 10_000 },
			)
			.toEqual([false, false]);
	});

	it.each([
		['taken away', () => unlink(file())],
		['damaged', () => writeFile(file(), '{"stopped":')],
		['without a word', () => writeFile(file(), '{"version":1}')],
	])('C8: a file that is %s stops all, until a person resumes', async (_what, harm) => {
		await writeStop(directory, false);
		const [one, two] = [window(), window()];
		await harm();
		await Promise.all([becomes(one, true), becomes(two, true)]);
		await expect.poll(async () => (await readFile(file(), 'utf8')).includes('"stopped":true')).toBe(true);
	});
});
