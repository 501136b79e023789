import { canonicalForms } from '../policy/canonicalForms';
import { type HostFacts, type OwnPlaces } from '../policy/facts';
import { isMetadataHost } from '../policy/hostClass';
import { isWithin } from '../policy/pathSegments';
import { protectionFor } from '../policy/protection';
import { readUrl } from '../policy/urlReadings';
import { type Finding } from './finding';
import { svgFlaw } from './mediaFlaw';
import { decodedHead, SIGNATURE_BYTES, signatureOf } from './mediaType';

/** What an address in an answer is held against. */
export interface LinkPlaces {
	readonly host: HostFacts;
	readonly ownPlaces: OwnPlaces;
	/** Canonical hosts, with port where one is written, that the server itself lives at: it may speak of itself. */
	readonly ownHosts: readonly string[];
}

/** What is wrong with an address. */
export interface LinkFlaw {
	readonly rule:
		| 'resource-link-protected'
		| 'resource-link-outside'
		| 'resource-link-unclear'
		| 'resource-link-metadata'
		| 'resource-link-loopback'
		| 'resource-link-private'
		| 'resource-link-code';
	readonly severity: Finding['severity'];
	/** One sentence of ours. */
	readonly advice: string;
}

const FLAWS = {
	'resource-link-protected': ['medium', 'The address leads to a place that tools may not touch.'],
	'resource-link-outside': ['low', 'The address leads to a file outside of the workspace.'],
	'resource-link-unclear': ['medium', 'It cannot be told where the address leads.'],
	'resource-link-metadata': ['medium', 'The address leads to a metadata service, which hands out credentials.'],
	'resource-link-loopback': ['medium', 'The address leads to this machine.'],
	'resource-link-private': ['low', 'The address leads into a private network.'],
	'resource-link-code': ['medium', 'Whoever follows the address runs program code or a command of the editor.'],
} as const;

/** Ids of the findings about addresses. */
export const LINK_RULES: readonly string[] = Object.keys(FLAWS);

function flaw(rule: LinkFlaw['rule']): LinkFlaw {
	const [severity, advice] = FLAWS[rule];
	return { rule, severity, advice };
}

/** Longer than this is no address that anybody follows; pictures in `data:` have a limit of their own. */
const MAX_LINK = 8_192;

/** Schemes whose addresses run something: scripts, commands of editors and of the system. */
const CODE =
	/^(?:javascript|vbscript|livescript|command|vscode(?:-[a-z]{1,24})*|code-oss|vscodium|cursor|windsurf|zed|jetbrains|ms-[a-z-]{1,40}|shell|search-ms|jar|view-source|cmd|powershell|x-apple\.[a-z.]{1,40}|itms-services|intent|wscript|mhtml|hcp)$/;

/**
 * What is wrong with an attacker-controlled address that an answer offers: the `uri` of a resource or link, the `src` of an
 * icon. By its text alone: the disk is not asked. Undefined where nothing is; schemes of the server's own lead nowhere.
 */
export function linkFlaw(uri: string, places: LinkPlaces): LinkFlaw | undefined {
	// As parsers do before they look for a scheme (WHATWG URL §4.4).
	const text = uri
		.slice(0, MAX_LINK + 1)
		.replace(/[\t\n\r]/g, '')
		// eslint-disable-next-line no-control-regex -- control characters are what is taken away
		.replace(/^[\u0000-\u0020]+/, '');
	const scheme = /^([a-z][a-z0-9+.-]{0,40}):/i.exec(text)?.[1]?.toLowerCase();
	if (scheme === 'data') {
		return dataFlaw(uri);
	}
	if (uri.length > MAX_LINK) {
		return flaw('resource-link-unclear');
	}
	if (scheme !== undefined && CODE.test(scheme)) {
		return flaw('resource-link-code');
	}
	// A single letter is a drive.
	if (scheme === undefined || scheme === 'file' || scheme.length === 1) {
		return text === '' ? undefined : pathFlaw(text, scheme, places);
	}
	return hostFlaw(text, WEB.test(scheme), places);
}

/** Schemes that everybody follows to the host; others are names of the server's own (`postgres://localhost/db/table`). */
const WEB = /^(?:https?|wss?|ftps?|sftp)$/;

function pathFlaw(text: string, scheme: string | undefined, { host, ownPlaces }: LinkPlaces): LinkFlaw | undefined {
	const forms = canonicalForms(text, { host, root: host.workspaceFolders[0] });
	const { candidates, problem } = forms;
	const own = [...ownPlaces.folders, ...ownPlaces.files];
	const protectedPlace = candidates.some(
		path =>
			own.some(place => isWithin(path, place, host)) ||
			protectionFor(path, 'filesystem.read', host)?.effect === 'deny',
	);
	if (protectedPlace) {
		return flaw('resource-link-protected');
	}
	if (problem === 'remote' && scheme === undefined) {
		// `//host/path` is an address of the web to some, and a share to others.
		return flaw('resource-link-unclear');
	}
	if (problem !== undefined && scheme !== undefined) {
		return flaw('resource-link-unclear');
	}
	const outside = candidates.some(path => !host.workspaceFolders.some(folder => isWithin(path, folder, host)));
	return outside && scheme !== undefined ? flaw('resource-link-outside') : undefined;
}

function hostFlaw(text: string, web: boolean, { ownHosts }: LinkPlaces): LinkFlaw | undefined {
	const { readings, problem } = readUrl(text, false);
	const others = readings.filter(
		({ host, port }) => !ownHosts.includes(host) && !ownHosts.includes(`${host}:${String(port)}`),
	);
	const kinds = new Set(others.flatMap(({ kind }) => kind ?? []));
	const hosts = others.flatMap(({ host, behind = [] }) => [host, ...behind]);
	if (kinds.has('link-local') || hosts.some(isMetadataHost)) {
		return flaw('resource-link-metadata');
	}
	if (!web) {
		return undefined;
	}
	if (kinds.has('loopback')) {
		return flaw('resource-link-loopback');
	}
	return problem !== undefined
		? flaw('resource-link-unclear')
		: kinds.has('private')
			? flaw('resource-link-private')
			: undefined;
}

/** `data:` (RFC 2397) for a picture is a picture; anything else in there is a page or a program. */
function dataFlaw(uri: string): LinkFlaw | undefined {
	const comma = uri.slice(0, 512).indexOf(',');
	const head = comma < 0 ? '' : uri.slice(0, comma).toLowerCase();
	const type = /^\s{0,8}data:(image\/(?:png|jpe?g|gif|webp|svg\+xml|x-icon|vnd\.microsoft\.icon|avif))\b/.exec(
		head,
	)?.[1];
	if (type === undefined) {
		return flaw('resource-link-code');
	}
	const body = uri.slice(comma + 1);
	if (type !== 'image/svg+xml') {
		const fits = head.endsWith(';base64') && signatureOf(decodedHead(body, SIGNATURE_BYTES))?.startsWith('image/');
		return fits === true ? undefined : flaw('resource-link-code');
	}
	const svg = head.endsWith(';base64') ? decodedHead(body, 1_048_577) : percentDecoded(body);
	return svg === undefined || svgFlaw(svg) !== undefined ? flaw('resource-link-code') : undefined;
}

function percentDecoded(text: string): string | undefined {
	try {
		return decodeURIComponent(text);
	} catch {
		return undefined;
	}
}
