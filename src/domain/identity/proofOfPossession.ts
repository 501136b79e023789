import { toBase64Url } from '../../base/base64Url';
import { isJsonObject, type JsonObject, type JsonValue, ownMember } from '../../base/json';
import { readJson, verifyCompactJws } from './compactJws';
import { MAX_META_CHARS } from './disclosure';
import { type PublicJwk } from './publicJwk';

/** `_meta` of a request: a challenge of the second form; and of its result: the proof, a compact JWS. */
export const CHALLENGE_KEY = 'io.capisc/pop_challenge';
export const PROOF_KEY = 'io.capisc/pop_proof';
/** The first form (the reference's): `_meta` of `initialize`, and of its result. */
export const LEGACY_NONCE_KEY = 'capiscio_pop_nonce';
export const LEGACY_CREATED_KEY = 'capiscio_pop_created_at';
export const LEGACY_SIGNATURE_KEY = 'capiscio_pop_signature';
export const LEGACY_SIGNED_KEY = 'capiscio_pop_signed_at';

/** `typ` of the two forms. No other thing that a server signs has one of them, so that a proof is never taken for a badge. */
export const PROOF_TYP = 'mcp-pop+jws';
export const LEGACY_PROOF_TYP = 'pop+jws';

/** Seconds that a proof is good for at most, and that clocks may differ. */
export const PROOF_LIFE = 60;
export const PROOF_SKEW = 60;
/** Seconds that an answer of the first form may take. */
export const LEGACY_PROOF_AGE = 30;

/** What a server is asked to sign. INVARIANT: a nonce is asked once, of one process, and its answer counts once. */
export interface PopChallenge {
	readonly v: 2;
	/** 32 random bytes in base64url. */
	readonly nonce: string;
	/** Who asks. */
	readonly aud: string;
	/** Where the server is for us: `origin:https://host` or `stdio:` and the digest of its launch. */
	readonly bind: string;
}

/** How a proof turned out. `expired`: right, but not in time. */
export type ProofOutcome = 'ok' | 'failed' | 'expired';

/** True for a nonce that may be signed: 32 bytes in base64url, and so nothing that reads as claims. */
export function isPopNonce(value: unknown): value is string {
	return typeof value === 'string' && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(value);
}

/** A nonce from 64 hexadecimal digits of randomness. */
export function popNonce(hex: string): string {
	const bytes = Array.from({ length: 32 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));
	return toBase64Url(Uint8Array.from(bytes));
}

/** The members of `_meta` that ask. */
export function challengeMeta(challenge: PopChallenge): JsonObject {
	return { [CHALLENGE_KEY]: { ...challenge } };
}

/** The challenge in `_meta` of a request; undefined for what is none. Attacker-controlled where we are the server. */
export function readChallenge(meta: JsonValue | undefined): PopChallenge | undefined {
	const value = ownMember(isJsonObject(meta) ? meta : undefined, CHALLENGE_KEY);
	if (!isJsonObject(value)) {
		return undefined;
	}
	const { v, nonce, aud, bind } = value;
	return v === 2 && isPopNonce(nonce) && isShort(aud) && isShort(bind) ? { v, nonce, aud, bind } : undefined;
}

/** A text of `_meta` of a result, bounded. */
export function proofIn(
	meta: JsonValue | undefined,
	key: typeof PROOF_KEY | typeof LEGACY_SIGNATURE_KEY,
): string | undefined {
	const value = ownMember(isJsonObject(meta) ? meta : undefined, key);
	return typeof value === 'string' && value.length <= MAX_META_CHARS ? value : undefined;
}

/** What a proof is held against. Times are unix seconds. */
export interface ExpectedProof {
	readonly did: string;
	/** The key of the verified badge, or that of the did:key itself. */
	readonly key: PublicJwk;
	/** When it was asked for, by our clock. */
	readonly askedAt: number;
	/** When the answer came. */
	readonly answeredAt: number;
}

/** Verifies a proof of the second form. Never throws. */
export async function verifyProof(
	jws: string,
	challenge: PopChallenge,
	{ did, key, askedAt, answeredAt }: ExpectedProof,
): Promise<ProofOutcome> {
	const payload = await verifyCompactJws(jws, key, { typ: PROOF_TYP });
	const claims = payload === undefined ? undefined : readJson(payload);
	if (
		claims === undefined ||
		claims.v !== 2 ||
		claims.nonce !== challenge.nonce ||
		claims.sub !== did ||
		claims.aud !== challenge.aud ||
		claims.bind !== challenge.bind
	) {
		return 'failed';
	}
	const { iat, exp } = claims;
	if (!isTime(iat) || !isTime(exp) || exp <= iat || exp - iat > PROOF_LIFE) {
		return 'failed';
	}
	const fresh = answeredAt - askedAt <= PROOF_LIFE && iat <= answeredAt + PROOF_SKEW && exp > answeredAt - PROOF_SKEW;
	return fresh ? 'ok' : 'expired';
}

/**
 * Verifies a proof of the first form: the signed bytes are the text of the nonce. It names no place, so that a server may have
 * had another one sign it; it counts for less. Never throws.
 */
export async function verifyLegacyProof(
	jws: string,
	nonce: string,
	{ key, askedAt, answeredAt }: Omit<ExpectedProof, 'did'>,
	maxAge = LEGACY_PROOF_AGE,
): Promise<ProofOutcome> {
	const payload = await verifyCompactJws(jws, key, { typ: LEGACY_PROOF_TYP });
	if (payload === undefined || !isPopNonce(nonce) || new TextDecoder().decode(payload) !== nonce) {
		return 'failed';
	}
	const age = answeredAt - askedAt;
	return age >= 0 && age <= maxAge ? 'ok' : 'expired';
}

function isTime(value: JsonValue | undefined): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isShort(value: JsonValue | undefined): value is string {
	return typeof value === 'string' && value.length > 0 && value.length <= 512;
}
