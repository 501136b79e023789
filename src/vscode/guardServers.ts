import { serverIdOf } from '../domain/registry/launch';
import { clashOf } from '../domain/registry/readServerEntry';
import { readMcpJson } from '../domain/registry/mcpJson';
import { formatOf } from '../domain/registry/originFormat';
import { folderOfOrigin } from '../domain/registry/originPlaces';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { isServerName } from '../domain/registry/serverName';
import { adoptOrigin } from '../storage/originEdits';
import { readOriginFile } from '../storage/originFile';
import { describeRegistryProblem } from '../storage/registryContent';
import { type Candidate, type CollectedServer, type GuardDeps } from './guardPorts';
import { listForReview, reviewsOf } from './listForReview';
import { reviewedEntry } from './reviewedEntry';
import { discoverServers } from './mcpFiles';
import { pinnedLaunch } from './pinnedLaunch';
import { quoteForPerson } from './quote';
import { shimProperty } from './shimProperty';
import { stopGuarding } from './undoGuard';

/**
 * "Guard MCP Servers…": finds servers, lists their tools after the person confirmed each launch, has them reviewed, registers
 * them and takes them out of their files. The registry comes first and the file last; when the file cannot be changed, the
 * registry is put back. With `only`, nothing is picked: those candidates are meant. Resolves once the closing message is answered or dismissed, with what was guarded before that.
 */
export async function guardServers(
	deps: GuardDeps,
	only?: (candidate: Candidate) => boolean,
): Promise<readonly ServerEntry[]> {
	if (!mayStart(deps)) {
		return [];
	}
	const { candidates, blocked, problems } = await discoverServers(deps.files(), deps.shimSigns);
	if (problems.length > 0) {
		deps.ui.error(quoteForPerson(problems.join(' '), 1000));
	}
	if (candidates.length === 0 && blocked.length === 0) {
		if (problems.length === 0) {
			deps.ui.info('No MCP servers to guard: no configuration file that is known here defines one.');
		}
		return [];
	}
	const picked =
		only === undefined ? ((await deps.ui.pickServers(candidates, blocked)) ?? []) : candidates.filter(only);
	const guarded: ServerEntry[] = [];
	for (const candidate of picked) {
		const entry = await guardOne(deps, candidate);
		if (entry !== undefined) {
			guarded.push(entry);
			deps.onGuarded?.(entry);
		}
	}
	if (guarded.length > 0) {
		await announce(deps, guarded);
	}
	return guarded;
}

/** Programs are started for review only in a trusted workspace and with a registry to put them into. Says why not. */
export function mayStart(deps: GuardDeps): boolean {
	if (!deps.ui.isTrusted()) {
		deps.ui.error('This workspace is not trusted. MCP Firewall starts no servers here; trust the workspace first.');
		return false;
	}
	if (deps.registry.problem !== undefined) {
		deps.ui.error(quoteForPerson(describeRegistryProblem(deps.registry.problem), 600));
		return false;
	}
	return true;
}

async function announce(deps: GuardDeps, guarded: readonly ServerEntry[]): Promise<void> {
	const answer = await deps.ui.announce(guarded.map(({ name }) => name));
	if (answer === 'panel') {
		await deps.openPanel();
	} else if (answer === 'undo') {
		for (const entry of [...guarded].reverse()) {
			await stopGuarding(deps, entry);
		}
	}
}

