import { type PathRules } from '../policy/pathSegments';
import { type Coverage, type Grant, type GrantOffer } from './grant';
import { type GrantCall } from './grantCall';
import { grantCovers } from './grantReach';

/** A call that a person was asked about. */
export interface AskedCall {
	readonly call: GrantCall;
	/** When the question was shown; milliseconds since 1970. */
	readonly at: number;
}

/**
 * How many of these questions the answer would have covered, had it been given as long ago as it holds. Judged by what covers calls
 * in earnest ({@link grantCovers}), so that nothing is promised that would not come true. Undefined where none was asked.
 */
export function coverageOf(
	{ scope, reach, holdsForMs }: Pick<GrantOffer, 'scope' | 'reach' | 'holdsForMs'>,
	{ binding, session, workspace }: GrantCall,
	asked: readonly AskedCall[],
	now: number,
	rules: PathRules,
): Coverage | undefined {
	const grant: Grant = {
		...{ id: '', scope, binding, reach, madeAt: now - (holdsForMs ?? 0) },
		...(scope === 'workspace' ? workspace !== undefined && { workspace } : { session }),
		...(holdsForMs !== undefined && { expiresAt: now + 1 }),
	};
	const count = asked.filter(
		({ call, at }) =>
			(holdsForMs === undefined || at >= grant.madeAt) && grantCovers(grant, call, at, rules) === 'covers',
	).length;
	return asked.length === 0 ? undefined : { count, of: asked.length };
}
