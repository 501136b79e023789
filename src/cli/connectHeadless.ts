import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorText } from '../base/errors';
import { maskText } from '../domain/inspection/maskSecrets';
import { folderOfOrigin } from '../domain/registry/originPlaces';
import { launchName, launchRoots } from '../domain/registry/launchName';
import {
	type ResolvedHttpLaunch,
	resolveHttpLaunch,
	resolveLaunch,
	type ResolvedLaunch,
} from '../domain/registry/resolveLaunch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { notePolicy } from '../firewall/notePolicy';
import { noteUpstream } from '../firewall/noteUpstream';
import { type Approver, type GuardedServer } from '../firewall/ports';
import { hintFor } from '../firewall/refusal';
import { NO_TRUST_SETTINGS } from '../domain/identity/trustSettings';
import { whyStopped } from '../firewall/standing';
import { runStdioFace } from '../proxy/face/stdioFace';
import { programLookup } from '../proxy/upstream/programLookup';
import { readHomes } from '../storage/discoveryFiles';
import { type HomeRecord } from '../storage/discoveryRecord';
import { describeChange } from '../storage/policyChange';
import { HomeFile } from '../storage/homeFile';
import { PolicyFiles } from '../storage/policyFiles';
import { keepPolicies } from '../storage/policyStore';
import { MachineSecrets } from '../storage/machineSecrets';
import { RegistryFile } from '../storage/registryFile';
import { LaunchGate } from '../storage/launchGate';
import { settingsFolders } from '../storage/settingsFolders';
import { SupplyPins } from '../storage/supplyPins';
import { systemClock, systemHost, systemIds } from '../storage/system';
import { type ConnectTarget, isRestricted } from './connectWays';
import { followHolds } from './followHolds';
import { HomeLocks } from './homeLocks';
import { homePolicyFiles, withParents } from './homePolicy';
import { type GatewayCore, type OpenCore, stderrLogger } from './gateway';
import { openPrincipalDesk } from './identityDesk';
import { type CliOutput } from './output';
import { realFolder } from './realFolder';
import { type HeadlessPipes, refuseAll } from './refuseAll';

/** A guarded server, and what is known of the editor that guards it. */
interface Known {
	readonly home: HomeRecord;
	readonly entry: ServerEntry;
	readonly registry: RegistryFile;
}

/** Nobody is asked, so the answer comes at once. */
const ANSWER_MS = 1_000;

const RESTRICTED =
	'VS Code has this folder open in Restricted Mode, so no server is started in it. Trust the folder in VS Code to use this server.';

/** INVARIANT: where no window is open, nobody says yes. */
const nobody: Approver = {
	ask: ({ id, digest }) => Promise.resolve({ requestId: id, digest, outcome: 'unavailable' }),
};

/**
 * Guards a server that an editor guards, while no window is open: same registry and pins, same policy, a journal file of its
 * own in the same trail. Resolves with the exit code. What may not be started answers every request with the reason.
 */
export async function runHeadless(
	target: ConnectTarget,
	pipes: HeadlessPipes,
	openCore: OpenCore,
	out: CliOutput,
): Promise<number> {
	const logger = stderrLogger(out);
	const known = await findServer(target, logger);
	if (typeof known === 'string') {
		return refuseAll(pipes, known);
	}
	const { entry, registry } = known;
	const { dataDirectory } = known.home;
	const folder = realFolder(folderOf(entry, target.place));
	const home = new HomeFile(target.root, known.home, systemClock, why => logger.warn(why), withParents(folder));
	// It may have been written anew since it was read, and of the folders nothing was read yet.
	await home.look();
	const policy = followedPolicy(home, folder);
	const holds = followHolds(dataDirectory, registry, entry.id);
	const { stop } = holds;
	const secrets = new MachineSecrets({ folders: () => [folder], env: process.env, clock: systemClock });
	await secrets.start();
	const locks = new HomeLocks(home, policy, logger);
	const core = await openCore({
		known: () => secrets.current(),
		...{ dataDirectory, logger, policy, registry, stop },
		protectedFiles: () => [
			...namedFiles(home.current, folder),
			...[policy.reading().base, home.current.extensionPath, ...settingsFolders(dataDirectory)],
		],
		host: () => systemHost([folder]),
		notify: () => undefined,
		approvalTimeoutMs: () => ANSWER_MS,
		paramsHash: () => locks.current.paramsHash,
		durability: () => locks.current.durability,
		decisionPoint: () => locks.point,
	});
	notePolicy(core.ports, policy.current());
	policy.onDidChange(load => {
		const change = policy.lastChange();
		notePolicy(core.ports, load, change && { text: describeChange(change), previous: change.previous });
	});
	keepPolicies(policy, dataDirectory, logger);
	const desk = openPrincipalDesk(() => locks.current.identity ?? NO_TRUST_SETTINGS, dataDirectory, logger);
	locks.onDidChange(() => desk.reconsider());
	try {
		const why = whyStopped({ stop, registry }, { id: entry.id, reviewRequired: true });
		const resolved =
			why !== undefined
				? refusal(why)
				: (await isRestricted(target.root, folder))
					? RESTRICTED
					: launchOf(entry, folder);
		if (typeof resolved === 'string') {
			await noteRefusedStart(core, entry, resolved);
			return await refuseAll(pipes, resolved);
		}
		const supplies = new SupplyPins({ lookup: programLookup, home: homedir(), logger });
		const gate = new LaunchGate({
			...{ registry, supplies, ports: { ...core.ports, stop, notify: () => undefined } },
			notListed: locks.notListed,
		});
		const launch = await gate.admit(entry, () => Promise.resolve(resolved)).catch(errorText);
		if (typeof launch === 'string') {
			return await refuseAll(pipes, launch);
		}
		const identity = desk.serve(entry.id);
		const unlisted = locks.whileListed(entry, resolved);
		return await runStdioFace({
			...pipes,
			stop: AbortSignal.any([holds.signal, unlisted]),
			server: {
				...guardedServerOf(entry, launch, folder),
				auth: () => gate.authOf(entry.id),
				principal: identity.principal,
				notListed: () => unlisted.aborted,
			},
			identity,
			launch,
			approver: nobody,
			sessionPaths: core.firewall,
			clock: systemClock,
			ids: systemIds,
			logger,
			onStderr: line => {
				out.stderr(maskText(line));
			},
			onUpstream: end => {
				const auth = gate.authOf(entry.id);
				noteUpstream(core.ports, entry, end, { ...(auth && { auth }) });
			},
		});
	} finally {
		locks.dispose();
		desk.dispose();
		holds.dispose();
		policy.dispose();
		home.dispose();
		secrets.dispose();
		registry.dispose();
		await core.close();
	}
}

