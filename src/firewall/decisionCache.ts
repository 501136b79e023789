import { type DecisionPointAnswer } from '../domain/identity/decisionPoint';

/** The one that was asked longest ago goes first. */
const MAX_DECISIONS = 512;
/** Seconds that a decision holds at most, whatever its service says. */
const MAX_TTL = 300;

type Decided = DecisionPointAnswer & { readonly kind: 'decided' };

/**
 * Decisions that need not be asked for again, because their service said for how long they hold (`ttl`). INVARIANT: only ALLOW is
 * kept; a DENY and a service that is away are asked again each time. Obligations are weighed anew at each use.
 */
export class DecisionCache {
	private readonly kept = new Map<string, { readonly answer: Decided; readonly until: number }>();

	/** `now`: monotonic milliseconds. */
	find(key: string, now: number): Decided | undefined {
		const found = this.kept.get(key);
		if (found !== undefined && now >= found.until) {
			this.kept.delete(key);
			return undefined;
		}
		return found?.answer;
	}

	keep(key: string, answer: DecisionPointAnswer, now: number): void {
		this.kept.delete(key);
		if (answer.kind !== 'decided' || answer.decision !== 'ALLOW' || (answer.ttl ?? 0) <= 0) {
			return;
		}
		this.kept.set(key, { answer, until: now + Math.min(answer.ttl ?? 0, MAX_TTL) * 1000 });
		const [oldest] = this.kept.keys();
		if (this.kept.size > MAX_DECISIONS && oldest !== undefined) {
			this.kept.delete(oldest);
		}
	}
}
