import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type BadgeClaims, type BadgeErrorCode } from './badge';
import { isPlainHeader, readCompactJws, readJson } from './compactJws';
import { jwkOfDidKey, parseDid } from './did';
import { originOf } from './issuerOrigin';
import { readPublicJwk } from './publicJwk';
import { isTrustLevel, reaches } from './trustLevel';

/** `typ` of a badge. */
export const BADGE_TYP = 'JWT';
/** Seconds that a badge may live (RFC-002 §4.3). */
export const MAX_BADGE_LIFE = 3_600;

/** A badge before anything of it is proven. */
export type ReadBadge =
	| { readonly ok: true; readonly claims: BadgeClaims; readonly kid?: string; readonly typ: string | undefined }
	| {
			readonly ok: false;
			readonly code: BadgeErrorCode & ('BADGE_MALFORMED' | 'BADGE_CLAIMS_INVALID');
			readonly detail: string;
	  };

/** Random ones (RFC-002 §4.3), and those that begin with the time (RFC 9562 §5.7), which our own badges have. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const MAX_AUDIENCES = 64;
const MAX_TEXT = 1_024;

const malformed = (detail: string): ReadBadge => ({ ok: false, code: 'BADGE_MALFORMED', detail });

class WrongClaim extends Error {}

/** Steps 1 and 2 of RFC-002 §8.1: the form of token, header and claims; `dev` forgives an absent `typ`. Total; attacker-controlled. */
export function readBadge(token: string, profile?: 'dev'): ReadBadge {
	const jws = readCompactJws(token);
	if (jws === undefined) {
		return malformed('It is no JWS in compact serialisation.');
	}
	const { header } = jws;
	const typ = profile === 'dev' && header.typ === undefined ? undefined : BADGE_TYP;
	if (!isPlainHeader(header, typ)) {
		return malformed('Its header has to say alg EdDSA and typ JWT, and nothing critical.');
	}
	const { kid } = header;
	if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_TEXT)) {
		return malformed('The id of its key is no text.');
	}
	const payload = readJson(jws.payload);
	if (payload === undefined) {
		return malformed('Its payload is no plain JSON object.');
	}
	try {
		const claims = readClaims(payload);
		checkTogether(claims);
		return { ok: true, claims, typ, ...(kid !== undefined && { kid }) };
	} catch (error) {
		if (error instanceof WrongClaim) {
			return { ok: false, code: 'BADGE_CLAIMS_INVALID', detail: error.message };
		}
		throw error;
	}
}

function wrong(detail: string): never {
	throw new WrongClaim(detail);
}

function readClaims(payload: JsonObject): BadgeClaims {
	const { jti, iss, sub, aud, iat, exp, nbf, ial, cnf, vc } = payload;
	const key = readPublicJwk(payload.key) ?? wrong('It holds no Ed25519 key of its subject.');
	const subject = subjectOf(vc);
	const { level, domain, issuance_profile: profile } = subject;
	return {
		jti: typeof jti === 'string' && UUID.test(jti) ? jti : wrong('Its id is no UUID.'),
		iss: issuerOf(iss),
		sub: typeof sub === 'string' && parseDid(sub) !== undefined ? sub : wrong('Its subject is no DID.'),
		...(aud !== undefined && { aud: audiencesOf(aud) }),
		iat: timeOf(iat, 'iat'),
		exp: timeOf(exp, 'exp'),
		...(nbf !== undefined && { nbf: timeOf(nbf, 'nbf') }),
		ial: ial === '0' || ial === '1' ? ial : wrong('Its ial is neither "0" nor "1".'),
		key,
		...(cnf !== undefined && { cnfKid: confirmationOf(cnf) }),
		level: isTrustLevel(level) ? level : wrong('Its level is none of "0" to "4".'),
		...(domain !== undefined && { domain: domainOf(domain) }),
		...(profile !== undefined && {
			issuanceProfile:
				profile === 'registered' || profile === 'anonymous_dv'
					? profile
					: wrong('Its issuance profile is unknown.'),
		}),
	};
}

/** What has to hold among the claims. */
function checkTogether({ iss, sub, iat, exp, ial, key, cnfKid, level, domain }: BadgeClaims): void {
	if (exp <= iat || exp - iat > MAX_BADGE_LIFE) {
		wrong('It ends before it begins, or lives longer than an hour.');
	}
	if ((ial === '1') !== (cnfKid !== undefined)) {
		wrong('It has cnf exactly where its ial is "1".');
	}
	const selfSigned = iss.startsWith('did:');
	if (selfSigned !== (level === '0')) {
		wrong('Level 0 is what keys issue to themselves, and nothing else is.');
	}
	if (level === '0' && ial === '1') {
		wrong('Nobody attests the key of level 0.');
	}
	if (selfSigned && iss !== sub) {
		wrong('What a key issues to itself has itself as its subject.');
	}
	if (selfSigned && jwkOfDidKey(sub)?.x !== key.x) {
		wrong('Its key is not the one that its subject is named after.');
	}
	if (reaches(level, '2') && domain === undefined) {
		wrong('From level 2 on a domain is validated.');
	}
}

/** An HTTPS origin, in its one form, or a did:key. Other DIDs are reserved (RFC-002 §4.3). */
function issuerOf(iss: JsonValue | undefined): string {
	if (typeof iss !== 'string' || iss.length > MAX_TEXT) {
		return wrong('Its issuer is no text.');
	}
	if (jwkOfDidKey(iss) !== undefined) {
		return iss;
	}
	return originOf(iss) ?? wrong('Its issuer is neither an HTTPS origin nor a did:key.');
}

function audiencesOf(aud: JsonValue): readonly string[] {
	return isJsonArray(aud) &&
		aud.length <= MAX_AUDIENCES &&
		aud.every(one => typeof one === 'string' && one.length <= MAX_TEXT)
		? (aud as readonly string[])
		: wrong('Its audience is no list of texts.');
}

function timeOf(value: JsonValue | undefined, name: string): number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
		? value
		: wrong(`Its ${name} is no whole number of seconds.`);
}

function confirmationOf(cnf: JsonValue): string {
	const kid = isJsonObject(cnf) ? cnf.kid : undefined;
	return typeof kid === 'string' && kid.length <= MAX_TEXT && kid.startsWith('did:')
		? kid
		: wrong('Its cnf names no key of a DID document.');
}

function subjectOf(vc: JsonValue | undefined): JsonObject {
	const type = isJsonObject(vc) ? vc.type : undefined;
	if (!isJsonArray(type) || !type.includes('VerifiableCredential') || !type.includes('AgentIdentity')) {
		return wrong('It is no credential of an agent’s identity.');
	}
	const subject = isJsonObject(vc) ? vc.credentialSubject : undefined;
	return isJsonObject(subject) ? subject : wrong('Its credential says nothing of its subject.');
}

function domainOf(domain: JsonValue): string {
	return typeof domain === 'string' && domain.length > 0 && domain.length <= 253 && /^[A-Za-z0-9.-]+$/.test(domain)
		? domain.toLowerCase()
		: wrong('Its domain is no domain name.');
}
