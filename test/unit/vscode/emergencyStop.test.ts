import { describe, expect, it } from 'vitest';
import { EmergencyStop } from '../../../src/vscode/emergencyStop';

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

describe('EmergencyStop', () => {
	it('stops at once, also when it cannot be remembered', async () => {
		const kept = memory();
		kept.state.fails = true;
		const stop = new EmergencyStop(kept);
		const done = stop.stop();
		expect(stop.stopped).toBe(true);
		await expect(done).rejects.toThrow('disk full');
		expect(stop.stopped).toBe(true);
	});

	it('is on when told, before anything is awaited', () => {
		const stop = new EmergencyStop(memory());
		const seen: boolean[] = [];
		stop.onDidStop(() => seen.push(stop.stopped));
		void stop.stop();
		expect(seen).toEqual([true]);
	});

	it('outlives a reload, and ends by a person only', async () => {
		const kept = memory();
		await new EmergencyStop(kept).stop();
		const reloaded = new EmergencyStop(kept);
		expect(reloaded.stopped).toBe(true);
		const changes: boolean[] = [];
		reloaded.onDidChange(on => changes.push(on));
		await reloaded.resume();
		expect([reloaded.stopped, kept.state.stopped, changes]).toEqual([false, false, [false]]);
		expect(new EmergencyStop(kept).stopped).toBe(false);
	});
});