/** The server in the registry of the editor that was open last and knows it; a sentence where it cannot be told. */
async function findServer(
	{ server: wanted, root }: ConnectTarget,
	logger: Parameters<typeof RegistryFile.open>[1],
): Promise<Known | string> {
	const found: Known[] = [];
	for (const home of await readHomes(root, why => logger.warn(`left aside: ${why}`))) {
		const folder = join(home.dataDirectory, 'registry');
		if (!existsSync(folder)) {
			continue;
		}
		const registry = await RegistryFile.open(folder, logger);
		const entry = registry.find(wanted) ?? registry.all().find(({ name }) => name === wanted);
		if (entry === undefined) {
			registry.dispose();
		} else {
			found.push({ home, entry, registry });
		}
	}
	const [first, ...others] = found;
	others.forEach(({ registry }) => {
		registry.dispose();
	});
	if (first === undefined) {
		return 'MCP Firewall knows no guarded server of this id or name. Open VS Code, guard the server, and copy its launch anew.';
	}
	if (others.some(({ entry }) => entry.id !== first.entry.id)) {
		first.registry.dispose();
		return 'Several guarded servers have this name. Name the one that is meant by its id.';
	}
	return first;
}

/** The policy of the files that the editor names, and of those that it names from then on. */
function followedPolicy(home: HomeFile, folder: string): PolicyFiles {
	const policy = new PolicyFiles(homePolicyFiles(home.current, folder));
	let named = JSON.stringify(home.current.policy);
	home.onDidChange(() => {
		const now = JSON.stringify(home.current.policy);
		if (now !== named) {
			named = now;
			policy.follow(homePolicyFiles(home.current, folder));
		}
	});
	return policy;
}

/** The files of the policy, whether they are there or not. */
function namedFiles(home: HomeRecord, folder: string): readonly string[] {
	const { organisation, base, workspace } = homePolicyFiles(home, folder);
	return [...organisation, base, ...workspace];
}

/** A server that a folder's file brought belongs to that folder; one of the user runs where the client works. */
function folderOf({ origin }: ServerEntry, place: string): string {
	return folderOfOrigin(origin, homedir()) ?? place;
}

/** INVARIANT: a launch is never started without the values that belong to it; those lie in the editor's secret storage. */
function launchOf({ launch }: ServerEntry, folder: string): ResolvedLaunch | ResolvedHttpLaunch | string {
	const [what, names] = launch.kind === 'http' ? ['headers', launch.headers] : ['the environment', launch.env];
	if (names.length > 0) {
		return (
			`This server needs stored values of ${what} (${names.join(', ')}), which only VS Code can read. ` +
			'Open VS Code with this server to use it.'
		);
	}
	const context = { workspaceFolder: folder, userHome: homedir(), env: process.env };
	const resolved =
		launch.kind === 'http' ? resolveHttpLaunch(launch, {}, context) : resolveLaunch(launch, {}, context);
	return 'problem' in resolved ? `The launch cannot be resolved: ${resolved.problem}.` : resolved;
}

function guardedServerOf(
	entry: ServerEntry,
	launch: ResolvedLaunch | ResolvedHttpLaunch,
	folder: string,
): GuardedServer {
	const { packageName } = launchName(entry.launch);
	const own = 'command' in launch ? launchRoots(launch, launch.cwd) : [];
	return {
		id: entry.id,
		name: entry.name,
		...(packageName !== undefined && { packageName }),
		roots: [...new Set([...own, folder])],
		reviewRequired: true,
	};
}

function refusal(reason: string): string {
	return `AgentActionBlocked: capability=unknown decision=denied reason=${reason}. ${hintFor(reason)}`;
}

async function noteRefusedStart({ ports }: GatewayCore, { id, name }: ServerEntry, detail: string): Promise<void> {
	const at = new Date(ports.clock.now()).toISOString();
	await ports.trail.append(
		{
			...{ id: ports.ids.uuid(), at, kind: 'message', outcome: 'refused', server: { id, name } },
			...{ from: 'client', method: 'initialize', detail },
		},
		'synced',
	);
}
