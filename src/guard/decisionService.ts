import { type DecisionPoint } from '../domain/identity/decisionPoint';
import { errorText } from '../base/errors';
import { decisionTarget } from '../proxy/decision/decisionTarget';
import { HttpDecisionPoint } from '../proxy/decision/httpDecisionPoint';
import { systemClock, systemIds } from '../storage/system';
import { GuardConfigError } from './guardErrors';

const known = new Map<string, DecisionPoint>();

/** The decision service at a URL; one for each in this process. Throws a GuardConfigError for what cannot be asked. */
export function decisionService(url: string): DecisionPoint {
	const there = known.get(url);
	if (there !== undefined) {
		return there;
	}
	try {
		const target = decisionTarget(url);
		const made = new HttpDecisionPoint({ target, kind: 'pip', clock: systemClock, ids: systemIds });
		known.set(url, made);
		return made;
	} catch (error) {
		throw new GuardConfigError(errorText(error));
	}
}
