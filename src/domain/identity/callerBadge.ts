import { fromBase64Url } from '../../base/base64Url';
import { isJsonArray, isJsonObject, type JsonObject, ownMember } from '../../base/json';
import { parseJson } from '../../base/strictJson';
import { MAX_BADGE_CHARS } from './disclosure';

/** Seconds that a badge may live that we sign ourselves: whoever gets it can show it to others for so long. */
export const MINTED_LIFE = 60;
/** The same for a badge that an issuer gave (RFC-002 §4.3). */
const MAX_LIFE = 3600;

/** Whether a badge of the caller may go to a server. Its id is all that is ever told of it. */
export type CallerBadgeCheck =
	{ readonly ok: true; readonly jti: string } | { readonly ok: false; readonly why: string };

/**
 * Whether the caller's own badge may be shown to the server with this DID now (unix seconds): it is a badge, not a key of an
 * API; `aud` names that server and nobody else; it has not ended, and one that we signed lives for {@link MINTED_LIFE} seconds
 * at most. Its signature is for the server to verify. Never throws; `why` holds nothing of the token.
 */
export function checkCallerBadge(token: string, did: string, now: number): CallerBadgeCheck {
	const claims = claimsOf(token);
	if (claims === undefined) {
		return { ok: false, why: 'it is not a badge' };
	}
	const [jti, iss, sub, aud, iat, exp] = ['jti', 'iss', 'sub', 'aud', 'iat', 'exp'].map(key =>
		ownMember(claims, key),
	);
	if (typeof jti !== 'string' || !/^[A-Za-z0-9-]{1,64}$/.test(jti) || typeof iss !== 'string') {
		return { ok: false, why: 'it is not a badge' };
	}
	if (!isJsonArray(aud) || aud.length !== 1 || aud[0] !== did) {
		return { ok: false, why: 'it is not meant for this server alone' };
	}
	if (!isTime(iat) || !isTime(exp) || exp <= now || iat > now + MINTED_LIFE) {
		return { ok: false, why: 'it does not hold now' };
	}
	const most = iss === sub ? MINTED_LIFE : MAX_LIFE;
	return exp - iat <= most ? { ok: true, jti } : { ok: false, why: 'it lives too long' };
}

function claimsOf(token: string): JsonObject | undefined {
	const parts = token.split('.');
	if (token.length > MAX_BADGE_CHARS || parts.length !== 3 || !parts.every(part => /^[A-Za-z0-9_-]+$/.test(part))) {
		return undefined;
	}
	try {
		const parsed = parseJson(
			new TextDecoder('utf-8', { fatal: true }).decode(fromBase64Url(parts[1] ?? '')),
			'strict',
		);
		return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
	} catch {
		return undefined;
	}
}

function isTime(value: unknown): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
