import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { errorText } from '../base/errors';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ProbeFile } from '../storage/probeFile';
import { addSampleServer } from './addSampleServer';
import { type AuditPanel } from './auditPanel';
import { chooseAuditView, type WindowSessions } from './auditViews';
import { commandIds, innerCommandIds, SHOW_DIFFERENCE, treeCommandIds } from './contributions';
import { type Coverage } from './coverage';
import { copyLaunch, type CopyLaunchOptions } from './copyLaunch';
import { type DetailDocuments } from './detailDocuments';
import { currentLocks } from './effectiveSettings';
import { type ExchangeDeps, exportToFile, importFromFile } from './exchangeRegistry';
import { type IdentityRoom } from './identityRoom';
import { identityHandlers } from './identityHandlers';
import { answerWaiting } from './noticeWaiting';
import { openWalkthrough } from './openWalkthrough';
import { type GuardDeps } from './guardPorts';
import { type GrantUses } from './grantUses';
import { guardAllServers } from './guardAll';
import { guardAllUi } from './guardAllUi';
import { guardServers } from './guardServers';
import { type FirstSteps } from './firstSteps';
import { noteEvent } from '../firewall/noteEvent';
import { manageCredentials, type ManageCredentialsOptions } from './manageCredentials';
import { manageGrants } from './manageGrants';
import { type MenuFacts, showMenu } from './menu';
import { type EditorApprover } from './editorApprover';
import { onlyThese } from './onlyThese';
import { openPolicy, type PolicyPlace } from './openPolicy';
import { probeServer, showProbe } from './probeServer';
import { type PanelActions } from './panelAnswers';
import { failureText } from './problemText';
import { quoteForPerson } from './quote';
import { isHeldBack } from './restrictedWorkspace';
import { reviewServer } from './reviewServer';
import { resumeServer, revokeServer, type StatusDeps, suspendServer } from './revokeServer';
import { say } from './say';
import { workspaceFolders } from './servedServers';
import { showLocks } from './shownLocks';
import { statsText } from './statsText';
import { suppressRule } from './suppressRule';
import { anchorTrail, copyTrailKey } from './trailCommands';
import { treeActions } from './treeCommands';
import { serverArgument } from './treeNode';
import { type TreeViews } from './treeViews';
import { suggestRules } from './suggestRules';
import { tryToolCall } from './tryToolCall';
import { undoGuard } from './undoGuard';
import { verifyTrailHere } from './verifyTrailHere';
import { type WithheldDesk } from './withheldAnswers';
import { type WorkbenchParts } from './workbenchParts';
import { type WorkspacePolicyReview } from './workspacePolicyReview';
import { type EditorServer } from './servedServers';

/** What the commands reach. */
export interface CommandContext {
	readonly context: vscode.ExtensionContext;
	readonly parts: WorkbenchParts;
	readonly guard: GuardDeps;
	readonly panel: AuditPanel;
	readonly documents: DetailDocuments;
	readonly policyReview: WorkspacePolicyReview;
	readonly approver: EditorApprover;
	readonly uses: GrantUses;
	readonly serve: (entry: ServerEntry) => EditorServer;
	readonly entriesHere: () => readonly ServerEntry[];
	readonly clientInfo: { readonly name: string; readonly version: string };
	readonly copyLaunch: CopyLaunchOptions;
	readonly probes: ProbeFile;
	readonly identity: IdentityRoom;
	readonly tree: TreeViews;
	readonly credentials: ManageCredentialsOptions;
	readonly withheld: WithheldDesk;
	readonly windowSessions: WindowSessions;
	readonly exportTrail: PanelActions['exportTrail'];
	readonly coverage: Pick<Coverage, 'inventory'>;
	readonly firstSteps: Pick<FirstSteps, 'note' | 'done'>;
}

type Handler = (...args: readonly unknown[]) => Promise<unknown>;

