import { randomBytes } from 'node:crypto';
import type * as vscode from 'vscode';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { type GrantKey } from '../storage/grantFile';

const NAME = 'grant-key';
const KEY = /^[0-9a-f]{64}$/;

/**
 * The key that workspace grants are signed with: 32 random bytes, made once per installation, in the editor's secret
 * storage. Where that fails there is no key, and no workspace grants. A stored text that is no key is left alone.
 */
export function grantKey(storage: Pick<vscode.SecretStorage, 'get' | 'store'>, logger: Logger): GrantKey {
	let known: Promise<Uint8Array | undefined> | undefined;
	const load = async (): Promise<Uint8Array | undefined> => {
		try {
			const stored = await storage.get(NAME);
			if (stored === undefined) {
				await storage.store(NAME, randomBytes(32).toString('hex'));
			}
			// Read back: another window may have stored its own at the same time, and storage may keep nothing.
			const kept = stored ?? (await storage.get(NAME));
			return kept !== undefined && KEY.test(kept) ? Buffer.from(kept, 'hex') : undefined;
		} catch (error) {
			logger.warn(`The key of grants cannot be had, so none are kept for workspaces: ${errorText(error)}`);
			return undefined;
		}
	};
	return {
		async get() {
			known ??= load();
			const key = await known;
			known = key === undefined ? undefined : known;
			return key;
		},
	};
}
