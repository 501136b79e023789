import { type Launch, serverIdOf } from '../domain/registry/launch';
import { readLaunchSource } from '../domain/registry/launchSource';
import { keptOrigin } from '../domain/registry/originPlaces';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { describeRegistryProblem } from '../storage/registryContent';
import {
	type Candidate,
	type CollectedServer,
	cannotBeGuarded,
	type GuardDeps,
	type ReviewDecision,
	type ReviewRequest,
} from './guardPorts';
import { type ListedForReview, listForReview, reviewsOf } from './listForReview';
import { reviewedEntry } from './reviewedEntry';
import { type Discovery, discoverServers } from './mcpFiles';
import { pinnedLaunch } from './pinnedLaunch';
import { problemText } from './problemText';
import { quoteForPerson } from './quote';
import { isHeldBack } from './restrictedWorkspace';
import { freeName, idOfCandidate, register, takeOutAgain } from './registerServer';
import { say } from './say';
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
	const found = await findToGuard(deps);
	// Whoever means certain servers is told why one of them may not be guarded.
	const { candidates, blocked } = only === undefined ? withoutBarred(deps, found) : found;
	if (candidates.length === 0 && blocked.length === 0) {
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

/** What may be offered: what a list of servers keeps from running is told among what cannot be guarded. */
export function withoutBarred({ notListed }: Pick<GuardDeps, 'notListed'>, found: Discovery): Discovery {
	const blocked = found.candidates.flatMap(({ server, source }) => {
		const barred = notListed?.(server);
		return barred === undefined ? [] : [{ name: server.name, ...barred, source }];
	});
	return {
		...found,
		candidates: found.candidates.filter(({ server }) => notListed?.(server) === undefined),
		blocked: [...found.blocked, ...blocked],
	};
}

/** Programs are started for review only in a trusted workspace and with a registry to put them into. Says why not. */
export function mayStart(deps: GuardDeps): boolean {
	if (isHeldBack(deps.ui)) {
		return false;
	}
	if (deps.registry.problem !== undefined) {
		deps.ui.error(quoteForPerson(problemText(describeRegistryProblem(deps.registry.problem)), 600));
		return false;
	}
	return true;
}

/** What the files define and nobody guards yet. Files that cannot be read, and that there is nothing, are told. */
export async function findToGuard(deps: GuardDeps): Promise<Discovery> {
	const found = await discoverServers(deps.files(), deps.shimSigns);
	const { candidates, blocked, problems } = found;
	if (problems.length > 0) {
		deps.ui.error(quoteForPerson(problems.map(problemText).join(' '), 1000));
	} else if (candidates.length === 0 && blocked.length === 0) {
		deps.ui.info(say('No MCP servers to guard: no configuration file that is known here defines one.'));
	}
	return found;
}

/** Says what is guarded now, and puts it back where the person wants that. */
export async function announce(deps: GuardDeps, guarded: readonly ServerEntry[]): Promise<void> {
	const answer = await deps.ui.announce(guarded.map(({ name }) => name));
	if (answer === 'panel') {
		await deps.openPanel();
	} else if (answer === 'undo') {
		for (const entry of [...guarded].reverse()) {
			await stopGuarding(deps, entry);
		}
	}
}

/** A server that was listed and waits for the person's word. */
export interface ListedServer {
	readonly candidate: Candidate;
	readonly collected: CollectedServer;
	/** With the version that was pinned. */
	readonly launch: Launch;
	/** Of that launch, in that place. */
	readonly id: string;
	readonly boundTo?: string;
	readonly name: string;
	readonly listed: ListedForReview;
}

/** Credentials of a server before it is looked at; undefined when the person left, or its file is being edited, which is told. */
export async function collectFor(deps: GuardDeps, candidate: Candidate): Promise<CollectedServer | undefined> {
	const { server, source } = candidate;
	if (deps.ui.hasUnsavedChanges(source.file)) {
		const shown = quoteForPerson(server.name, 60);
		deps.ui.error(
			say(
				'{0} has unsaved changes. Save or revert it, then guard “{1}” again.',
				quoteForPerson(source.file, 300),
				shown,
			),
		);
		return undefined;
	}
	const barred = deps.notListed?.(server);
	if (barred !== undefined) {
		deps.ui.error(cannotBeGuarded({ name: server.name, why: barred.why }), barred.button);
		return undefined;
	}
	return deps.collectCredentials(candidate);
}

/** Guards one server with questions and a review of its own. What is `known` of it already is not asked for again. */
export async function guardOne(
	deps: GuardDeps,
	candidate: Candidate,
	known: { readonly collected?: CollectedServer; readonly lookUp?: true } = {},
): Promise<ServerEntry | undefined> {
	const collected = known.collected ?? (await collectFor(deps, candidate));
	if (collected === undefined) {
		return undefined;
	}
	for (let pinning = known.lookUp === true; ; pinning = true) {
		const reviewed = await reviewNew(deps, candidate, collected, pinning);
		if (reviewed !== 'pin') {
			return reviewed;
		}
		if (pinning) {
			const { server, source } = candidate;
			const [name, file] = [quoteForPerson(server.name, 60), quoteForPerson(source.file, 300)];
			deps.ui.error(say('No exact version of “{0}” can be found to pin. Name one in {1}.', name, file));
			return undefined;
		}
	}
}

/** From the launch to the entry in the registry and out of the file. `pin`: the person wants a version looked up first. */
async function reviewNew(
	deps: GuardDeps,
	candidate: Candidate,
	collected: CollectedServer,
	lookUp: boolean,
): Promise<ServerEntry | 'pin' | undefined> {
	const { registry } = deps;
	const { file, folder } = candidate.source;
	const { launch: unpinned, values } = collected;
	const pinned = await pinnedLaunch(deps, unpinned, values, { folder, lookUp });
	if (lookUp && pinned.pinnedTo === undefined) {
		return 'pin';
	}
	const { launch } = pinned;
	const placed = idOfCandidate(deps, candidate.source, launch);
	const { id } = placed;
	const existing = registry.find(id);
	if (existing !== undefined) {
		return takeOutAgain(deps, candidate, existing);
	}
	const name = freeName(registry.all(), candidate, id);
	if (name === undefined) {
		tellNoName(deps, candidate);
		return undefined;
	}
	const listed = await listForReview(deps, {
		...{ id, name, values, file, ...pinned },
		...(folder !== undefined && { folder }),
	});
	if (listed === undefined) {
		await deps.forgetSignIn?.(id);
		return undefined;
	}
	return reviewListed(deps, { candidate, collected, launch, ...placed, name, listed });
}

/** Says that every name that a server could have is taken. */
export function tellNoName({ ui }: Pick<GuardDeps, 'ui'>, { server }: Candidate): void {
	const shown = quoteForPerson(server.name, 60);
	ui.error(say('“{0}” cannot be guarded: other guarded servers have that name already.', shown));
}

/** The review page of a server that was listed, and what follows from the person's word. */
export async function reviewListed(deps: GuardDeps, server: ListedServer): Promise<ServerEntry | 'pin' | undefined> {
	const decision = await deps.ui.review(await requestOf(deps, server, deps.registry.all()));
	if (decision === undefined || decision === 'pin') {
		await deps.forgetSignIn?.(server.id);
		return decision;
	}
	return keepListed(deps, server, decision);
}

/** What the person is asked about a server that was listed. */
export async function requestOf(
	deps: GuardDeps,
	{ candidate, collected, launch, id, name, listed: { surface, supply } }: ListedServer,
	others: readonly ServerEntry[],
): Promise<ReviewRequest> {
	const origin = keptOrigin(candidate.source);
	const { credentials } = collected;
	const probe = await deps.probeOf?.(id);
	return {
		...{ serverName: name, launch, origin, surface, supply, credentials, removed: [], others },
		tools: reviewsOf(deps, { name, launch }, surface),
		...(probe !== undefined && { probe }),
		...(deps.principalOf !== undefined && { principal: deps.principalOf(id) }),
		...(deps.pinProposal !== undefined && launch.kind === 'stdio' && { canPin: true as const }),
	};
}

/** Registers what the person decided and takes the server out of its file; undefined where that failed, which is told. */
export async function keepListed(
	deps: GuardDeps,
	server: ListedServer,
	decision: ReviewDecision,
): Promise<ServerEntry | undefined> {
	const { candidate, collected, id } = server;
	const entry = entryOf(deps, server, decision);
	const problem = await register(deps, candidate, entry, collected.values);
	if (problem !== undefined) {
		await deps.forgetSignIn?.(id);
		const shown = quoteForPerson(candidate.server.name, 60);
		deps.ui.error(say('“{0}” is not guarded and nothing was changed: {1}.', shown, quoteForPerson(problem, 400)));
		return undefined;
	}
	return entry;
}

/** The entry that a decision about a listed server makes. */
export function entryOf(
	deps: Pick<GuardDeps, 'clock' | 'reviewer'>,
	{ candidate, collected, launch, id, boundTo, name, listed }: ListedServer,
	decision: ReviewDecision,
): ServerEntry {
	const origin = keptOrigin(candidate.source);
	const { credentials } = collected;
	const before = serverIdOf(collected.launch, boundTo) === id ? undefined : readLaunchSource(collected.launch).spec;
	const from = before === undefined ? {} : { pinnedFrom: before };
	const entry = {
		id,
		name,
		launch,
		origin,
		credentials,
		...(boundTo !== undefined && { boundTo }),
		...from,
	};
	return reviewedEntry(deps, entry, listed, decision);
}