/** Registers every command of the product. The map is exhaustive: a forgotten command does not compile. */
export function registerCommands(deps: CommandContext): DisposableStore {
	const handlers: Record<keyof typeof commandIds, Handler> = {
		guardServers: ids => guardServers(deps.guard, onlyThese(ids, deps.coverage)),
		undoGuard: () => undoGuard(deps.guard),
		reviewServer: (server, how) =>
			reviewServer(deps.guard, workspaceFolders(), serverArgument(server), how === SHOW_DIFFERENCE),
		tryToolCall: async (server, tool) => {
			const { ports, sessionPaths } = deps.parts;
			if (isHeldBack(deps.guard.ui)) {
				return;
			}
			await tryToolCall(
				{ ...deps, entries: deps.entriesHere, ports, sessionPaths },
				serverArgument(server),
				typeof tool === 'string' ? tool : undefined,
			);
		},
		probeServer: server =>
			probeServer({ ...deps, ports: deps.parts.ports, folders: workspaceFolders() }, serverArgument(server)),
		openPanel: async entryId => {
			await deps.panel.open(typeof entryId === 'string' ? entryId : undefined);
			deps.firstSteps.note('trailRead');
		},
		openAuditView: async () => {
			const view = await chooseAuditView(deps.windowSessions, deps.parts.ports.clock);
			return view && deps.panel.openView(view);
		},
		verifyTrail: () => verifyTrailHere(deps.panel),
		exportTrail: () => deps.exportTrail({}),
		trailStatistics: async () => {
			const text = statsText(await deps.panel.desk.stats({}), quoteForPerson);
			await vscode.window.showTextDocument(deps.documents.add('Audit Statistics.txt', text), { preview: true });
		},
		openPolicy: place => openPolicy(deps.context, deps.parts.policyTrust, isPlace(place) ? place : undefined),
		reviewWorkspacePolicy: file => deps.policyReview.review(typeof file === 'string' ? file : undefined),
		manageGrants: () => manageGrants({ ...deps, grants: deps.parts.grants, clock: deps.parts.ports.clock }),
		withheldAnswers: id => deps.withheld.open(typeof id === 'string' ? id : undefined),
		...identityHandlers(deps),
		manageCredentials: (...args) => manageCredentials(deps.credentials, ...args),
		copyLaunch: async server => {
			if (!isHeldBack(deps.guard.ui)) {
				await copyLaunch(deps.copyLaunch, serverArgument(server));
			}
		},
		revokeServer: server => revokeServer(statusDeps(deps), serverArgument(server)),
		suspendServer: server => suspendServer(statusDeps(deps), serverArgument(server)),
		resumeServer: server => resumeServer(statusDeps(deps), serverArgument(server)),
		exportRegistry: () => exportToFile(exchangeDeps(deps)),
		importRegistry: () => importFromFile(exchangeDeps(deps)),
		stopAll: () => stopAll(deps),
		resume: () => resume(deps),
		copyTrailKey: () => copyTrailKey(deps.parts),
		anchorTrail: () => anchorTrail(deps.parts),
		showLog: () => {
			deps.parts.log.show();
			return Promise.resolve();
		},
		guardAllServers: ids => guardAllServers(deps.guard, guardAllUi(deps.documents), onlyThese(ids, deps.coverage)),
		addSampleServer,
		answerWaiting: () => {
			answerWaiting(deps.approver);
			return Promise.resolve();
		},
		suggestRules: () => {
			const { ports, policyTrust: trust } = deps.parts;
			return suggestRules({ ...deps, desk: deps.panel.desk, trust, ports });
		},
		openWalkthrough: () => openWalkthrough(deps.context.extension.id, deps.firstSteps.done),
		showMenu: () => (deps.approver.recall() ? Promise.resolve() : showMenu(menuFacts(deps))),
	};
	const store = new DisposableStore();
	for (const [name, run] of Object.entries(handlers)) {
		const id = commandIds[name as keyof typeof commandIds];
		store.add(vscode.commands.registerCommand(id, (...args: unknown[]) => atTheDoor(deps, run, args)));
	}
	const actions = treeActions({
		...{ guard: deps.guard, grants: deps.parts.grants, documents: deps.documents, tree: deps.tree },
		openPanel: entryId => deps.panel.open(entryId),
		showProbe: async serverId => {
			const entry = deps.parts.registry.find(serverId);
			return entry !== undefined && showProbe(deps, entry);
		},
	});
	for (const [name, run] of Object.entries(actions)) {
		const id = treeCommandIds[name as keyof typeof treeCommandIds];
		store.add(vscode.commands.registerCommand(id, (node: unknown) => atTheDoor(deps, run, [node])));
	}
	store.add(
		deps.parts.stop.onDidHearStop(() => {
			void atTheDoor(
				deps,
				() =>
					tellStopped(
						deps,
						say(
							'MCP Firewall: all guarded servers were stopped from another window. Every call is refused until you resume.',
						),
					),
				[],
			);
		}),
	);
	const ofEntry = (id: string, run: (entryId: string, more: unknown) => Promise<unknown>) => {
		store.add(
			vscode.commands.registerCommand(id, (entryId: unknown, more: unknown) =>
				atTheDoor(deps, () => (typeof entryId === 'string' ? run(entryId, more) : Promise.resolve()), []),
			),
		);
	};
	store.add(vscode.commands.registerCommand(innerCommandIds.showLocks, () => atTheDoor(deps, showLocks, [])));
	ofEntry(innerCommandIds.why, id => deps.panel.why(id));
	ofEntry(innerCommandIds.releaseAnswer, id => deps.withheld.release(id));
	ofEntry(innerCommandIds.keepAnswer, id => deps.withheld.keep(id));
	ofEntry(innerCommandIds.suppressRule, async (id, rule) =>
		suppressRule(
			{ context: deps.context, trust: deps.parts.policyTrust, clock: deps.parts.ports.clock },
			await deps.panel.entry(id),
			typeof rule === 'string' ? rule : undefined,
		),
	);
	return store;
}

