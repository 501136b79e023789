import { type Principal, type PrincipalState } from './principal';
import { rankOf } from './trustLevel';

const STATES: readonly PrincipalState[] = ['UNVERIFIED_ORIGIN', 'DECLARED_PRINCIPAL', 'VERIFIED_PRINCIPAL'];

/** The least that several processes of one server are: one that is blocked before one that is not known yet, then the lowest level. */
export function worstOf(principals: readonly Principal[]): Principal | undefined {
	return [...principals].sort((a, b) => standing(a) - standing(b))[0];
}

function standing({ blocked, pending, state, level }: Principal): number {
	if (blocked) {
		return -2;
	}
	return pending === true ? -1 : STATES.indexOf(state) * 10 + rankOf(level);
}
