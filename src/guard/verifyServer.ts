import { type JsonValue } from '../base/json';
import { urlOf } from '../base/urlOf';
import { type BadgeErrorCode } from '../domain/identity/badge';
import { readIdentityHeaders, readIdentityMeta } from '../domain/identity/disclosure';
import { type IdentityFetch } from '../domain/identity/identityFetch';
import { type Principal, type PrincipalState, type ServerErrorCode } from '../domain/identity/principal';
import { type TrustLevel } from '../domain/identity/trustLevel';
import { BadgeVerifier } from '../domain/identity/verifyBadge';
import { verifyConfigOf } from '../domain/identity/verifyConfig';
import { verifyServer as verifyPrincipal } from '../domain/identity/verifyServer';
import { systemClock } from '../storage/system';
import { readLevel, readTrust } from './compiledGuard';
import { type TrustConfig } from './guardConfig';
import { GuardConfigError, ServerVerifyError } from './guardErrors';
import { identityFetch } from './identityFetch';

/** What a server says of itself; attacker-controlled. Both members are absent where it says nothing. */
export interface ServerIdentityClaims {
	readonly serverDid?: string;
	readonly serverBadge?: string;
	/** It says two things that contradict each other, or one of them twice: that is a mismatch, not an absence. */
	readonly conflict?: true;
}

/** A server, as it is to be verified. */
export interface VerifyServerInput extends ServerIdentityClaims {
	/** Origin that it was reached at (`https://mcp.example.com`). Absent: stdio, and then there is nothing to bind the DID to. */
	readonly transportOrigin?: string;
	/** Path of the MCP endpoint there. Absent: `/`. */
	readonly endpointPath?: string;
}

/** How a server is verified (`VerifyConfig` of the reference, RFC-007 §7.1). Each option has an effect. */
export interface VerifyConfig extends Omit<TrustConfig, 'offline'> {
	/** The least level. Absent: `0`, any badge that holds. */
	readonly minTrustLevel?: TrustLevel | 0 | 1 | 2 | 3 | 4;
	/** No network: pinned keys only. */
	readonly offlineMode?: boolean;
	/** The DID need not fit the address. */
	readonly skipOriginBinding?: boolean;
	/** For tests: unix milliseconds. */
	readonly now?: () => number;
	/** For tests: what documents of issuers are fetched with. */
	readonly fetch?: IdentityFetch;
}

/** Who a server is. */
export interface VerifyResult {
	readonly state: PrincipalState;
	/** Of a badge that holds; null is not `0`. */
	readonly trustLevel: TrustLevel | null;
	readonly serverDid?: string;
	readonly badgeJti?: string;
	/** Gravest first; empty exactly where it is verified. */
	readonly errors: readonly ServerErrorCode[];
	/** The gravest. */
	readonly errorCode?: ServerErrorCode;
	/** Why the badge does not count. */
	readonly cause?: BadgeErrorCode;
	readonly isVerified: boolean;
	/** It disclosed a DID, whatever that is worth. */
	readonly hasIdentity: boolean;
	/** Something failed in a way that no honest server shows. */
	readonly blocked: boolean;
}

/**
 * Says who a server is (RFC-007 §7.2). Resolves whatever the server claims; rejects with a GuardConfigError for a configuration
 * that cannot be meant. Without a challenge nothing shows that the server holds its key: a server over HTTP is verified by the
 * certificate of the host that its did:web names, one over stdio stays DECLARED_PRINCIPAL (MCP Firewall itself does ask).
 */
export async function verifyServer(input: VerifyServerInput, config: VerifyConfig = {}): Promise<VerifyResult> {
	const {
		now = () => systemClock.now(),
		fetch = identityFetch(),
		offlineMode = false,
		skipOriginBinding = false,
	} = config;
	const settings = readTrust({ ...config, offline: offlineMode });
	const verifier = new BadgeVerifier({ settings: () => settings, fetch, clock: { now } });
	const { serverDid: did, serverBadge: badge, conflict } = input;
	const disclosure = {
		...(typeof did === 'string' && did !== '' && { did }),
		...(typeof badge === 'string' && badge !== '' && { badge }),
		...(conflict === true && { conflict }),
	};
	const principal = await verifyPrincipal(
		{ disclosure, place: placeOf(input), pin: { kind: 'none' } },
		{ ...verifyConfigOf(settings), minTrustLevel: readLevel(config.minTrustLevel), skipOriginBinding },
		{ badge: token => verifier.verify(token), now: Math.floor(now() / 1000) },
	);
	return resultOf(principal);
}

/** The same, rejecting with a {@link ServerVerifyError} for every server that is not VERIFIED_PRINCIPAL. */
export async function verifyServerStrict(input: VerifyServerInput, config: VerifyConfig = {}): Promise<VerifyResult> {
	const result = await verifyServer(input, config);
	if (!result.isVerified) {
		const detail = result.cause ?? 'the identity of the server is not verified';
		throw new ServerVerifyError(result.errorCode ?? 'SERVER_BADGE_INVALID', detail, result.state, result.serverDid);
	}
	return result;
}

/**
 * What a server discloses in the headers of a response (RFC-007 §6.1), whatever the case of their names. A header that stands
 * twice is a conflict. Never throws.
 */
export function parseHttpHeaders(
	headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>,
): ServerIdentityClaims {
	const raw: string[] = [];
	const pairs = headers instanceof Headers ? [...headers] : Object.entries(headers);
	for (const [name, value] of pairs) {
		for (const one of [value].flat()) {
			if (typeof one === 'string') {
				raw.push(name, one);
			}
		}
	}
	return claimsOf(readIdentityHeaders(raw));
}

/** What a server discloses in the `_meta` of a result (RFC-007 §6.2). What is no text counts as absent. Never throws. */
export function parseJsonrpcMeta(meta: unknown): ServerIdentityClaims {
	return claimsOf(readIdentityMeta(meta as JsonValue | undefined));
}

function claimsOf(disclosure: ReturnType<typeof readIdentityMeta>): ServerIdentityClaims {
	const { did, badge, conflict } = disclosure;
	return {
		...(did !== undefined && { serverDid: did }),
		...(badge !== undefined && { serverBadge: badge }),
		...(conflict === true && { conflict }),
	};
}

function placeOf({
	transportOrigin,
	endpointPath = '/',
}: VerifyServerInput): Parameters<typeof verifyPrincipal>[0]['place'] {
	if (transportOrigin === undefined) {
		return { kind: 'stdio', launchDigest: '0'.repeat(64) };
	}
	const origin = urlOf(transportOrigin)?.origin;
	if (origin === undefined) {
		throw new GuardConfigError('transportOrigin must be the origin that the server was reached at.');
	}
	return { kind: 'http', endpoint: new URL(endpointPath.replace(/^\/*/, '/'), origin).href };
}

function resultOf(principal: Principal): VerifyResult {
	const { state, level, did, jti, errors, cause, blocked } = principal;
	const [errorCode] = errors;
	return {
		...{ state, trustLevel: level ?? null, errors, blocked },
		...(did !== undefined && { serverDid: did }),
		...(jti !== undefined && { badgeJti: jti }),
		...(errorCode !== undefined && { errorCode }),
		...(cause !== undefined && { cause }),
		...{ isVerified: state === 'VERIFIED_PRINCIPAL', hasIdentity: did !== undefined },
	};
}
