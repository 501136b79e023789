import { type JsonObject, type JsonValue, isJsonObject, ownMember } from '../../base/json';
import { signCompactJws } from './compactJws';
import {
	isPopNonce,
	LEGACY_NONCE_KEY,
	LEGACY_PROOF_TYP,
	LEGACY_SIGNATURE_KEY,
	LEGACY_SIGNED_KEY,
	PROOF_KEY,
	PROOF_LIFE,
	PROOF_TYP,
	readChallenge,
} from './proofOfPossession';
import { type PublicJwk } from './publicJwk';
import { bindOf } from './serverPlace';

/** Who signs: a server, for its own DID and at its own place. */
export interface ProofSigner {
	readonly did: string;
	/** Its Ed25519 key. Never leaves the signer. */
	readonly privateJwk: PublicJwk & { readonly d: string };
	/** DID URL of the key; `did#…` by itself. */
	readonly kid?: string;
	/**
	 * Where it is. A proof for any other place is refused: that is what keeps another server from having ours sign. Over HTTP
	 * all origins that it is reached at; on stdio the digest of its launch where it knows it, else any launch is signed for.
	 */
	readonly place:
		| { readonly kind: 'http'; readonly origins: readonly string[] }
		| { readonly kind: 'stdio'; readonly launchDigest?: string };
	/** True where the first form is answered too (`capiscio_pop_nonce`), which can be relayed. */
	readonly legacy?: boolean;
}

/**
 * The members of a result's `_meta` that answer the challenges in `meta`, the `_meta` of the request: `initialize`, `ping` or
 * `server/discover`. Empty where there is none, or none that may be signed. INVARIANT: nothing is signed that the other side
 * chose but a nonce of 32 bytes, an audience and our own place, under a `typ` that no badge has. Never rejects.
 */
export async function answerChallenge(
	meta: JsonValue | undefined,
	signer: ProofSigner,
	nowSeconds: number,
): Promise<JsonObject> {
	return { ...(await answerSecond(meta, signer, nowSeconds)), ...(await answerFirst(meta, signer, nowSeconds)) };
}

async function answerSecond(meta: JsonValue | undefined, signer: ProofSigner, nowSeconds: number): Promise<JsonObject> {
	const challenge = readChallenge(meta);
	if (challenge === undefined || !isOwnPlace(challenge.bind, signer.place)) {
		return {};
	}
	const { nonce, aud, bind } = challenge;
	const claims = { v: 2, nonce, sub: signer.did, aud, bind, iat: nowSeconds, exp: nowSeconds + PROOF_LIFE };
	const jws = await sign(signer, PROOF_TYP, JSON.stringify(claims));
	return jws === undefined ? {} : { [PROOF_KEY]: jws };
}

async function answerFirst(meta: JsonValue | undefined, signer: ProofSigner, nowSeconds: number): Promise<JsonObject> {
	const nonce = ownMember(isJsonObject(meta) ? meta : undefined, LEGACY_NONCE_KEY);
	if (signer.legacy !== true || !isPopNonce(nonce)) {
		return {};
	}
	const jws = await sign(signer, LEGACY_PROOF_TYP, nonce);
	return jws === undefined ? {} : { [LEGACY_SIGNATURE_KEY]: jws, [LEGACY_SIGNED_KEY]: nowSeconds };
}

function isOwnPlace(bind: string, place: ProofSigner['place']): boolean {
	if (place.kind === 'http') {
		return place.origins.some(endpoint => bind === bindOf({ kind: 'http', endpoint }));
	}
	return place.launchDigest === undefined
		? /^stdio:[0-9a-f]{64}$/.test(bind)
		: bind === `stdio:${place.launchDigest}`;
}

async function sign(signer: ProofSigner, typ: string, text: string): Promise<string | undefined> {
	const kid = signer.kid ?? `${signer.did}#${signer.did.startsWith('did:key:') ? signer.did.slice(8) : 'keys-1'}`;
	try {
		return await signCompactJws({ alg: 'EdDSA', kid, typ }, new TextEncoder().encode(text), signer.privateJwk);
	} catch {
		return undefined;
	}
}
