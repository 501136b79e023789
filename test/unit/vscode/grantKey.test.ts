import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { grantKey } from '../../../src/vscode/grantKey';
import { storedKey } from '../../../src/vscode/storedKey';

/** One secret storage as several windows see it; every access takes a turn of the event loop. */
function sharedStorage() {
	const values = new Map<string, string>();
	const changed = new Emitter<{ key: string }>();
	const turn = () => new Promise<void>(resolve => setImmediate(resolve));
	let broken = false;
	const access = async () => {
		await turn();
		if (broken) {
			throw new Error('The keyring is locked.');
		}
	};
	const storage = {
		async get(key: string) {
			await access();
			return values.get(key);
		},
		async store(key: string, value: string) {
			await access();
			values.set(key, value);
			changed.fire({ key });
		},
	};
	const warnings: string[] = [];
	const quiet = () => {};
	const logger = { trace: quiet, info: quiet, error: quiet, warn: (text: string) => warnings.push(text) };
	return {
		...{ values, storage, warnings },
		window: () => grantKey(storage, logger, changed.event),
		break: (now: boolean) => {
			broken = now;
		},
	};
}

const hex = (key: Uint8Array | undefined) => key && Buffer.from(key).toString('hex');

describe('grantKey, in several windows', () => {
	it('APPR-09: is random, of 32 bytes, made once and the same after a reload', async () => {
		const { window, values } = sharedStorage();
		const first = await window().get();
		expect(first).toHaveLength(32);
		expect(hex(await window().get())).toBe(hex(first));
		expect([...values.keys()]).toHaveLength(1);
		expect(hex(await sharedStorage().window().get())).not.toBe(hex(first));
	});

	it('two that make one at once end with the same', async () => {
		const { window } = sharedStorage();
		const windows = [window(), window(), window()];
		await Promise.all(windows.map(one => one.get()));
		const keys = await Promise.all(windows.map(async one => hex(await one.get())));
		expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
		expect(new Set(keys).size).toBe(1);
	});

	it('C9: one that was given out is never replaced by another window that makes one at once', async () => {
		const { storage } = sharedStorage();
		let last: Promise<void> = Promise.resolve();
		const alone = (make: () => Promise<void>) => (last = last.then(make));
		const windows = [1, 2, 3].map(() => storedKey('seal-key', storage, () => {}, undefined, alone));
		// What each of them was given first is what it seals with, whatever it hears later.
		const keys = await Promise.all(windows.map(async one => hex(await one.get())));
		expect(new Set(keys).size).toBe(1);
	});

	it('is kept in memory until another window writes it, and no longer after dispose', async () => {
		const { window, values, storage } = sharedStorage();
		await window().get();
		const key = window();
		const before = hex(await key.get());
		const [name] = [...values.keys()];
		values.set(name!, '07'.repeat(32));
		expect(hex(await key.get())).toBe(before);
		await storage.store('another secret', 'x');
		expect(hex(await key.get())).toBe(before);
		await storage.store(name!, '07'.repeat(32));
		expect(hex(await key.get())).toBe('07'.repeat(32));
		key.dispose();
		await storage.store(name!, '08'.repeat(32));
		expect(hex(await key.get())).toBe('07'.repeat(32));
	});

	it('APPR-08: the mark of the grant file is the one that was set last, in any window', async () => {
		const { window } = sharedStorage();
		const [one, other] = [window(), window()];
		expect(await one.mark()).toBeUndefined();
		await one.setMark('a');
		expect(await other.mark()).toBe('a');
		await other.setMark('b');
		expect(await one.mark()).toBe('b');
	});

	it('where the storage fails there is none, which is told; it is tried again', async () => {
		const { window, warnings, break: breakIt } = sharedStorage();
		const key = window();
		breakIt(true);
		expect(await key.get()).toBeUndefined();
		expect(warnings).toHaveLength(1);
		breakIt(false);
		expect(await key.get()).toHaveLength(32);
	});
});
