import { type ServerEntry } from '../domain/registry/serverEntry';
import { NO_SURFACE } from '../domain/registry/surfacePin';
import {
	type Candidate,
	type CollectedServer,
	type GuardDeps,
	type ReviewDecision,
	type ReviewRequest,
} from './guardPorts';
import { needsOwnQuestion, needsOwnReview, type SeenServer, SERVERS_AT_ONCE } from './guardAllText';
import {
	announce,
	collectFor,
	entryOf,
	findToGuard,
	withoutBarred,
	guardOne,
	guardServers,
	keepListed,
	type ListedServer,
	mayStart,
	requestOf,
	reviewListed,
	tellNoName,
} from './guardServers';
import { launchToShow, type ShownLaunch, tellUnstartable } from './launchForReview';
import { launchContext, listForReview } from './listForReview';
import { pinnedLaunch, type PinnedLaunch } from './pinnedLaunch';
import { freeName, idOfCandidate } from './registerServer';
import { findingsOf, reviewPage } from './reviewPage';
import { ReviewSession } from './reviewSession';

/** What a person says to a list of servers: all of it, each by itself, or nothing (undefined). */
export type AnswerToAll = 'all' | 'one-by-one' | undefined;

/** The two questions of one gesture. */
export interface GuardAllUi {
	confirmLaunches(launches: readonly ShownLaunch[]): Promise<AnswerToAll>;
	/** `apart` have a review of their own afterwards. */
	approveAll(clear: readonly SeenServer[], apart: readonly SeenServer[]): Promise<AnswerToAll>;
}

interface Prepared {
	readonly candidate: Candidate;
	readonly collected: CollectedServer;
	readonly pinned: PinnedLaunch;
	readonly id: string;
	readonly boundTo?: string;
	readonly name: string;
	readonly shown: ShownLaunch;
}

interface Seen extends SeenServer {
	readonly server: ListedServer;
}

/**
 * "Guard All MCP Servers…": every server that was found, in one gesture. One question lists every launch whole, one lists what
 * those servers can do; what has a grave finding, or a launch that has to be warned of, is asked about by itself, as
 * {@link guardServers} does. INVARIANT: nothing starts, and nothing is approved, that the person was not shown. With `only`, those candidates are meant.
 */
export async function guardAllServers(
	deps: GuardDeps,
	ui: GuardAllUi,
	only?: (candidate: Candidate) => boolean,
): Promise<readonly ServerEntry[]> {
	if (!mayStart(deps)) {
		return [];
	}
	const found = await findToGuard(deps);
	const candidates = only === undefined ? withoutBarred(deps, found).candidates : found.candidates.filter(only);
	if (candidates.length < 2) {
		return guardServers(deps, candidates.length === 0 ? undefined : candidate => candidates.some(same(candidate)));
	}
	const { together, alone } = await prepareAll(deps, candidates);
	const guarded: ServerEntry[] = [];
	const keep = (entry: ServerEntry | undefined) => {
		if (entry !== undefined) {
			guarded.push(entry);
			deps.onGuarded?.(entry);
		}
	};
	const { listed, apart, left } = await listAll(deps, ui, together);
	const seen = await lookAt(deps, listed);
	const clear = seen.filter(({ decision }) => decision !== undefined);
	const grave = seen.filter(({ decision }) => decision === undefined);
	for (let from = 0; from < clear.length; from += SERVERS_AT_ONCE) {
		const some = clear.slice(from, from + SERVERS_AT_ONCE);
		const answer = await ui.approveAll(some, grave);
		for (const { server, decision } of some) {
			if (answer === 'all' && decision !== undefined) {
				keep(await keepListed(deps, server, decision));
			} else if (answer === 'one-by-one') {
				keep(await reviewOne(deps, server));
			} else {
				await deps.forgetSignIn?.(server.id);
			}
		}
	}
	for (const { server } of grave) {
		keep(await reviewOne(deps, server));
	}
	for (const { candidate, collected } of left ? [] : [...apart, ...alone]) {
		keep(await guardOne(deps, candidate, collected && { collected }));
	}
	if (guarded.length > 0) {
		await announce(deps, guarded);
	}
	return guarded;
}

function same(one: Candidate): (other: Candidate) => boolean {
	return ({ server, source }) => source.file === one.source.file && server.name === one.server.name;
}

/** A server that is asked about by itself; what was collected for it already is not asked for again. */
type Alone = Pick<Prepared, 'candidate'> & Partial<Pick<Prepared, 'collected'>>;

