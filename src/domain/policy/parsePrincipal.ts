import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { isBadgeError, isServerError } from '../identity/identityWords';
import { type PrincipalState } from '../identity/principal';
import { isTrustLevel } from '../identity/trustLevel';
import { type PrincipalFacts } from './facts';

/** The keys of a principal, in fixtures and in the trail. */
export const PRINCIPAL_KEYS = ['state', 'level', 'badge', 'blocked', 'errors', 'cause', 'pending'] as const;

const STATES: readonly PrincipalState[] = ['VERIFIED_PRINCIPAL', 'DECLARED_PRINCIPAL', 'UNVERIFIED_ORIGIN'];
const BADGES = ['ok', 'failed', 'absent'] as const;

/**
 * Reads who a server is said to be, of a fixture or an audit entry; what is wrong with it as one clause of ours. What is left
 * out follows from the rest: a level is of a verified server, nothing at all is a server that disclosed nothing.
 */
export function parsePrincipal(value: unknown): PrincipalFacts | string {
	const said = value as JsonValue;
	if (!isJsonObject(said)) {
		return 'must be a mapping';
	}
	if (Object.keys(said).some(key => !PRINCIPAL_KEYS.some(known => known === key))) {
		return `has only the keys ${PRINCIPAL_KEYS.join(', ')}`;
	}
	const level = typeof said.level === 'number' ? String(said.level) : said.level;
	if (level !== undefined && !isTrustLevel(level)) {
		return "needs a 'level' from 0 to 4";
	}
	const states = said.state ?? (level === undefined ? (said.badge === undefined ? STATES[2] : STATES[1]) : STATES[0]);
	const state = STATES.find(each => each === states);
	if (state === undefined) {
		return `needs a 'state' of ${STATES.join(', ')}`;
	}
	const badges = said.badge ?? (state === 'VERIFIED_PRINCIPAL' ? 'ok' : 'absent');
	const badge = BADGES.find(each => each === badges);
	if (badge === undefined) {
		return `needs a 'badge' of ${BADGES.join(', ')}`;
	}
	const { blocked = false, pending = false, errors = [], cause } = said;
	if (typeof blocked !== 'boolean' || typeof pending !== 'boolean') {
		return "needs 'blocked' and 'pending' to be true or false";
	}
	if (!isJsonArray(errors) || !errors.every(isServerError)) {
		return "needs 'errors' to be a list of codes such as SERVER_BADGE_INVALID";
	}
	if (cause !== undefined && !isBadgeError(cause)) {
		return "needs a 'cause' such as BADGE_EXPIRED";
	}
	// INVARIANT: a level is of a badge that holds, of a server that is verified.
	if (level !== undefined && (state !== 'VERIFIED_PRINCIPAL' || badge !== 'ok')) {
		return "has a 'level', which only a server in state VERIFIED_PRINCIPAL with a badge that is ok has";
	}
	return {
		...{ state, badge, blocked, errors },
		...(level !== undefined && { level }),
		...(cause !== undefined && { cause }),
		...(pending && { pending: true as const }),
	};
}
