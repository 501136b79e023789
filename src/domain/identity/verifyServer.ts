import { urlOf } from '../../base/urlOf';
import { type BadgeStanding, type Failure, standingOf } from './badgeStanding';
import { type BadgeResult, type VerifiedBadge } from './badge';
import { jwkOfDidKey, parseDid } from './did';
import { type Disclosure } from './disclosure';
import { bindOrigin, type OriginBinding } from './originBinding';
import { type Principal } from './principal';
import { comparePin, type RememberedPin } from './principalPin';
import { type PopChallenge, type ProofOutcome, verifyLegacyProof, verifyProof } from './proofOfPossession';
import { isPublishedKey, type PublicJwk, thumbprintOf } from './publicJwk';
import { type ServerPlace } from './serverPlace';
import { type VerifyConfig } from './verifyConfig';

/** An answer to a challenge of ours. Times are unix seconds, by our clock. */
export type GivenProof =
	| {
			readonly kind: 'second';
			readonly jws: string;
			readonly challenge: PopChallenge;
			readonly askedAt: number;
			readonly answeredAt: number;
	  }
	| {
			readonly kind: 'legacy';
			readonly jws: string;
			readonly nonce: string;
			readonly askedAt: number;
			readonly answeredAt: number;
	  };

/** All that is known of a server in one session. */
export interface ServerClaims {
	readonly disclosure: Disclosure;
	readonly place: ServerPlace;
	readonly proof?: GivenProof;
	readonly pin: RememberedPin;
}

/** What verification needs. */
export interface VerifyParts {
	/** Verifies a badge under the same trust as the configuration; never rejects. */
	readonly badge: (token: string) => Promise<BadgeResult>;
	/** Unix seconds. */
	readonly now: number;
}

interface Facts {
	readonly did: string;
	readonly result: BadgeResult | undefined;
	readonly binding: OriginBinding;
	readonly proof: Principal['proof'];
	readonly late: boolean;
	readonly thumbprint: string | undefined;
	readonly pin: 'none' | 'match' | 'changed';
	readonly standing: BadgeStanding;
}

/**
 * Who a server is (RFC-007 §7.2, identity.md §3.3): disclosure, badge, level, revocation, address, proof and pin in one place.
 * VERIFIED_PRINCIPAL takes a badge that holds, an address that fits or says nothing, and possession of the badge's key: shown by
 * a proof, or by the certificate of the host that the DID names. Total: whatever the server says gives a principal.
 */
export async function verifyServer(claims: ServerClaims, config: VerifyConfig, parts: VerifyParts): Promise<Principal> {
	const { disclosure, pin } = claims;
	if (disclosure.conflict === true) {
		return unverified(claims, parts, { code: 'SERVER_DID_MISMATCH', blocks: true });
	}
	const { did } = disclosure;
	if (did === undefined) {
		return unverified(claims, parts, { code: 'SERVER_IDENTITY_MISSING', blocks: false });
	}
	const ownKey = jwkOfDidKey(did);
	// Whoever has read the standards can prove such a key.
	const everybodys = ownKey !== undefined && isPublishedKey(ownKey) && config.development !== true;
	if (everybodys || parseDid(did) === undefined) {
		return unverified(claims, parts, { code: 'SERVER_DID_RESOLUTION_FAILED', blocks: false });
	}
	const result = disclosure.badge === undefined ? undefined : await parts.badge(disclosure.badge);
	const badge = result?.ok === true ? result.badge : undefined;
	const key = badge === undefined ? ownKey : badge.key;
	const rebound = badge !== undefined && (badge.sub !== did || (ownKey !== undefined && ownKey.x !== badge.key.x));
	const shown = await proofOf(claims, did, key);
	const thumbprint = key && thumbprintOf(key);
	const facts: Facts = {
		did,
		result,
		binding: bindingOf(did, claims.place, config, badge),
		...shown,
		thumbprint,
		pin: comparePin(pin, did, rebound ? undefined : thumbprint),
		standing: standingOf(result, did, rebound, config),
	};
	return conclude(facts, claims, config, parts.now);
}

function bindingOf(
	did: string,
	place: ServerPlace,
	config: VerifyConfig,
	badge: VerifiedBadge | undefined,
): OriginBinding {
	const skip = config.skipOriginBinding || throughGateway(place, config);
	return bindOrigin(did, place, {
		skip,
		loopbackHttp: config.development === true,
		...(badge !== undefined && { badge }),
	});
}

function throughGateway(place: ServerPlace, { trustedGateway }: VerifyConfig): boolean {
	if (trustedGateway === undefined || place.kind !== 'http') {
		return false;
	}
	const origin = urlOf(trustedGateway)?.origin;
	return origin !== undefined && urlOf(place.endpoint)?.origin === origin;
}

