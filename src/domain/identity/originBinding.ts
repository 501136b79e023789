import { urlOf } from '../../base/urlOf';
import { parseDid } from './did';
import { type ServerPlace } from './serverPlace';

/** How a DID stands to the address of a server. */
export type OriginBinding =
	| { readonly kind: 'ok' | 'not-applicable' | 'skipped' }
	| { readonly kind: 'failed'; readonly code: 'SERVER_DOMAIN_MISMATCH' | 'SERVER_PATH_MISMATCH' };

/** What besides the DID and the address decides about the binding. */
export interface BindingTerms {
	/** `http:` to this machine counts like `https:`; for tests and local servers. */
	readonly loopbackHttp?: boolean;
	/** The person said that the address is not to be compared. */
	readonly skip?: boolean;
	/**
	 * The verified badge's issuer and domain. A DID that lies at its issuer's host can never fit the server's own: then the
	 * domain that the issuer validated stands for it (RFC-007 §7.2 6, identity.md §3.4).
	 */
	readonly badge?: { readonly iss: string; readonly domain?: string };
}

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;
const MISMATCH: OriginBinding = { kind: 'failed', code: 'SERVER_DOMAIN_MISMATCH' };

/**
 * Holds a DID against the place of its server: host and port, and the segments of the DID against the first ones of the path.
 * On stdio, and for did:key, there is nothing to compare. Both are attacker-controlled; total.
 */
export function bindOrigin(didText: string, place: ServerPlace, terms: BindingTerms = {}): OriginBinding {
	const did = parseDid(didText);
	if (did === undefined) {
		return MISMATCH;
	}
	if (place.kind === 'stdio' || did.method === 'key') {
		return { kind: 'not-applicable' };
	}
	if (terms.skip === true) {
		return { kind: 'skipped' };
	}
	const url = addressOf(place.endpoint, terms.loopbackHttp === true);
	if (url === undefined) {
		return MISMATCH;
	}
	if (did.host !== hostOf(url)) {
		return atIssuer(did.host, url, terms.badge);
	}
	const path = segmentsOf(url);
	return path !== undefined && did.segments.every((segment, at) => path[at] === segment)
		? { kind: 'ok' }
		: { kind: 'failed', code: 'SERVER_PATH_MISMATCH' };
}

function atIssuer(host: string, url: URL, badge: BindingTerms['badge']): OriginBinding {
	const issuer = badge && urlOf(badge.iss);
	if (badge === undefined || issuer === undefined || hostOf(issuer) !== host) {
		return MISMATCH;
	}
	if (badge.domain === undefined) {
		// Registered, and no domain validated: nothing says where it is. Only a proof and the pin speak for it.
		return { kind: 'not-applicable' };
	}
	return badge.domain.toLowerCase().replace(/\.$/, '') === url.hostname.replace(/\.$/, '')
		? { kind: 'ok' }
		: MISMATCH;
}

function addressOf(endpoint: string, loopbackHttp: boolean): URL | undefined {
	const url = urlOf(endpoint);
	if (url === undefined || url.username !== '' || url.password !== '') {
		return undefined;
	}
	const local = loopbackHttp && url.protocol === 'http:' && LOOPBACK.test(url.hostname);
	return url.protocol === 'https:' || local ? url : undefined;
}

/** Host and port as {@link parseDid} has them: lower case, without a last dot, the port only where it is not the usual one. */
function hostOf(url: URL): string {
	return `${url.hostname.replace(/\.$/, '')}${url.port === '' ? '' : `:${url.port}`}`;
}

function segmentsOf(url: URL): readonly string[] | undefined {
	try {
		return url.pathname.slice(1).split('/').map(decodeURIComponent);
	} catch {
		return undefined;
	}
}
