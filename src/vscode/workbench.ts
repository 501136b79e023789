import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { Emitter } from '../base/event';
import { type PinnedTool } from '../domain/policy/capabilityFacts';
import { formatOf } from '../domain/registry/originFormat';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { notePolicy } from '../firewall/notePolicy';
import { noteUpstream } from '../firewall/noteUpstream';
import { Endpoint } from '../proxy/face/endpoint';
import { programLookup } from '../proxy/upstream/programLookup';
import { BRIEF_STOP } from '../proxy/upstream/upstream';
import { connectFile, discoveryFolder } from '../storage/discoveryPlace';
import { ManifestFile } from '../storage/manifestFile';
import { describeChange } from '../storage/policyChange';
import { keepPolicies } from '../storage/policyStore';
import { ProbeFile } from '../storage/probeFile';
import { LaunchGate } from '../storage/launchGate';
import { SupplyPins } from '../storage/supplyPins';
import { openAuditRoom } from './auditRoom';
import { WindowSessions } from './auditViews';
import { registerCommands } from './commands';
import { providerId } from './contributions';
import { openCredentialRoom } from './credentialRoom';
import { DetailDocuments } from './detailDocuments';
import { shimLaunch } from './discoveryShim';
import { DiscoveryWindow } from './discoveryWindow';
import { EditorApprover } from './editorApprover';
import { GrantUses } from './grantUses';
import { guardDeps } from './guardDeps';
import { GuardedDefinitions } from './guardedDefinitions';
import { followStandings } from './followStandings';
import { followCoverage } from './followCoverage';
import { followPrompts } from './followPrompts';
import { followFirstSteps } from './followFirstSteps';
import { followState } from './followState';
import { openIdentityRoom } from './identityRoom';
import { folderOf } from './mcpFiles';
import { announceBroken, policyFilesHere } from './openPolicy';
import { speakPolicy } from './policyLanguage';
import { watchPolicy } from './policyWatch';
import { showRuleTests } from './ruleLenses';
import { belongsHere, servedServerOf, workspaceFolders } from './servedServers';
import { bundledShim, shimRuntime } from './shimRuntime';
import { noticeWaiting, surfaceNow } from './noticeWaiting';
import { ServerListGate } from './serverListGate';
import { editorServerLists } from './serverListsHere';
import { openTreeViews } from './treeViews';
import { windowPlace } from './windowPlace';
import { WithheldDesk, WithheldStatus } from './withheldAnswers';
import { type WorkbenchParts } from './workbenchParts';
import { WorkspacePolicyReview } from './workspacePolicyReview';

/** What is plugged into the editor. */
export interface Workbench {
	readonly store: DisposableStore;
	/** Ends the sessions and their servers, with short graces, so that what is in flight is answered and recorded. */
	readonly close: () => Promise<void>;
}

