import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import { counted } from '../base/counted';
import { FirewallError } from '../base/errors';
import { suggestCapability } from '../domain/policy/capability';
import { launchName } from '../domain/registry/launchName';
import { registryDigest } from '../domain/registry/serverEntry';
import { listTools } from '../proxy/inspectServer';
import { connectFile, discoveryFolder } from '../storage/discoveryPlace';
import { type ProbeFile } from '../storage/probeFile';
import { type SupplyPins } from '../storage/supplyPins';
import { askInput } from './askInput';
import { collectCredentials } from './collectCredentials';
import { shimLaunch } from './discoveryShim';
import { type DetailDocuments } from './detailDocuments';
import { type CredentialRoom } from './credentialRoom';
import { isNewcomer } from './followFirstSteps';
import { type GuardDeps } from './guardPorts';
import { type IdentityRoom } from './identityRoom';
import { VscodeGuardUi } from './guardUi';
import { maskedError } from './maskedError';
import { noteEvent } from '../firewall/noteEvent';
import { placesHere } from './placesHere';
import { quoteForPerson } from './quote';
import { idOfCandidate } from './registerServer';
import { say } from './say';
import { barredHere } from './serverListsHere';
import { shimRuntime, shimSignsHere } from './shimRuntime';
import { windowPlace } from './windowPlace';
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
		readonly supplies: SupplyPins;
		readonly probes: ProbeFile;
		readonly identity: Pick<IdentityRoom, 'serve' | 'of' | 'forget'>;
		readonly openPanel: () => Promise<void>;
	},
): GuardDeps {
	const { clock, ids } = ports;
	const { clientInfo, openPanel, supplies } = own;
	const { secrets, oauth, backups, release } = own.credentials;
	const reviewer = userInfo().username;
	const handbook = vscode.Uri.joinPath(context.extensionUri, 'docs', 'organisations.md');
	const byPerson = { actor: 'person', detail: `by ${reviewer}` } as const;
	const ui = new VscodeGuardUi({ extensionUri: context.extensionUri, documents: own.documents, reviewer }, () =>
		isNewcomer(context.globalState),
	);
	const host = () => ({ ...windowPlace(), env: process.env });
	return {
		...{ registry, secrets, clock, ids, logger, openPanel, listDeadlineMs: LIST_DEADLINE_MS },
		onGuarded: entry => {
			const { id, name, revision } = entry;
			const facts = { ...byPerson, server: { id, name, revision }, after: registryDigest(entry) };
			noteEvent(ports, 'server-guarded', facts);
		},
		onReviewed: (before, after) => {
			const { id, name, revision, tools } = after;
			const detail = `revision ${String(before.revision)} (${before.status}) to ${String(revision)}, ${counted(tools.length, 'tool')} admitted`;
			noteEvent(ports, 'server-reviewed', {
				...{ actor: 'person', server: { id, name, revision }, detail: `${detail}, by ${reviewer}` },
				...{ before: registryDigest(before), after: registryDigest(after) },
			});
		},
		onReleased: async entry => {
			const { id, name } = entry;
			await release(entry);
			noteEvent(ports, 'server-released', { ...byPerson, server: { id, name }, before: registryDigest(entry) });
		},
		notListed: server => barredHere(server, handbook),
		ui,
		backups,
		files: () => placesHere(context.globalStorageUri.fsPath),
		shimFor: (serverId, folder) => shimLaunch(shimRuntime, connectFile(discoveryFolder()), serverId, folder),
		shimSigns: shimSignsHere(context.extensionPath),
		host,
		principalOf: id => own.identity.of(id),
		listTools: async (launch, signal, serverId) => {
			try {
				// What is listed is what was pinned a moment ago, not what a runner would fetch by now.
				const start = 'url' in launch ? launch : await supplies.direct(launch);
				const identity = own.identity.serve(serverId);
				return await listTools(start, { clock, clientInfo, deadlineMs: LIST_DEADLINE_MS, identity }, signal);
			} catch (error) {
				// The text may quote the server's own log.
				throw error instanceof FirewallError ? maskedError(error) : error;
			}
		},
		withSignIn: async ({ id, name }, resolved) => {
			const server = { id, name, url: resolved.url };
			// A person is at it: a no of before does not count.
			oauth.askAgain(server.id);
			return { ...resolved, signIn: await oauth.signInFor(server) };
		},
		forgetSignIn: id => oauth.forget(id),
		forgetPrincipal: id => own.identity.forget(id),
		probeOf: async id => (await own.probes.probeOf(id))?.report,
		pinSupply: (_launch, resolved) => supplies.pin(resolved),
		pinProposal: (launch, _resolved, lookUp) => supplies.propose(launch, lookUp),
		collectCredentials: candidate =>
			collectCredentials(candidate, {
				...{ clock, host, ask: askInput },
				tell: (name, problem) =>
					ui.error(
						say('“{0}” cannot be guarded: {1}.', quoteForPerson(name, 60), quoteForPerson(problem, 300)),
					),
				isGuarded: launch =>
					registry.find(idOfCandidate({ registry, host }, candidate.source, launch).id) !== undefined,
			}),
		reviewer,
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
