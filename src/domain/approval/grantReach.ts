import { digestJson } from '../../base/digest';
import { type HostFacts } from '../policy/facts';
import { isWithin, type PathRules } from '../policy/pathSegments';
import { type UrlFact, type UrlReading } from '../policy/urlFact';
import { type GrantCall } from './grantCall';
import { type Grant, type GrantReach } from './grant';
import { envelopeAdmits } from './grantEnvelope';
import { hourReachOf } from './hourReach';

/** Digest of the open folders; undefined where none is open. */
export function workspaceDigest({ workspaceFolders }: HostFacts): string | undefined {
	return workspaceFolders.length === 0 ? undefined : digestJson([...workspaceFolders].sort());
}

/** Tools that go where a URL of theirs says. */
const NETWORK = /^(?:network|web|browser|http)\./;

/**
 * What a grant for this call covers: for file tools the folders that hold its paths, for network tools the hosts that its
 * URLs lead to, else the very call. Only where these are what the call does: a query or a command with a path beside it is
 * another call with every text.
 */
export function reachOf(
	call: Pick<GrantCall, 'binding' | 'digest' | 'paths' | 'possiblePaths' | 'urls' | 'secretPlaces'>,
): GrantReach {
	if (call.secretPlaces === true) {
		// INVARIANT: a grant holds no secret, on the disk, in the trail or on a screen (6).
		return { kind: 'call', digest: call.digest };
	}
	const { paths, possiblePaths, urls, binding } = call;
	// A tree is no file below a folder, and what lies right below a root has no folder that a person would mean.
	const judgeable = paths.every(
		path =>
			path.problem === undefined &&
			path.recursive !== true &&
			(path.globs ?? []).length === 0 &&
			path.candidates.length > 0 &&
			path.candidates.every(form => parentOf(form) !== form),
	);
	if (binding.capability.startsWith('filesystem.') && paths.length > 0 && judgeable && !urls.some(goesOut)) {
		const folders = [...new Set(paths.flatMap(path => path.candidates.map(parentOf)))].sort();
		// By their text alone: what may be a name beside the paths lies below the same folders, or the yes is for this call.
		const below = (form: string) => folders.some(folder => form.startsWith(`${folder}/`));
		const near = possiblePaths.every(
			({ candidates, globs = [], problem }) =>
				problem === undefined && globs.length === 0 && candidates.every(below),
		);
		return near ? { kind: 'folders', folders } : { kind: 'call', digest: call.digest };
	}
	const hosts = hostsOf(urls);
	if (NETWORK.test(binding.capability) && paths.length === 0 && hosts !== undefined) {
		return { kind: 'hosts', hosts };
	}
	return { kind: 'call', digest: call.digest };
}

/** How a grant stands to a call: `void` where what it is bound to has changed, `other` where it is about something else. */
export function grantCovers(grant: Grant, call: GrantCall, now: number, rules: PathRules): 'covers' | 'other' | 'void' {
	const [given, asked] = [grant.binding, call.binding];
	const sameHolder =
		given.serverId === asked.serverId &&
		(given.tool === asked.tool || grant.reach.kind === 'deeds') &&
		(grant.scope === 'workspace'
			? grant.workspace !== undefined && grant.workspace === call.workspace
			: grant.session === call.session);
	if (!sameHolder) {
		return 'other';
	}
	const stale =
		(given.tool === asked.tool && given.toolDigest !== asked.toolDigest) ||
		given.entryDigest !== asked.entryDigest ||
		given.policyDigest !== asked.policyDigest;
	if (stale || hasExpired(grant, now)) {
		return 'void';
	}
	return given.capability === asked.capability &&
		given.askedBy === asked.askedBy &&
		(grant.envelope === undefined || envelopeAdmits(grant.envelope, call, now)) &&
		reaches(grant.reach, call, rules)
		? 'covers'
		: 'other';
}

/** A workspace grant without an expiry has none that could be kept: it has expired. So has one for an hour. */
export function hasExpired(grant: Grant, now: number): boolean {
	return grant.expiresAt === undefined
		? grant.scope !== 'session'
		: now >= grant.expiresAt || now < grant.madeAt - MAX_SKEW_MS;
}

/** A clock that was set back by more than this makes grants from the future: they do not hold. */
const MAX_SKEW_MS = 5 * 60_000;

function reaches(reach: GrantReach, call: GrantCall, rules: PathRules): boolean {
	switch (reach.kind) {
		case 'call':
			return reach.digest === call.digest;
		case 'folders':
			return (
				reachOf(call).kind === 'folders' &&
				[...call.paths, ...call.possiblePaths].every(path =>
					path.candidates.every(form =>
						reach.folders.some(folder => isWithin(form, folder, rules) && !isWithin(folder, form, rules)),
					),
				)
			);
		case 'deeds': {
			const own = hourReachOf(call, rules);
			return own?.capability === reach.capability && own.folders.every(folder => reach.folders.includes(folder));
		}
		case 'hosts': {
			const own = reachOf(call);
			return own.kind === 'hosts' && own.hosts.every(host => reach.hosts.includes(host));
		}
	}
}

/** `scheme://host:port` of every URL that the call goes to; undefined where one cannot be read in one way only. */
export function hostsOf(urls: readonly UrlFact[]): readonly string[] | undefined {
	const destinations = urls.filter(({ destination }) => destination);
	const readings = destinations.flatMap(url => url.readings);
	const named = new Set(readings.map(({ host }) => host));
	const clear =
		destinations.length > 0 &&
		urls.every(
			url =>
				url.destination ||
				!goesOut(url) ||
				(url.problem === undefined && url.readings.every(({ host }) => named.has(host))),
		) &&
		destinations.every(url => url.problem === undefined && url.readings.length > 0) &&
		readings.every(({ scheme, host, port }) => scheme !== undefined && host !== '' && port !== undefined);
	return clear ? [...new Set(readings.map(originOf))].sort() : undefined;
}

/** `scheme://host:port`, as far as a URL says it. */
export function originOf({ scheme, host, port }: UrlReading): string {
	return `${scheme === undefined ? '' : `${scheme}://`}${host}${port === undefined ? '' : `:${String(port)}`}`;
}

/** Leads to a host, or may: under a key that says so, or as an address that stands by itself. */
function goesOut({ destination, possible, problem, readings }: UrlFact): boolean {
	return (destination || possible === true) && (problem !== undefined || readings.some(({ host }) => host !== ''));
}

/** A root by its canonical form: of a POSIX disk, of a drive, or of a share. */
const ROOT = /^(?:[A-Z]:|\/\/[^/]+(?:\/[^/]+)?)?$/i;

/** The folder of a canonical path; where that is a root, the path itself. */
function parentOf(path: string): string {
	const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
	const folder = path.slice(0, Math.max(cut, 0));
	return ROOT.test(folder) ? path : folder;
}
