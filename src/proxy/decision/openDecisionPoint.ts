import { type Clock, type IdSource } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { errorPhrase, errorText } from '../../base/errors';
import { type Phrase } from '../../base/phrase';
import { type DecisionPoint } from '../../domain/identity/decisionPoint';
import { type DecisionService } from '../../domain/identity/decisionService';
import { decisionTarget } from './decisionTarget';
import { HttpDecisionPoint } from './httpDecisionPoint';

/** What a decision service is opened with. */
export interface OpenDecisionParts {
	/** Secrets, by name. */
	readonly headers?: Readonly<Record<string, string>>;
	readonly clock: Pick<Clock, 'schedule'>;
	readonly ids: Pick<IdSource, 'uuid'>;
	/** Gets one line of ours where the address cannot be used, and the same for a person. */
	readonly trouble: (why: string, said: Phrase) => void;
}

/**
 * The decision service of some settings. INVARIANT: one that is configured and cannot be used is no reason to ask nobody: it is
 * asked all the same, and gives no decision.
 */
export function openDecisionPoint(
	{ url, kind }: Pick<DecisionService, 'url' | 'kind'>,
	{ headers, clock, ids, trouble }: OpenDecisionParts,
): DecisionPoint & Disposable {
	try {
		return new HttpDecisionPoint({ target: decisionTarget(url, headers), kind, clock, ids });
	} catch (error) {
		trouble(errorText(error), errorPhrase(error));
		return silentDecisionPoint('its address cannot be used');
	}
}

/** One that never decides. `why` is one line of ours. */
export function silentDecisionPoint(why: string): DecisionPoint & Disposable {
	return { ask: () => Promise.resolve({ kind: 'unavailable', why }), dispose: () => undefined };
}