async function guardOne(deps: GuardDeps, candidate: Candidate): Promise<ServerEntry | undefined> {
	const { server, source } = candidate;
	const { ui } = deps;
	const shown = quoteForPerson(server.name, 60);
	if (ui.hasUnsavedChanges(source.file)) {
		ui.error(
			`${quoteForPerson(source.file, 300)} has unsaved changes. Save or revert it, then guard “${shown}” again.`,
		);
		return undefined;
	}
	const notListed = deps.notListed?.(server);
	if (notListed !== undefined) {
		ui.error(`“${shown}” cannot be guarded. ${notListed}`);
		return undefined;
	}
	const collected = await deps.collectCredentials(candidate);
	if (collected === undefined) {
		return undefined;
	}
	for (let lookUp = false; ; lookUp = true) {
		const reviewed = await reviewNew(deps, candidate, collected, lookUp);
		if (reviewed !== 'pin') {
			return reviewed;
		}
		if (lookUp) {
			ui.error(
				`No exact version of “${shown}” can be found to pin. Name one in ${quoteForPerson(source.file, 300)}.`,
			);
			return undefined;
		}
	}
}

/** From the launch to the entry in the registry and out of the file. `pin`: the person wants a version looked up first. */
async function reviewNew(
	deps: GuardDeps,
	candidate: Candidate,
	{ launch: unpinned, values, credentials }: CollectedServer,
	lookUp: boolean,
): Promise<ServerEntry | 'pin' | undefined> {
	const { server, source } = candidate;
	const { ui, registry } = deps;
	const shown = quoteForPerson(server.name, 60);
	const { file, folder } = source;
	const pinned = await pinnedLaunch(deps, unpinned, values, { folder, lookUp });
	if (lookUp && pinned.pinnedTo === undefined) {
		return 'pin';
	}
	const { launch, pinnedFrom } = pinned;
	const id = serverIdOf(launch);
	const existing = registry.find(id);
	if (existing !== undefined) {
		return takeOutAgain(deps, candidate, existing);
	}
	const name = freeName(registry.all(), candidate, id);
	if (name === undefined) {
		ui.error(`“${shown}” cannot be guarded: other guarded servers have that name already.`);
		return undefined;
	}
	const listed = await listForReview(deps, {
		...{ name, values, file, ...pinned },
		...(folder !== undefined && { folder }),
	});
	if (listed === undefined) {
		await deps.forgetSignIn?.(id);
		return undefined;
	}
	const { surface, supply } = listed;
	const origin = { kind: source.kind, file };
	const probe = await deps.probeOf?.(id);
	const decision = await ui.review({
		...{ serverName: name, launch, origin, surface, supply, credentials, removed: [] },
		tools: reviewsOf(deps, { name, launch }, surface),
		others: registry.all(),
		...(probe !== undefined && { probe }),
		...(deps.principalOf !== undefined && { principal: deps.principalOf(id) }),
		...(deps.pinProposal !== undefined && launch.kind === 'stdio' && { canPin: true as const }),
	});
	if (decision === undefined || decision === 'pin') {
		await deps.forgetSignIn?.(id);
		return decision;
	}
	const from = pinnedFrom === undefined ? {} : { pinnedFrom };
	const entry = reviewedEntry(deps, { id, name, launch, origin, credentials, ...from }, listed, decision);
	const problem = await register(deps, candidate, entry, values);
	if (problem !== undefined) {
		await deps.forgetSignIn?.(id);
		ui.error(`“${shown}” is not guarded and nothing was changed: ${quoteForPerson(problem, 400)}.`);
		return undefined;
	}
	return entry;
}

/** The same launch twice: put back into its file (version control does that), or defined in a second file. */
async function takeOutAgain(
	deps: GuardDeps,
	candidate: Candidate,
	entry: ServerEntry,
): Promise<ServerEntry | undefined> {
	const { file } = candidate.source;
	const name = quoteForPerson(entry.name, 60);
	if (entry.origin.file !== file && !isShared(deps, candidate, entry)) {
		const other = quoteForPerson(entry.origin.file, 300);
		deps.ui.error(`The same program is guarded already as “${name}”, from ${other}. Stop guarding it there first.`);
		return undefined;
	}
	const again = entry.origin.file === file ? 'again' : 'as well';
	const detail = `${quoteForPerson(file, 300)} defines it unguarded ${again}. The reviewed tools and the stored environment stay as they are.`;
	if (!(await deps.ui.confirm(`“${name}” is guarded already. Take it out of its file again?`, detail, 'Take Out'))) {
		return undefined;
	}
	const problem = await takeOut(deps, candidate, entry.id);
	if (problem !== undefined) {
		deps.ui.error(`“${name}” is still in its file: ${quoteForPerson(problem, 400)}.`);
		return undefined;
	}
	return entry;
}

