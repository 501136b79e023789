import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { Emitter } from '../base/event';
import { capabilityOf } from '../domain/policy/capability';
import { launchName } from '../domain/registry/launchName';
import { type FirewallPorts } from '../firewall/ports';
import { Endpoint } from '../proxy/endpoint';
import { listTools } from '../proxy/inspectServer';
import { type PolicyFiles } from '../storage/policyFiles';
import { AuditPanel } from './auditPanel';
import { registerCommands } from './commands';
import { contextKeys, providerId } from './contributions';
import { DetailDocuments } from './detailDocuments';
import { envSecrets } from './envSecrets';
import { GuardedDefinitions } from './guardedDefinitions';
import { type GuardDeps } from './guardPorts';
import { VscodeGuardUi } from './guardUi';
import { noteLifecycle } from './lifecycle';
import { mcpFiles } from './mcpFiles';
import { ModalApprover } from './modalApprover';
import { showPolicy } from './openPolicy';
import { watchPolicy } from './policyWatch';
import { belongsHere, servedServerOf, workspaceFolders } from './servedServers';
import { StatusBar } from './statusBar';
import { type WorkbenchParts } from './workbenchParts';

/** Milliseconds a server has to list its tools at review. */
const LIST_DEADLINE_MS = 60_000;

/** Plugs the core into the editor: endpoint, definitions, commands, status bar, panel, squiggles. */
export async function startWorkbench(context: vscode.ExtensionContext, parts: WorkbenchParts): Promise<DisposableStore> {
	const store = new DisposableStore();
	const { ports, registry, policy, stop, journal, logger } = parts;
	const documents = store.add(new DetailDocuments());
	const approver = new ModalApprover(ports.clock, documents);
	const secrets = envSecrets(context.secrets);
	const entriesHere = () => registry.all().filter(belongsHere);
	const clientInfo = { name: 'mcp-firewall', version: extensionVersion(context) };

	const endpoint = store.add(
		await Endpoint.open({
			directory: tmpdir(),
			sessionPaths: parts.sessionPaths,
			clock: ports.clock,
			ids: ports.ids,
			logger,
			servers: id => {
				const entry = registry.find(id);
				return entry === undefined ? undefined : servedServerOf(entry, approver, secrets);
			},
			onStderr: (id, line) => {
				parts.log.info(`[${registry.find(id)?.name ?? 'server'}] ${line}`);
			},
		}),
	);

	const changed = store.add(new Emitter<void>());
	store.add(registry.onDidChange(() => changed.fire()));
	store.add(policy.onDidChange(() => changed.fire()));
	store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()));
	store.add(vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()));
	const definitions = store.add(
		new GuardedDefinitions({
			entries: entriesHere,
			addressOf: id => endpoint.uriFor(id),
			policyDigest: () => policy.current().digest,
			onDidChange: changed.event,
		}),
	);
	store.add(vscode.lm.registerMcpServerDefinitionProvider(providerId, definitions));

	const panel = store.add(
		new AuditPanel({
			extensionUri: context.extensionUri,
			trailDirectory: parts.trailDirectory,
			journal,
			goToRule: showPolicy,
		}),
	);
	const guard: GuardDeps = {
		...{ registry, secrets, clock: ports.clock, ids: ports.ids, logger, listDeadlineMs: LIST_DEADLINE_MS },
		ui: new VscodeGuardUi(documents),
		backupsDir: join(context.globalStorageUri.fsPath, 'origins'),
		files: () => mcpFiles(workspaceFolders(), context.globalStorageUri.fsPath),
		host: () => ({ userHome: homedir(), env: process.env }),
		listTools: (launch, signal) =>
			listTools(launch, { clock: ports.clock, clientInfo, deadlineMs: LIST_DEADLINE_MS }, signal),
		suggestCapability: (server, tool) => {
			const { packageName } = launchName(server.launch);
			return capabilityOf({
				policyTable: policy.current().policy?.capabilities ?? new Map<string, string>(),
				serverName: server.name,
				...(packageName !== undefined && { packageName }),
				tool: tool.name,
				descriptor: tool,
			}).capability;
		},
		openPanel: () => panel.open(),
	};

	const status = store.add(new StatusBar());
	let waiting = 0;
	const refresh = () => {
		status.update({
			guarded: entriesHere().length,
			waiting,
			stopped: stop.stopped,
			policyBroken: policy.current().policy === undefined || registry.problem !== undefined,
		});
		void vscode.commands.executeCommand('setContext', contextKeys.stopped, stop.stopped);
		void vscode.commands.executeCommand('setContext', contextKeys.guarding, entriesHere().length > 0);
	};
	store.add(changed.event(refresh));
	store.add(stop.onDidChange(refresh));
	store.add(stop.onDidStop(() => void endpoint.stopAll()));
	store.add(approver.onDidChangeWaiting(count => ((waiting = count), refresh())));
	store.add(journal.onDidAppend(entry => status.note(entry)));
	store.add(policy.onDidChange(load => notePolicy(ports, load)));
	store.add(watchPolicy(policy, context.extensionPath));
	store.add(registerCommands({ context, parts, guard, panel, approver, documents, secrets, entriesHere, clientInfo }));
	notePolicy(ports, policy.current());
	refresh();
	return store;
}

function notePolicy(ports: FirewallPorts, load: ReturnType<PolicyFiles['current']>): void {
	const event = load.policy === undefined ? 'policy-broken' : 'policy-loaded';
	noteLifecycle(ports, event, { policyDigest: load.digest, detail: load.policy?.name ?? load.problems[0]?.message ?? '' });
}

function extensionVersion(context: vscode.ExtensionContext): string {
	const { version } = context.extension.packageJSON as { readonly version?: string };
	return version ?? '0';
}
