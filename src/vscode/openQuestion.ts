import { Emitter } from '../base/event';
import { type ApprovalOutcome, type ApprovalRequest } from '../domain/approval/approval';
import { DEFAULT_GRANT_MS, type GrantOffer } from '../domain/approval/grant';
import { offersOf, offerTitle } from './offerText';
import { type approvalSurfaces } from './contributions';
import { say } from './say';

/** Where a question is put to the person. */
export type ApprovalSurface = (typeof approvalSurfaces)[number];

/** One answer that a person can give. */
export interface Choice {
	/** What its button says. */
	readonly title: string;
	readonly outcome: ApprovalOutcome;
	/** For `allowed-workspace`: milliseconds. */
	readonly holdsForMs?: number;
	/** What a yes would let pass; absent for `once` and for no. */
	readonly offer?: GrantOffer;
}

/** The plain no. */
export const DENY: Choice = {
	get title() {
		return say('Deny');
	},
	outcome: 'denied',
};

/** The ways to say yes that a request offers, narrowest first. */
export function choicesOf(request: ApprovalRequest): readonly Choice[] {
	return [
		...(request.scopes.includes('once') ? [{ title: say('Allow Once'), outcome: 'allowed-once' } as const] : []),
		...offersOf(request).map((offer): Choice => {
			return {
				...{ title: offerTitle(offer), outcome: `allowed-${offer.scope}`, offer },
				...(offer.scope === 'workspace' && { holdsForMs: offer.holdsForMs ?? DEFAULT_GRANT_MS }),
			};
		}),
	];
}

/**
 * A question that waits for a person, wherever it is shown. INVARIANT: it takes one answer; whatever comes after is told
 * that it came too late, so that no surface can answer what another one has answered.
 */
export class OpenQuestion {
	private readonly answered = new Emitter<ApprovalOutcome>();
	private readonly recalled = new Emitter<void>();
	private taken: Choice | undefined;
	private readonly ending = new AbortController();

	/** Fires with the answer, once. */
	readonly onDidAnswer = this.answered.event;
	/** Fires when the person wants to see it now. */
	readonly onDidRecall = this.recalled.event;

	/** Its details were opened, so that all of it could be read. */
	hasRead = false;
	/** A notification about it was raised. */
	wasNotified = false;
	/** The next time it comes to the screen, its details come first. */
	wantsDetails = false;
	/** Its details are open or opening, and the person is to come back to it. */
	isReading = false;

	constructor(
		/** With the number of identical calls of now. */
		public current: ApprovalRequest,
		/** Milliseconds since 1970. */
		readonly answerBy: number,
		public surface: ApprovalSurface,
	) {}

	get isOver(): boolean {
		return this.ending.signal.aborted;
	}

	/** Aborts when it is over. */
	get over(): AbortSignal {
		return this.ending.signal;
	}

	/** It is over because the person answered it here or on another surface. */
	get wasAnswered(): boolean {
		return this.taken !== undefined;
	}

	/** For the answer that was taken: how long a yes holds. */
	get holdsForMs(): number | undefined {
		return this.taken?.holdsForMs;
	}

	/** Gives the answer; false where the question is over, and then nothing changes. */
	take(choice: Choice): boolean {
		if (this.isOver) {
			return false;
		}
		this.taken = choice;
		this.ending.abort();
		this.answered.fire(choice.outcome);
		return true;
	}

	/** Brings it to the screen, as a modal. */
	recall(): void {
		this.surface = 'modal';
		this.recalled.fire();
	}

	/** It ended, by an answer or without one. */
	end(): void {
		this.ending.abort();
		this.answered.dispose();
		this.recalled.dispose();
	}
}