/** The door of every command: trouble is told and logged, never thrown into the editor. */
async function atTheDoor(deps: CommandContext, run: Handler, args: readonly unknown[]): Promise<unknown> {
	try {
		return await run(...args);
	} catch (error) {
		deps.parts.logger.error(errorText(error));
		void vscode.window.showErrorMessage(`MCP Firewall: ${quoteForPerson(failureText(error), 300)}`);
		return undefined;
	}
}

function statusDeps({ guard, parts }: CommandContext): StatusDeps {
	return { ui: guard.ui, registry: parts.registry, ports: parts.ports, reviewer: guard.reviewer };
}

function exchangeDeps({ context, guard, parts }: CommandContext): ExchangeDeps {
	return { secrets: context.secrets, registry: parts.registry, ports: parts.ports, reviewer: guard.reviewer };
}

async function stopAll(deps: CommandContext): Promise<void> {
	await deps.parts.stop.stop();
	noteEvent(deps.parts.ports, 'emergency-stop', { actor: 'person', detail: `by ${deps.guard.reviewer}` });
	await tellStopped(
		deps,
		say('MCP Firewall: all guarded servers are stopped. Every call is refused until you resume.'),
	);
}

async function tellStopped(deps: CommandContext, what: string): Promise<void> {
	const resumeNow = say('Resume');
	if ((await vscode.window.showWarningMessage(what, resumeNow)) === resumeNow) {
		await resume(deps);
	}
}

async function resume(deps: CommandContext): Promise<void> {
	await deps.parts.stop.resume();
	noteEvent(deps.parts.ports, 'emergency-resume', { actor: 'person', detail: `by ${deps.guard.reviewer}` });
	void vscode.window.showInformationMessage(say('MCP Firewall: guarded servers may run again.'));
}

function menuFacts({ parts, coverage }: CommandContext): MenuFacts {
	const { items } = coverage.inventory;
	return {
		stopped: parts.stop.stopped,
		locked: currentLocks().locked.size > 0,
		unguarded: items.filter(item => item.coverage === 'unguarded').length,
		guarding: parts.registry.all().length > 0,
	};
}

function isPlace(value: unknown): value is PolicyPlace {
	return (
		typeof value === 'object' &&
		value !== null &&
		'file' in value &&
		typeof value.file === 'string' &&
		'line' in value &&
		typeof value.line === 'number'
	);
}
