import { isJsonObject, type JsonObject, type JsonValue, ownMember } from '../../base/json';
import { parseJson } from '../../base/strictJson';

/** Longest badge that is looked at, characters (identity.md §6.2, 8). */
export const MAX_BADGE_CHARS = 16 * 1024;
/** Longest text in `_meta` that is looked at, characters. */
export const MAX_META_CHARS = 32 * 1024;
/** Longest DID that is looked at, characters. */
export const MAX_DID_CHARS = 2048;

/** Where a server says who it is (RFC-007 §6): response headers, and `_meta` of `initialize` and `server/discover` results. */
export const DID_HEADER = 'capiscio-server-did';
export const BADGE_HEADER = 'capiscio-server-badge';
const DID_KEYS = ['capiscio_server_did', 'io.capisc/server_did'] as const;
const BADGE_KEYS = ['capiscio_server_badge', 'io.capisc/server_badge'] as const;
/** Where a server that is reached by URL may say it besides (RFC-007 §9). */
export const DISCOVERY_PATH = '/.well-known/capiscio/mcp-server.json';

/** What a server discloses of itself; nothing of it is proven. Attacker-controlled. */
export interface Disclosure {
	readonly did?: string;
	readonly badge?: string;
	/** Said twice, and not the same: counts as a DID that is not this server's. */
	readonly conflict?: true;
}

/** What a server discloses in the head of a response: names and values by turns, as `node:http` has them raw. */
export function readIdentityHeaders(raw: readonly string[]): Disclosure {
	const did = valuesOf(raw, DID_HEADER);
	const badge = valuesOf(raw, BADGE_HEADER);
	// A header that stands twice is read by one as its first, by another as its last, by a third as both with a comma.
	if (did.length > 1 || badge.length > 1) {
		return { conflict: true };
	}
	return disclosed(did[0], badge[0]);
}

/** What a server discloses in `_meta` of a result. What is no text counts as absent. Never throws. */
export function readIdentityMeta(meta: JsonValue | undefined): Disclosure {
	const object = isJsonObject(meta) ? meta : undefined;
	const [did, badge] = [textOf(object, DID_KEYS), textOf(object, BADGE_KEYS)];
	return did.conflict || badge.conflict ? { conflict: true } : disclosed(did.text, badge.text);
}

/** What a server discloses in its discovery document. */
export function readDiscoveryDocument(text: string): Disclosure {
	const parsed = text.length > 2 * MAX_META_CHARS ? undefined : parseJson(text, 'strict');
	const value = parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : undefined;
	const [did, badge] = [ownMember(value, 'server_did'), ownMember(value, 'server_badge')];
	return disclosed(typeof did === 'string' ? did : undefined, typeof badge === 'string' ? badge : undefined);
}

/** Two places of one answer as one; they must not speak of two servers. */
export function joinDisclosures(one: Disclosure, other: Disclosure): Disclosure {
	const differ = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b;
	if (one.conflict === true || other.conflict === true || differ(one.did, other.did)) {
		return { conflict: true };
	}
	if (differ(one.badge, other.badge)) {
		return { conflict: true };
	}
	return disclosed(one.did ?? other.did, one.badge ?? other.badge);
}

/** What one process discloses later in its session: a badge may be renewed; a DID may not. */
export function renewed(before: Disclosure, now: Disclosure): Disclosure {
	if (before.conflict === true || now.conflict === true) {
		return { conflict: true };
	}
	const { did = before.did, badge = before.badge } = now;
	return before.did !== undefined && did !== before.did ? { conflict: true } : disclosed(did, badge);
}

/** True when nothing at all was said. */
export function isSilent(disclosure: Disclosure): boolean {
	return disclosure.did === undefined && disclosure.badge === undefined && disclosure.conflict !== true;
}

/**
 * A result without what is said of identity in its `_meta`: badges and proofs are others at every start of one and the same
 * server. The same object where there is none.
 */
export function withoutIdentity(result: JsonObject): JsonObject {
	const { _meta: meta, ...rest } = result;
	if (!isJsonObject(meta) || !Object.keys(meta).some(isIdentityKey)) {
		return result;
	}
	const kept = Object.entries(meta).filter(([key]) => !isIdentityKey(key));
	return kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) };
}

function isIdentityKey(key: string): boolean {
	return key.startsWith('capiscio_') || key.startsWith('io.capisc/');
}

function disclosed(did: string | undefined, badge: string | undefined): Disclosure {
	return {
		...(did !== undefined && did !== '' && did.length <= MAX_DID_CHARS && { did }),
		...(badge !== undefined && badge !== '' && badge.length <= MAX_BADGE_CHARS && { badge }),
	};
}

function valuesOf(raw: readonly string[], name: string): readonly string[] {
	return raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name).map(value => value.trim());
}

function textOf(
	meta: JsonObject | undefined,
	keys: readonly string[],
): { readonly text: string | undefined; readonly conflict: boolean } {
	const texts = keys
		.map(key => ownMember(meta, key))
		.filter(value => typeof value === 'string')
		.filter(value => value.length <= MAX_META_CHARS);
	return { text: texts[0], conflict: texts.some(text => text !== texts[0]) };
}
