import type * as vscode from 'vscode';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { type Logger } from '../base/logger';
import { type GrantKey } from '../storage/grantFile';
import { storedKey } from './storedKey';

const MARK = 'grant-file';

/**
 * The key that workspace grants are signed with, in the editor's secret storage. Where that fails there is no key, and no
 * workspace grants. Beside it lies the mark of the file that was written last, which is asked for anew each time.
 */
export function grantKey(
	storage: Pick<vscode.SecretStorage, 'get' | 'store'>,
	logger: Logger,
	onDidChange?: vscode.SecretStorage['onDidChange'],
): GrantKey & Disposable {
	const onTrouble = (error: unknown) => {
		logger.warn(`The key of grants cannot be had, so none are kept for workspaces: ${errorText(error)}`);
	};
	const key = storedKey('grant-key', storage, onTrouble, onDidChange);
	return {
		get: () => key.get(),
		mark: async () => storage.get(MARK),
		async setMark(mark) {
			await storage.store(MARK, mark);
		},
		dispose() {
			key.dispose();
		},
	};
}