/** Plugs the core into the editor: endpoint, definitions, commands, status bar, panel, squiggles. */
export async function startWorkbench(context: vscode.ExtensionContext, parts: WorkbenchParts): Promise<Workbench> {
	const store = new DisposableStore();
	const { ports, registry, policy, stop, journal, logger } = parts;
	const documents = store.add(new DetailDocuments());
	const approver = new EditorApprover({
		...{ clock: ports.clock, documents, host: ports.host },
		surface: surfaceNow,
	});
	const uses = store.add(new GrantUses(journal.onDidAppend));
	const manifests = new ManifestFile(join(dirname(parts.trailDirectory), 'manifests'), logger);
	const supplies = new SupplyPins({ lookup: programLookup, home: homedir(), logger });
	const lists = new ServerListGate();
	const { notListed } = lists;
	const isRestricted = () => !vscode.workspace.isTrusted;
	const gate = new LaunchGate({ registry, supplies, ports, notListed: lists.refusal, isRestricted });
	const entriesHere = () => registry.all().filter(belongsHere);
	const credentials = openCredentialRoom(context, parts, entriesHere);
	store.add(credentials.store);
	const identity = openIdentityRoom(context, parts);
	store.add(identity.store);
	const serve = (entry: ServerEntry) =>
		servedServerOf(entry, approver, credentials, ports, manifests, gate, identity.serve(entry.id));
	const clientInfo = { name: 'mcp-firewall', version: extensionVersion(context) };

	const prompts = store.add(followPrompts(policy.onDidChange));
	const endpoint = store.add(
		await Endpoint.open({
			at: { directory: tmpdir() },
			sessionPaths: parts.sessionPaths,
			editor: prompts,
			clock: ports.clock,
			ids: ports.ids,
			logger,
			servers: id => {
				const entry = registry.find(id);
				return entry === undefined ? undefined : serve(entry);
			},
			onStderr: (id, line) => {
				logger.info(`[${registry.find(id)?.name ?? 'server'}] ${line}`);
			},
			onUpstream: (id, end) => {
				const name = registry.find(id)?.name ?? 'a released server';
				const auth = gate.authOf(id);
				noteUpstream(ports, { id, name }, end, { ...(auth && { auth }) });
			},
		}),
	);

	// First of all that hear of a change: what may not run any more ends.
	const onDidMove = vscode.workspace.onDidChangeWorkspaceFolders;
	store.add(followStandings(registry, endpoint, { belongsHere, onDidMove }));
	credentials.follow((id, graces) => endpoint.stopServer(id, graces));

	const changed = store.add(new Emitter<void>());
	store.add(registry.onDidChange(() => changed.fire()));
	store.add(registry.onDidChange(() => endpoint.retireOld()));
	store.add(
		registry.onDidChange(() => {
			// A registry that cannot be read says nothing about what is guarded.
			if (registry.problem === undefined) {
				void manifests.keepOnly(registry.all().map(({ id }) => id));
			}
		}),
	);
	store.add(endpoint.onDidChangeAddress(() => changed.fire()));
	store.add(prompts.onDidChange(() => changed.fire()));
	store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()));
	store.add(onDidMove(() => changed.fire()));
	// A restricted workspace starts nothing.
	const offered = () =>
		isRestricted()
			? []
			: entriesHere().filter(entry => entry.status === 'approved' && notListed(entry) === undefined);
	const addressOf = (id: string) => endpoint.uriFor(id);
	const root = discoveryFolder();
	const shim = bundledShim(context.extensionPath);
	const launchFrom = (file: string) => (entry: ServerEntry) =>
		shimLaunch(shimRuntime, file, entry.id, placeOf(entry));
	lists.offersBy(entry => ({ uri: addressOf(entry.id).uri, shim: launchFrom(connectFile(root))(entry) }));
	const endUnlisted = () => {
		for (const entry of entriesHere().filter(each => notListed(each) !== undefined)) {
			void endpoint.stopServer(entry.id);
		}
		changed.fire();
	};
	store.add(lists.follow(policy.onDidChange, endUnlisted));
	// Also where the policy stays the same unusable one.
	store.add(policy.onDidChangeLocks(endUnlisted));
	const publish = store.add(new Emitter<void>());
	for (const onDidChange of [changed.event, identity.onDidChange, parts.decisions.onDidChange]) {
		store.add(onDidChange(() => publish.fire()));
	}
	store.add(
		new DiscoveryWindow({
			...{ root, shim, addressOf, logger, clock: ports.clock, ids: ports.ids, onDidChange: publish.event },
			settings: () => {
				const decision = parts.decisions.settings();
				const { everywhere: serverLists } = editorServerLists();
				return { identity: identity.settings(), serverLists, ...(decision && { decision }) };
			},
			workspaceLists: () => editorServerLists().ofWorkspace,
			...{ dataDirectory: dirname(parts.trailDirectory), extensionPath: context.extensionPath },
			program: shimRuntime.program,
			...{ extensionVersion: clientInfo.version, entries: offered, folders: workspaceFolders },
			policyFiles: () => policyFilesHere(context.extensionPath, parts.policyTrust),
		}),
	);
	const definitions = store.add(
		new GuardedDefinitions({
			...{ entries: () => offered().filter(isForEditor), launchOf: launchFrom(shim) },
			addressOf: id => endpoint.uriFor(id, 'window'),
			...{ policy: () => policy.current(), editor: prompts },
			onDidChange: changed.event,
		}),
	);
	store.add(vscode.lm.registerMcpServerDefinitionProvider(providerId, definitions));

	const withheld = store.add(new WithheldDesk({ withheld: parts.withheld, documents, clock: ports.clock }));
	const windowSessions = store.add(new WindowSessions(journal.onDidAppend));
	const {
		store: audit,
		panel,
		exportTrail,
	} = openAuditRoom(context, parts, { documents, withheld, waiting: approver.panel });
	store.add(noticeWaiting(approver, panel));
	store.add(audit);
	store.add(new WithheldStatus(parts.withheld));
	const probes = new ProbeFile(join(dirname(parts.trailDirectory), 'probes'), logger);
	const guard = guardDeps(context, parts, {
		probes,
		credentials,
		clientInfo,
		identity,
		documents,
		supplies,
		openPanel: () => panel.open(),
	});
	const { store: following, coverage } = followCoverage(context, parts, {
		entries: entriesHere,
		changed: changed.event,
		documents,
	});
	store.add(following);
	store.add(followState(parts, changed.event, approver, coverage));
	const { store: newcomer, steps: firstSteps } = followFirstSteps(context.globalState, journal.onDidAppend, coverage);
	store.add(newcomer);
	store.add(
		stop.onDidStop(() => {
			void endpoint.stopAll();
		}),
	);
	store.add(
		policy.onDidChange(load => {
			const change = policy.lastChange();
			notePolicy(ports, load, change && { text: describeChange(change), previous: change.previous });
			void announceBroken(load);
		}),
	);
	store.add(keepPolicies(policy, dirname(parts.trailDirectory), logger));
	const refollow = () => {
		policy.follow(policyFilesHere(context.extensionPath, parts.policyTrust));
		// Also where the policy in force stays the same: what is trusted, and which files are followed, is left for later.
		publish.fire();
	};
	const policyReview = new WorkspacePolicyReview({ policy, trust: parts.policyTrust, documents, ports, refollow });
	store.add(watchPolicy(parts, refollow));
	store.add(policy.onDidChange(() => policyReview.askAboutNew()));
	store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => policyReview.askAboutNew()));
	const author = { policy, extensionPath: context.extensionPath, pins: () => pinnedTools(entriesHere()) };
	store.add(speakPolicy(author));
	store.add(showRuleTests(author));
	const tree = openTreeViews({
		...{ parts, grants: parts.grants, grantUses: uses, isHere: belongsHere, onDidChange: changed.event },
		...{ coverage, notListed },
		identity: { of: entry => identity.of(entry.id), onDidChange: identity.onDidChange },
		onDidChangeWaiting: approver.onDidChangeWaiting,
		readUses: () => panel.lastUses(),
	});
	store.add(tree.store);
	store.add(
		journal.onDidAppend(({ event, server }) => {
			if (event === 'server-released' && server !== undefined) {
				void probes.drop(server.id).catch(() => undefined);
			}
		}),
	);
	store.add(
		registerCommands({
			...{
				context,
				parts,
				guard,
				panel,
				documents,
				policyReview,
				approver,
				uses,
				serve,
				entriesHere,
				clientInfo,
				probes,
				identity,
				tree,
				...{ withheld, windowSessions, exportTrail, coverage, firstSteps },
				credentials: credentials.manage,
				copyLaunch: { entries: offered, outsideLaunchOf: launchFrom(connectFile(root)) },
			},
		}),
	);
	notePolicy(ports, policy.current());
	void announceBroken(policy.current());
	policyReview.askAboutNew();
	return { store, close: () => endpoint.close(BRIEF_STOP) };
}

function placeOf(entry: ServerEntry): string | undefined {
	const place = folderOf(entry, workspaceFolders(), windowPlace());
	return place === 'elsewhere' ? undefined : place.folder;
}

/** A server that was found in the file of another client alone was never the editor's, and does not become so. */
function isForEditor({ origin }: ServerEntry): boolean {
	return formatOf(origin).shim === undefined;
}

function pinnedTools(entries: readonly ServerEntry[]): readonly PinnedTool[] {
	return entries.flatMap(({ name, tools }) =>
		tools.map(pin => ({ server: name, tool: pin.name, capability: pin.capability })),
	);
}

function extensionVersion(context: vscode.ExtensionContext): string {
	const { version } = context.extension.packageJSON as { readonly version?: string };
	return version ?? '0';
}
