import { randomBytes } from 'node:crypto';
import type * as vscode from 'vscode';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { type GrantKey } from '../storage/grantFile';

const NAME = 'grant-key';
const MARK = 'grant-file';
const KEY = /^[0-9a-f]{64}$/;

/**
 * The key that workspace grants are signed with: 32 random bytes, made once per installation, in the editor's secret
 * storage. Where that fails there is no key, and no workspace grants; the next question tries again. A stored text that is
 * no key is left alone.
 *
 * Beside it lies the mark of the file that was written last, which is asked for anew each time.
 *
 * What lies in the storage counts: it is read again after it was written, and again when `onDidChange` says that another
 * window wrote, so that two windows which make a key at the same time end with the same one.
 */
export function grantKey(
	storage: Pick<vscode.SecretStorage, 'get' | 'store'>,
	logger: Logger,
	onDidChange?: vscode.SecretStorage['onDidChange'],
): GrantKey & Disposable {
	let known: Promise<Uint8Array | undefined> | undefined;
	const subscription = onDidChange?.(({ key }) => {
		if (key === NAME) {
			known = undefined;
		}
	});
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
			const asked = (known ??= load());
			const key = await asked;
			if (key === undefined && known === asked) {
				known = undefined;
			}
			return key;
		},
		async mark() {
			return storage.get(MARK);
		},
		async setMark(mark) {
			await storage.store(MARK, mark);
		},
		dispose() {
			subscription?.dispose();
		},
	};
}
