import { type AskedCall } from '../domain/approval/coverage';

/** Questions that are remembered: what "of your last 20 prompts" counts. */
const MOST = 20;

/** The last questions that were shown to a person in this window, in memory, without arguments. */
export class RecentPrompts {
	private asked: readonly AskedCall[] = [];

	/** Oldest first. */
	get all(): readonly AskedCall[] {
		return this.asked;
	}

	/** A question was shown. */
	add(asked: AskedCall): void {
		this.asked = [...this.asked, asked].slice(-MOST);
	}
}
