import { type AuditFilter, type AuditOverview } from '../shared/auditView';
import { type PanelMessage, type PanelRequest } from '../shared/panelProtocol';

/**
 * Timeline and most frequent of what is listed. Asks only while it is shown, and never has more than one question open: the
 * answer may take long over a large trail.
 */
export class OverviewStore {
	/** Of the last filter that was answered; stays while the next is on its way. */
	overview: AuditOverview | undefined;
	private shown = false;
	private filter: AuditFilter = {};
	private lastQuery = 0;
	private open: number | undefined;
	private stale = true;

	constructor(private readonly send: (request: PanelRequest) => void) {}

	/** True while an answer is on its way. */
	get waiting(): boolean {
		return this.open !== undefined;
	}

	/** Shows or hides it. */
	show(shown: boolean): void {
		this.shown = shown;
		this.askIfStale();
	}

	/** What is asked about is another one now: an answer to the filter before comes too late. */
	setFilter(filter: AuditFilter): void {
		this.filter = filter;
		this.open = undefined;
		this.refresh();
	}

	/** What was answered may be out of date. */
	refresh(): void {
		this.stale = true;
		this.askIfStale();
	}

	/** Takes in an answer; false when nobody waits for it any more. */
	receive(message: Extract<PanelMessage, { kind: 'overview' }>): boolean {
		if (message.query !== this.open) {
			return false;
		}
		this.open = undefined;
		this.overview = message.overview;
		this.askIfStale();
		return true;
	}

	/** The host could not answer: nothing is asked again until something changes. */
	failed(): void {
		this.open = undefined;
	}

	private askIfStale(): void {
		if (this.shown && this.stale && this.open === undefined) {
			this.stale = false;
			this.lastQuery++;
			this.open = this.lastQuery;
			this.send({ kind: 'overview', query: this.lastQuery, filter: this.filter });
		}
	}
}
