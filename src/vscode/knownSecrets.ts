import * as vscode from 'vscode';
import { type JsonValue, walkStrings } from '../base/json';
import { parseJson } from '../base/strictJson';
import { type NamedValue } from '../domain/inspection/knownCandidate';
import { type RegistryFile } from '../storage/registryFile';
import { MachineSecrets } from '../storage/machineSecrets';
import { systemClock } from '../storage/system';
import { envSecrets } from './envSecrets';
import { OAUTH_KEY } from './oauthServers';
import { workspaceFolders } from './servedServers';

/**
 * What this window's machine keeps secret: `.env*` files of its folders, variables of the editor, and what our secret storage
 * has for the registered servers. Read off the path of activation, and again when something of it changes.
 */
export function followKnownSecrets(
	context: vscode.ExtensionContext,
	registry: Pick<RegistryFile, 'all' | 'onDidChange'>,
): MachineSecrets {
	const stored = envSecrets(context.secrets);
	const secrets = new MachineSecrets({
		...{ folders: workspaceFolders, env: process.env, clock: systemClock },
		async more() {
			const found: NamedValue[] = [];
			for (const { id } of registry.all()) {
				found.push(...Object.values(await stored.load(id)).map(asCredential));
				found.push(...tokensIn(await context.secrets.get(OAUTH_KEY + id)));
			}
			return found;
		},
	});
	const again = () => void secrets.refresh();
	context.subscriptions.push(
		secrets,
		context.secrets.onDidChange(again),
		registry.onDidChange(again),
		vscode.workspace.onDidChangeWorkspaceFolders(again),
	);
	void secrets.start();
	return secrets;
}

/** What a person keeps under whatever name as a credential of a server is a secret by that. */
function asCredential(value: string): NamedValue {
	return { name: 'credential_token', value };
}

/** Tokens of a sign-in, as they are stored: members whose names say so. */
function tokensIn(text: string | undefined): readonly NamedValue[] {
	const parsed = parseJson(text ?? '{}', 'strict');
	const found: NamedValue[] = [];
	walkStrings(parsed.ok ? (parsed.value as JsonValue) : null, (value, pointer) => {
		const name = pointer.split('/').at(-1) ?? '';
		if (/token|secret/i.test(name)) {
			found.push({ name, value });
		}
	});
	return found;
}
