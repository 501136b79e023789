import type * as vscode from 'vscode';
import { isJsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { type EnvSecrets } from './guardPorts';

/** Values of environment variables in the editor's secret storage, one secret per server. They are never logged. */
export function envSecrets(storage: vscode.SecretStorage): EnvSecrets {
	const keyOf = (serverId: string) => `env:${serverId}`;
	return {
		async store(serverId, values) {
			await storage.store(keyOf(serverId), JSON.stringify(values));
		},
		async load(serverId) {
			const parsed = parseJson((await storage.get(keyOf(serverId))) ?? '{}', 'strict');
			const values = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
			return Object.fromEntries(
				Object.entries(values).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
			);
		},
		async delete(serverId) {
			await storage.delete(keyOf(serverId));
		},
	};
}