async function proofOf(
	{ proof }: ServerClaims,
	did: string,
	key: PublicJwk | undefined,
): Promise<{ readonly proof: Principal['proof']; readonly late: boolean }> {
	// Without a key that is known to be the server's, a signature says nothing, neither for it nor against it.
	if (proof === undefined || key === undefined) {
		return { proof: 'absent', late: false };
	}
	const { jws, askedAt, answeredAt } = proof;
	const expected = { did, key, askedAt, answeredAt };
	const outcome: ProofOutcome =
		proof.kind === 'second'
			? await verifyProof(jws, proof.challenge, expected)
			: await verifyLegacyProof(jws, proof.nonce, expected);
	const right = proof.kind === 'second' ? 'ok' : 'legacy';
	return { proof: outcome === 'ok' ? right : 'failed', late: outcome === 'expired' };
}

function conclude(facts: Facts, claims: ServerClaims, config: VerifyConfig, now: number): Principal {
	const { did, result, binding, proof, late, thumbprint, pin, standing } = facts;
	const failures: Failure[] = [...standing.failures];
	if (binding.kind === 'failed') {
		// Who shows a credential at another's address has taken it; a DID alone is no credential.
		failures.push({ code: binding.code, blocks: standing.good || claims.pin.kind !== 'none' });
	}
	if (proof === 'failed') {
		failures.push({ code: late ? 'SERVER_POP_EXPIRED' : 'SERVER_POP_FAILED', blocks: !late });
	} else if (standing.good && binding.kind !== 'failed' && !isShown(facts, claims.place, config)) {
		failures.push({ code: 'SERVER_POP_FAILED', blocks: false });
	}
	if (pin === 'changed') {
		failures.push({ code: 'SERVER_DID_MISMATCH', blocks: true });
	}
	const verified = failures.length === 0 && result?.ok === true;
	return {
		state: verified ? 'VERIFIED_PRINCIPAL' : 'DECLARED_PRINCIPAL',
		did,
		...(verified && { level: result.badge.level }),
		badge: result === undefined ? 'absent' : standing.good ? 'ok' : 'failed',
		proof,
		binding: binding.kind,
		pin,
		...told(failures),
		...badgeFacts(result),
		...(thumbprint !== undefined && { keyThumbprint: thumbprint }),
		...(claims.pin.kind === 'pinned' && { pinnedSince: claims.pin.pin.since }),
		checkedAt: now,
	};
}

/** Possession of the key, or what does for it. */
function isShown({ did, binding, proof }: Facts, place: ServerPlace, config: VerifyConfig): boolean {
	if (proof === 'ok' || (proof === 'legacy' && !config.requirePop)) {
		return true;
	}
	// The certificate of the host that the DID names, or of the gateway that stands for it.
	const certified = place.kind === 'http' && place.endpoint.toLowerCase().startsWith('https:');
	const named = did.startsWith('did:web:') && (binding.kind === 'ok' || throughGateway(place, config));
	return !config.requirePop && certified && named;
}

/** There is no one DID that it could be held to. */
function unverified({ disclosure, pin }: ServerClaims, { now }: VerifyParts, failure: Failure): Principal {
	const compared = comparePin(pin, undefined, undefined);
	const changed: Failure = { code: 'SERVER_DID_MISMATCH', blocks: true };
	return {
		state: 'UNVERIFIED_ORIGIN',
		...(disclosure.did !== undefined && { did: disclosure.did }),
		badge: 'absent',
		proof: 'absent',
		binding: 'not-applicable',
		pin: compared,
		...told(compared === 'changed' ? [failure, changed] : [failure]),
		...(pin.kind === 'pinned' && { pinnedSince: pin.pin.since }),
		checkedAt: now,
	};
}

/** Gravest first. */
function told(failures: readonly Failure[]): Pick<Principal, 'errors' | 'cause' | 'blocked'> {
	const ordered = [...failures.filter(({ blocks }) => blocks), ...failures.filter(({ blocks }) => !blocks)];
	const cause = ordered.find(failure => failure.cause !== undefined)?.cause;
	return {
		errors: [...new Set(ordered.map(({ code }) => code))],
		...(cause !== undefined && { cause }),
		blocked: failures.some(({ blocks }) => blocks),
	};
}

function badgeFacts(result: BadgeResult | undefined): Partial<Principal> {
	const claims = result === undefined ? undefined : result.ok ? result.badge : result.claims;
	if (claims === undefined) {
		return {};
	}
	const { iss, domain, jti, exp } = claims;
	const proven = result?.ok === true ? result.badge : undefined;
	return {
		...{ issuer: iss, jti, expires: exp },
		...(domain !== undefined && { domain }),
		...(proven !== undefined && { pinnedIssuerKey: proven.pinnedIssuerKey, revocation: proven.revocation }),
	};
}
