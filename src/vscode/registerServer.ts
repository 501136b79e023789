import { samePath } from '../base/samePath';
import { readMcpJson } from '../domain/registry/mcpJson';
import { type Launch, serverIdOf } from '../domain/registry/launch';
import { formatOf } from '../domain/registry/originFormat';
import { folderOfOrigin, placeToOpen } from '../domain/registry/originPlaces';
import { type PlacedId, placedId } from '../domain/registry/placedServer';
import { clashOf } from '../domain/registry/readServerEntry';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { isServerName } from '../domain/registry/serverName';
import { adoptOrigin } from '../storage/originEdits';
import { readOriginFile } from '../storage/originFile';
import { type Candidate, type GuardDeps, type McpFile } from './guardPorts';
import { problemText } from './problemText';
import { quoteForPerson } from './quote';
import { say } from './say';
import { shimProperty } from './shimProperty';

/** Which server a launch that stands in this file is, or would be. */
export function idOfCandidate(
	{ registry, host }: { readonly registry: Pick<GuardDeps['registry'], 'all'>; readonly host: () => LaunchPlace },
	source: McpFile,
	launch: Launch,
): PlacedId {
	return placedId(launch, source, { registered: registry.all(), home: host().userHome });
}

type LaunchPlace = Pick<ReturnType<GuardDeps['host']>, 'userHome'>;

/** The same launch twice: put back into its file (version control does that), or defined in a second file. */
export async function takeOutAgain(
	deps: GuardDeps,
	candidate: Candidate,
	entry: ServerEntry,
): Promise<ServerEntry | undefined> {
	const { file } = candidate.source;
	const name = quoteForPerson(entry.name, 60);
	const isAgain = isSamePlace(deps, candidate, entry);
	if (!isAgain && !isShared(deps, candidate, entry)) {
		const other = quoteForPerson(placeToOpen(entry.origin), 300);
		deps.ui.error(
			say('The same program is guarded already as “{0}”, from {1}. Stop guarding it there first.', name, other),
		);
		return undefined;
	}
	const shown = quoteForPerson(file, 300);
	const detail = isAgain
		? say('{0} defines it unguarded again. The reviewed tools and the stored environment stay as they are.', shown)
		: say(
				'{0} defines it unguarded as well. The reviewed tools and the stored environment stay as they are.',
				shown,
			);
	if (
		!(await deps.ui.confirm(
			say('“{0}” is guarded already. Take it out of its file again?', name),
			detail,
			say('Take Out'),
		))
	) {
		return undefined;
	}
	const problem = await takeOut(deps, candidate, entry.id);
	if (problem !== undefined) {
		deps.ui.error(say('“{0}” is still in its file: {1}.', name, quoteForPerson(problem, 400)));
		return undefined;
	}
	return entry;
}

/**
 * The place that the entry came from. One file may keep servers of several folders, and of none: INVARIANT: what was reviewed for
 * one of its folders is not lent to the others, nor to the person's own. Of an entry that names no folder nobody was told one.
 */
function isSamePlace(deps: GuardDeps, { source }: Candidate, entry: ServerEntry): boolean {
	if (!samePath(entry.origin.file, source.file)) {
		return false;
	}
	const { userHome } = deps.host();
	const [own, other] = [folderOfOrigin(entry.origin, userHome), folderOfOrigin(source, userHome)];
	return own === undefined || (other !== undefined && samePath(own, other));
}

/**
 * Another client's file, or the person's own, may hold the same program; a folder's file may not borrow what was reviewed for
 * another folder, because what the program reaches may differ there.
 */
function isShared(deps: GuardDeps, { source }: Candidate, entry: ServerEntry): boolean {
	const { userHome } = deps.host();
	const [own, other] = [folderOfOrigin(entry.origin, userHome), folderOfOrigin(source, userHome)];
	if (own === undefined || other === undefined) {
		return own === undefined && (other === undefined || formatOf(source).shim !== undefined);
	}
	return samePath(own, other);
}

/** Secrets, then registry, then file: whatever fails, what came before it is taken back. Gives the problem. */
export async function register(
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
		return problemText(put.problem);
	}
	const problem = await takeOut(deps, candidate, entry.id);
	if (problem !== undefined) {
		const undone = await deps.registry.remove(entry.id);
		await deps.secrets.delete(entry.id);
		return undone.kind === 'problem'
			? say('{0}; and it stays registered: {1}', problem, problemText(undone.problem))
			: problem;
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
		return say('{0} was changed meanwhile', file);
	}
	const same =
		serverIdOf(now.launch) === serverIdOf(server.launch) &&
		Object.entries(now.values).every(([key, value]) => server.values[key] === value);
	if (!same) {
		return say('{0} was changed meanwhile', file);
	}
	const { shim } = formatOf(source);
	const folder = folderOfOrigin(source, deps.host().userHome);
	const outcome = await adoptOrigin({
		...(server.at !== undefined && { at: server.at }),
		...(shim !== undefined && { instead: shimProperty(server.name, shim, deps.shimFor(serverId, folder)) }),
		...{ file, within, name: server.name, serverId, backups: deps.backups, expectedDigest: read.digest },
		...{ id: deps.ids.uuid(), takenAt: new Date(deps.clock.now()).toISOString() },
	});
	return 'problem' in outcome ? `${file}: ${problemText(outcome.problem)}` : undefined;
}

/** The name of the server, or that name with the folder's, or with a number: labels must be unique. */
export function freeName(
	entries: readonly Pick<ServerEntry, 'id' | 'name'>[],
	{ server, source }: Candidate,
	id: string,
): string | undefined {
	const folder = source.folder?.split(/[/\\]/).at(-1) ?? 'user';
	const numbered = Array.from({ length: 20 }, (_, index) => `${server.name} ${index + 2}`);
	return [server.name, `${server.name} (${folder})`, ...numbered].find(
		name => isServerName(name) && clashOf(entries, { id, name }) === undefined,
	);
}
