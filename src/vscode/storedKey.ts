import { randomBytes } from 'node:crypto';
import type * as vscode from 'vscode';
import { type Disposable } from '../base/disposable';

const KEY = /^[0-9a-f]{64}$/;

/** A key of 32 random bytes in secret storage; undefined where the storage fails, which the next question tries again. */
export interface StoredKey extends Disposable {
	get(): Promise<Uint8Array | undefined>;
}

/**
 * Makes the key of a name once per installation. A stored text that is no key is left alone. `onTrouble` is told why there is
 * none.
 *
 * What lies in the storage counts: it is read again after it was written, and again when `onDidChange` says that another
 * window wrote, so that two windows which make a key at the same time end with the same one.
 */
export function storedKey(
	name: string,
	storage: Pick<vscode.SecretStorage, 'get' | 'store'>,
	onTrouble: (error: unknown) => void,
	onDidChange?: vscode.SecretStorage['onDidChange'],
	/** Runs while no other window does so: a key that was used is never replaced by another window's. */
	alone: (make: () => Promise<void>) => Promise<void> = make => make(),
): StoredKey {
	let known: Promise<Uint8Array | undefined> | undefined;
	const subscription = onDidChange?.(({ key }) => {
		if (key === name) {
			known = undefined;
		}
	});
	const load = async (): Promise<Uint8Array | undefined> => {
		try {
			const stored = await storage.get(name);
			if (stored === undefined) {
				await alone(async () => {
					if ((await storage.get(name)) === undefined) {
						await storage.store(name, randomBytes(32).toString('hex'));
					}
				});
			}
			// Read back: another window may have stored its own at the same time, and storage may keep nothing.
			const kept = stored ?? (await storage.get(name));
			return kept !== undefined && KEY.test(kept) ? Buffer.from(kept, 'hex') : undefined;
		} catch (error) {
			onTrouble(error);
			return undefined;
		}
	};
	return {
		async get() {
			const asked = (known ??= load());
			const key = await asked;
			if (key === undefined && known === asked) {
				known = undefined;
			}
			return key;
		},
		dispose() {
			subscription?.dispose();
		},
	};
}
