import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { SecretGrantKey } from '../../../src/vscode/grantKey';

/** One secret storage as several windows see it; every access takes a turn of the event loop. */
function storageOf(values = new Map<string, string>()) {
	const changed = new Emitter<{ key: string }>();
	const turn = () => new Promise<void>(resolve => setImmediate(resolve));
	let broken = false;
	const fails = () => {
		if (broken) {
			throw new Error('The keyring is locked.');
		}
	};
	return {
		values,
		break: (now: boolean) => {
			broken = now;
		},
		storage: {
			onDidChange: changed.event,
			async get(key: string) {
				await turn();
				fails();
				return values.get(key);
			},
			async store(key: string, value: string) {
				await turn();
				fails();
				values.set(key, value);
				changed.fire({ key });
			},
		},
	};
}

const hex = (key: Uint8Array | undefined) => key && Buffer.from(key).toString('hex');

describe('SecretGrantKey', () => {
	it('APPR-09: is random, of 32 bytes, made once and the same after a reload', async () => {
		const { storage, values } = storageOf();
		const first = await new SecretGrantKey(storage, randomBytes, fail).get();
		expect(first).toHaveLength(32);
		expect(hex(await new SecretGrantKey(storage, fail, fail).get())).toBe(hex(first));
		expect([...values.keys()]).toHaveLength(1);
		expect(hex(await new SecretGrantKey(storageOf().storage, randomBytes, fail).get())).not.toBe(hex(first));
	});

	it('two windows that make one at once end with the same', async () => {
		const { storage } = storageOf();
		const windows = [1, 2].map(() => new SecretGrantKey(storage, randomBytes, fail));
		await Promise.all(windows.map(window => window.get()));
		const [left, right] = await Promise.all(windows.map(window => window.get()));
		expect(left).toHaveLength(32);
		expect(hex(left)).toBe(hex(right));
	});

	it('is asked of the storage once, and again when another window wrote it', async () => {
		const { storage, values } = storageOf();
		const key = new SecretGrantKey(storage, randomBytes, fail);
		await key.get();
		const before = hex(await key.get());
		const [name] = [...values.keys()];
		values.set(name!, Buffer.alloc(32, 7).toString('base64'));
		expect(hex(await key.get())).toBe(before);
		await storage.store(name!, Buffer.alloc(32, 7).toString('base64'));
		expect(hex(await key.get())).toBe('07'.repeat(32));
		key.dispose();
	});

	it('where the storage fails there is none, which is told, and it is tried again', async () => {
		const { storage, break: breakIt } = storageOf();
		const troubles: unknown[] = [];
		const key = new SecretGrantKey(storage, randomBytes, error => troubles.push(error));
		breakIt(true);
		expect(await key.get()).toBeUndefined();
		expect(troubles).toHaveLength(1);
		breakIt(false);
		expect(await key.get()).toHaveLength(32);
	});

	it('a storage that forgets what it is given has no key', async () => {
		const storage = { ...storageOf().storage, store: () => Promise.resolve() };
		expect(await new SecretGrantKey(storage, randomBytes, fail).get()).toBeUndefined();
	});

	it.each(['', 'AAAA', 'not base64 at all', Buffer.alloc(33).toString('base64')])(
		'%j is no key: a new one is made',
		async text => {
			const { storage, values } = storageOf();
			await new SecretGrantKey(storage, randomBytes, fail).get();
			values.set([...values.keys()][0]!, text);
			expect(await new SecretGrantKey(storage, randomBytes, fail).get()).toHaveLength(32);
		},
	);
});

function fail(): never {
	throw new Error('This must not be needed.');
}
