import { base58 } from '@scure/base';
import { fromBase64Url } from '../../base/base64Url';
import { isWeakKey, jwkOf, type PublicJwk } from './publicJwk';

/** A DID that is understood (W3C DID 1.0 §3.1; did:key and did:web alone). */
export type Did =
	| { readonly method: 'key'; readonly text: string; readonly key: PublicJwk }
	| {
			readonly method: 'web';
			readonly text: string;
			/** Lower-case name, with a port where it is not 443. */
			readonly host: string;
			/** Decoded. */
			readonly segments: readonly string[];
	  };

const MAX_DID = 1_024;
/** Multicodec of an Ed25519 public key. */
const ED25519 = [0xed, 0x01] as const;
/** Names by the rules of hosts (RFC 1123 §2.1); underscores, blanks and other scripts have no place in them. */
const NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/;
/** What a segment may be made of, encoded (did:web §2.1: idchar and percent-encoding). */
const SEGMENT = /^(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+$/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const WRONG_IN_SEGMENT = /[\u0000-\u0020\u007f-\u009f/\\@?#:%]/;

/** Parses a DID strictly. Undefined for other methods and for what could name two things. Attacker-controlled. */
export function parseDid(text: string): Did | undefined {
	if (text.length > MAX_DID) {
		return undefined;
	}
	if (text.startsWith('did:key:')) {
		const key = keyOf(text.slice('did:key:'.length));
		return key && { method: 'key', text, key };
	}
	return text.startsWith('did:web:') ? parseWeb(text) : undefined;
}

/** The did:key of a key (did:key §3.1.2: `z`, base58btc of the multicodec and 32 bytes). */
export function didKeyOf({ x }: Pick<PublicJwk, 'x'>): string {
	return `did:key:z${base58.encode(Uint8Array.from([...ED25519, ...fromBase64Url(x)]))}`;
}

/** The key that a did:key is; undefined for every other text. */
export function jwkOfDidKey(text: string): PublicJwk | undefined {
	const did = parseDid(text);
	return did?.method === 'key' ? did.key : undefined;
}

/** The key of a multibase text `z…` (publicKeyMultibase); undefined for what is no Ed25519 key. Attacker-controlled. */
export function keyOfMultibase(text: string): PublicJwk | undefined {
	return text.length > 128 ? undefined : keyOf(text);
}

/** Where the document of a did:web is (did:web §3.2). */
export function didDocumentUrl({ host, segments }: Did & { method: 'web' }): string {
	const path = segments.length === 0 ? '.well-known' : segments.map(encodeURIComponent).join('/');
	return `https://${host}/${path}/did.json`;
}

function keyOf(multibase: string): PublicJwk | undefined {
	if (!/^z[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(multibase)) {
		return undefined;
	}
	const bytes = base58.decode(multibase.slice(1));
	if (bytes.length !== 34 || bytes[0] !== ED25519[0] || bytes[1] !== ED25519[1]) {
		return undefined;
	}
	const key = jwkOf(bytes.slice(2));
	return isWeakKey(key) ? undefined : key;
}

function parseWeb(text: string): Did | undefined {
	const [first = '', ...rest] = text.slice('did:web:'.length).split(':');
	const host = hostOf(first);
	const segments = rest.map(segmentOf);
	return host === undefined || segments.includes(undefined)
		? undefined
		: { method: 'web', text, host, segments: segments.filter(segment => segment !== undefined) };
}

/** INVARIANT: what comes back is a host to every URL parser: a name, never an address in whatever notation. */
function hostOf(encoded: string): string | undefined {
	const [, name = '', port] = /^([A-Za-z0-9.-]+)(?:%3[Aa](\d{1,5}))?$/.exec(encoded) ?? [];
	const host = name.toLowerCase().replace(/\.$/, '');
	if (!NAME.test(host) || host.length > 253 || /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(host)) {
		return undefined;
	}
	if (port === undefined) {
		return host;
	}
	const number = Number(port);
	if (number < 1 || number > 65_535 || port.startsWith('0')) {
		return undefined;
	}
	return number === 443 ? host : `${host}:${port}`;
}

function segmentOf(encoded: string): string | undefined {
	if (!SEGMENT.test(encoded)) {
		return undefined;
	}
	try {
		const segment = decodeURIComponent(encoded);
		return segment === '.' || segment === '..' || WRONG_IN_SEGMENT.test(segment) ? undefined : segment;
	} catch {
		return undefined;
	}
}
