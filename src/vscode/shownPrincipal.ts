import { type Principal } from '../domain/identity/principal';

/**
 * Who a server is, for people: as it is now, or as it was last found out while it does not run. A badge that ended since then is no
 * failure, it was not asked for another one. INVARIANT: what failed stays failed until it is found out anew.
 */
export function shownPrincipal(now: Principal, last: Principal | undefined): Principal {
	if (now.pending !== true || last === undefined || last.pending === true) {
		return now;
	}
	return last.blocked || last.cause !== 'BADGE_EXPIRED' ? last : now;
}
