import { type Principal } from './principal';

/** Seconds that clocks may differ, as badges are verified (RFC-002 §8.1). */
const SKEW = 60;

/** What is left of a principal as time goes by. INVARIANT: a badge that has ended gives no level. */
export function principalAt(principal: Principal, now: number): Principal {
	const { expires, level, ...rest } = principal;
	if (level === undefined || expires === undefined || expires > now - SKEW) {
		return principal;
	}
	return {
		...rest,
		expires,
		state: 'DECLARED_PRINCIPAL',
		badge: 'failed',
		errors: ['SERVER_BADGE_INVALID'],
		cause: 'BADGE_EXPIRED',
	};
}