/** What one question can list, and what has one of its own: known already, twice in the list, or with something to warn of. */
async function prepareAll(
	deps: GuardDeps,
	candidates: readonly Candidate[],
): Promise<{ readonly together: readonly Prepared[]; readonly alone: readonly Alone[] }> {
	const together: Prepared[] = [];
	const alone: Alone[] = [];
	for (const candidate of candidates) {
		const { server, source } = candidate;
		if (deps.registry.find(idOfCandidate(deps, source, server.launch).id) !== undefined) {
			alone.push({ candidate });
			continue;
		}
		const collected = await collectFor(deps, candidate);
		if (collected === undefined) {
			continue;
		}
		const { file, folder } = source;
		const pinned = await pinnedLaunch(deps, collected.launch, collected.values, { folder, lookUp: false });
		const placed = idOfCandidate(deps, source, pinned.launch);
		const { id } = placed;
		if (deps.registry.find(id) !== undefined || together.some(each => each.id === id)) {
			alone.push({ candidate, collected });
			continue;
		}
		const name = freeName([...deps.registry.all(), ...together], candidate, id);
		if (name === undefined) {
			tellNoName(deps, candidate);
			continue;
		}
		const launch = launchToShow({ name, values: collected.values, file, ...pinned }, launchContext(deps, folder));
		if ('problem' in launch) {
			tellUnstartable(deps.ui, name, launch.problem);
		} else if (needsOwnQuestion(launch.shown)) {
			alone.push({ candidate, collected });
		} else {
			together.push({ candidate, collected, pinned, ...placed, name, shown: launch.shown });
		}
	}
	return { together, alone };
}

/** Asks about the launches and lists what may be started. `left`: the person dismissed the question, and nothing follows. */
async function listAll(
	deps: GuardDeps,
	ui: GuardAllUi,
	together: readonly Prepared[],
): Promise<{ readonly listed: readonly ListedServer[]; readonly apart: readonly Alone[]; readonly left: boolean }> {
	const wanted: Prepared[] = [];
	const apart: Alone[] = [];
	for (let from = 0; from < together.length; from += SERVERS_AT_ONCE) {
		const some = together.slice(from, from + SERVERS_AT_ONCE);
		const answer = await ui.confirmLaunches(some.map(({ shown }) => shown));
		if (answer === undefined) {
			return { listed: [], apart: [], left: true };
		}
		(answer === 'all' ? wanted : apart).push(...some);
	}
	const listed: ListedServer[] = [];
	for (const { candidate, collected, pinned, id, boundTo, name, shown } of wanted) {
		const { file, folder } = candidate.source;
		const values = { id, name, values: collected.values, file, ...pinned, ...(folder !== undefined && { folder }) };
		const found = await listForReview(deps, values, shown);
		if (found === undefined) {
			await deps.forgetSignIn?.(id);
		} else {
			const bound = boundTo === undefined ? {} : { boundTo };
			listed.push({ candidate, collected, launch: pinned.launch, id, ...bound, name, listed: found });
		}
	}
	return { listed, apart, left: false };
}

/** What is found in each, also against those beside it; a decision only where nothing needs a look of its own. */
async function lookAt(deps: GuardDeps, listed: readonly ListedServer[]): Promise<readonly Seen[]> {
	const seen: Seen[] = [];
	const others: ServerEntry[] = [...deps.registry.all()];
	for (const server of listed) {
		const request = await requestOf(deps, server, others);
		const findings = findingsOf(request);
		const decision = needsOwnReview(findings) ? undefined : asItIs(request, deps.reviewer);
		seen.push({ server, request, findings, ...(decision !== undefined && { decision }) });
		others.push(entryOf(deps, server, decision ?? { ...NOTHING, tools: request.tools, owner: deps.reviewer }));
	}
	return seen;
}

/** For the comparison of names alone. */
const NOTHING = { surface: NO_SURFACE, ceiling: 'public' } as const;

/** The decision of a person who ticks everything and changes nothing, by the session that a review page has; undefined where that refuses. */
function asItIs(request: ReviewRequest, reviewer: string): ReviewDecision | undefined {
	const { items, ceiling, owner } = reviewPage(request, reviewer);
	const step = new ReviewSession(request, reviewer).hear({
		...{ kind: 'approve', accepted: items.map((_item, place) => place), ceiling, owner },
	});
	return step?.kind === 'end' && step.decision !== 'pin' ? step.decision : undefined;
}

/** The review page; where the person wants a version pinned, what is started is another launch, which is asked about anew. */
async function reviewOne(deps: GuardDeps, server: ListedServer): Promise<ServerEntry | undefined> {
	const reviewed = await reviewListed(deps, server);
	const { candidate, collected } = server;
	return reviewed === 'pin' ? guardOne(deps, candidate, { collected, lookUp: true }) : reviewed;
}
