import { isJsonObject, type JsonObject } from '../base/json';
import { inSlices } from '../base/steps';
import { urlOf } from '../base/urlOf';
import { type Finding } from '../domain/inspection/finding';
import { addressFindings, type PartFinding, replaceParts, resultParts } from '../domain/inspection/resultParts';
import { canonicalHost } from '../domain/policy/urlReadings';
import { USUAL_PORT } from '../domain/registry/urlAuthority';
import { type PathContext } from './pathContext';
import { resolveOwnPlaces } from './protectedPaths';

/** A part of a message after its files and addresses were looked at. */
export interface CheckedParts {
	/** The very value that was given, where nothing was replaced. */
	readonly value: JsonObject;
	readonly findings: readonly PartFinding[];
}

/**
 * RESP-01, RESP-02: files and addresses in what a server says, whatever its texts say. What is not what it is called, and
 * what leads where it must not, is replaced by harmless values of ours. `keeps` says of which findings nothing is to be
 * replaced. Attacker-controlled.
 */
export async function checkParts(
	context: PathContext,
	value: JsonObject,
	keeps: (finding: Finding) => boolean = () => false,
): Promise<CheckedParts> {
	const { clock, breathe, host, paths } = context.ports;
	const { found, addresses } = await inSlices(resultParts(value), () => clock.monotonic(), breathe);
	const facts = host();
	const findings = [...found];
	if (addresses.length > 0) {
		// The disk is asked only where an answer names a place.
		const ownPlaces = await resolveOwnPlaces(facts, paths);
		findings.push(...addressFindings(addresses, { host: facts, ownPlaces, ownHosts: hostsOf(context) }));
	}
	const replaced = replaceParts(
		value,
		findings.filter(({ finding }) => !keeps(finding)),
	);
	return { value: isJsonObject(replaced) ? replaced : value, findings };
}

/** Where the server itself lives, when it is reached by HTTP: it may name its own host, be it this machine. */
function hostsOf({ review, server }: PathContext): readonly string[] {
	const launch = review.current().entry?.launch ?? server.launch;
	if (launch?.kind !== 'http') {
		return [];
	}
	const url = urlOf(launch.url);
	const host = url && canonicalHost(url.hostname);
	if (url === undefined || host === undefined) {
		return [];
	}
	const { port, protocol } = url;
	return [`${host}:${port === '' ? USUAL_PORT[protocol === 'https:' ? 'https' : 'http'] : port}`];
}
