import { homedir, userInfo } from 'node:os';
import type * as vscode from 'vscode';
import { FirewallError } from '../base/errors';
import { maskText } from '../domain/inspection/maskSecrets';
import { suggestCapability } from '../domain/policy/capability';
import { serverIdOf } from '../domain/registry/launch';
import { launchName } from '../domain/registry/launchName';
import { listTools } from '../proxy/inspectServer';
import { pinSupply } from '../storage/supplyPins';
import { askInput } from './askInput';
import { collectCredentials } from './collectCredentials';
import { type DetailDocuments } from './detailDocuments';
import { type CredentialRoom } from './credentialRoom';
import { type GuardDeps } from './guardPorts';
import { VscodeGuardUi } from './guardUi';
import { noteLifecycle } from './lifecycle';
import { mcpFiles } from './mcpFiles';
import { quoteForPerson } from './quote';
import { workspaceFolders } from './servedServers';
import { type WorkbenchParts } from './workbenchParts';

/** Milliseconds a server has to list its tools at review. */
const LIST_DEADLINE_MS = 60_000;

/** Everything that adopting, reviewing and releasing servers needs, from the parts of this window. */
export function guardDeps(
	context: vscode.ExtensionContext,
	{ ports, registry, policy, logger }: WorkbenchParts,
	own: {
		readonly credentials: Pick<CredentialRoom, 'secrets' | 'oauth' | 'backups' | 'release'>;
		readonly clientInfo: { readonly name: string; readonly version: string };
		readonly documents: DetailDocuments;
		readonly openPanel: () => Promise<void>;
	},
): GuardDeps {
	const { clock, ids } = ports;
	const { clientInfo, openPanel } = own;
	const { secrets, oauth, backups, release } = own.credentials;
	const ui = new VscodeGuardUi(own.documents);
	const host = () => ({ userHome: homedir(), env: process.env });
	return {
		...{ registry, secrets, clock, ids, logger, openPanel, listDeadlineMs: LIST_DEADLINE_MS },
		onGuarded: ({ id, name }) => {
			noteLifecycle(ports, 'server-guarded', { server: { id, name } });
		},
		onReleased: entry => {
			const { id, name } = entry;
			release(entry);
			noteLifecycle(ports, 'server-released', { server: { id, name } });
		},
		ui,
		backups,
		files: () => mcpFiles(workspaceFolders(), context.globalStorageUri.fsPath),
		host,
		listTools: async (launch, signal) => {
			try {
				return await listTools(launch, { clock, clientInfo, deadlineMs: LIST_DEADLINE_MS }, signal);
			} catch (error) {
				// The text may quote the server's own log.
				throw error instanceof FirewallError ? new FirewallError(error.code, maskText(error.message)) : error;
			}
		},
		withSignIn: async ({ name, launch }, resolved) => {
			const server = { id: serverIdOf(launch), name, url: resolved.url };
			// A person is at it: a no of before does not count.
			oauth.askAgain(server.id);
			return { ...resolved, signIn: await oauth.signInFor(server) };
		},
		forgetSignIn: id => oauth.forget(id),
		pinSupply,
		collectCredentials: candidate =>
			collectCredentials(candidate, {
				...{ clock, host, ask: askInput },
				tell: (name, problem) =>
					ui.error(`“${quoteForPerson(name, 60)}” cannot be guarded: ${quoteForPerson(problem, 300)}.`),
				isGuarded: id => registry.find(id) !== undefined,
			}),
		reviewer: userInfo().username,
		suggestCapability: (server, tool) => {
			const { packageName } = launchName(server.launch);
			return suggestCapability({
				policyTable: policy.current().policy?.capabilities ?? new Map<string, string>(),
				serverName: server.name,
				...(packageName !== undefined && { packageName }),
				tool: tool.name,
				descriptor: tool,
			});
		},
	};
}