/**
 * Another client's file, or the person's own, may hold the same program; a folder's file may not borrow what was reviewed for
 * another folder, because what the program reaches may differ there.
 */
function isShared(deps: GuardDeps, { source }: Candidate, entry: ServerEntry): boolean {
	const { userHome } = deps.host();
	const [own, other] = [folderOfOrigin(entry.origin, userHome), folderOfOrigin(source, userHome)];
	return own === undefined ? other === undefined || formatOf(source).shim !== undefined : own === other;
}

/** Secrets, then registry, then file: whatever fails, what came before it is taken back. Gives the problem. */
async function register(
	deps: GuardDeps,
	candidate: Candidate,
	entry: ServerEntry,
	values: Readonly<Record<string, string>>,
): Promise<string | undefined> {
	const before = await deps.secrets.load(entry.id);
	await deps.secrets.store(entry.id, values);
	const put = await deps.registry.put(entry, { expected: 0 });
	if (put.kind === 'problem') {
		// Another window may guard it by now: then its secrets are not ours to delete.
		await (put.conflict === true ? deps.secrets.store(entry.id, before) : deps.secrets.delete(entry.id));
		return put.problem;
	}
	const problem = await takeOut(deps, candidate, entry.id);
	if (problem !== undefined) {
		const undone = await deps.registry.remove(entry.id);
		await deps.secrets.delete(entry.id);
		return undone.kind === 'problem' ? `${problem}; and it stays registered: ${undone.problem}` : problem;
	}
	return undefined;
}

/** Takes the server out of its file, provided that the file still defines what was reviewed. */
async function takeOut(deps: GuardDeps, { server, source }: Candidate, serverId: string): Promise<string | undefined> {
	const { file, within } = source;
	const read = await readOriginFile(file, within);
	const now =
		read.kind === 'file'
			? readMcpJson(read.text, file, source.kind).servers.find(
					({ name, at }) => name === server.name && at?.join('\0') === server.at?.join('\0'),
				)
			: undefined;
	if (read.kind !== 'file' || now?.launch === undefined || deps.ui.hasUnsavedChanges(file)) {
		return `${file} was changed meanwhile`;
	}
	const same =
		serverIdOf(now.launch) === serverIdOf(server.launch) &&
		Object.entries(now.values).every(([key, value]) => server.values[key] === value);
	if (!same) {
		return `${file} was changed meanwhile`;
	}
	const { shim } = formatOf(source);
	const folder = folderOfOrigin(source, deps.host().userHome);
	const outcome = await adoptOrigin({
		...(server.at !== undefined && { at: server.at }),
		...(shim !== undefined && { instead: shimProperty(server.name, shim, deps.shimFor(serverId, folder)) }),
		...{ file, within, name: server.name, serverId, backups: deps.backups, expectedDigest: read.digest },
		...{ id: deps.ids.uuid(), takenAt: new Date(deps.clock.now()).toISOString() },
	});
	return 'problem' in outcome ? `${file}: ${outcome.problem}` : undefined;
}

/** The name of the server, or that name with the folder's, or with a number: labels must be unique. */
function freeName(entries: readonly ServerEntry[], { server, source }: Candidate, id: string): string | undefined {
	const folder = source.folder?.split(/[/\\]/).at(-1) ?? 'user';
	const numbered = Array.from({ length: 20 }, (_, index) => `${server.name} ${index + 2}`);
	return [server.name, `${server.name} (${folder})`, ...numbered].find(
		name => isServerName(name) && clashOf(entries, { id, name }) === undefined,
	);
}
