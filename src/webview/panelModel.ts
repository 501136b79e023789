import { type AuditFilter, type AuditRow } from '../shared/auditView';
import { type PanelChain, type PanelMessage, type PanelQuestion, type PanelRequest } from '../shared/panelProtocol';
import { OverviewStore } from './overviewStore';
import { type RowChange, RowStore } from './rowStore';
import { SessionView } from './sessionView';

/** One whole audit entry, as the contract brings it. */
export type Entry = Extract<PanelMessage, { kind: 'entry' }>['entry'];

/** What takes longer than a second. */
export interface Progress {
	readonly what: string;
	/** 0 to 1. */
	readonly done: number;
	/** The person wants it stopped, and it has not stopped yet. */
	readonly cancelling: boolean;
}

/** What the panel knows and what it asks for, without any DOM: the view draws it and calls it. */
export class PanelModel {
	readonly store: RowStore;
	readonly overview: OverviewStore;
	readonly session: SessionView;
	progress: Progress | undefined;
	chain: PanelChain = { state: 'unknown', detail: '', entries: 0 };
	verifying = false;
	/** The question that waits for an answer here. */
	question: PanelQuestion | undefined;
	/** Why the host could not answer, until it can or the person dismisses it. */
	failure: string | undefined;
	/** The row that the keyboard stands on. Its id is unknown while it is on its way. */
	active: { readonly index: number; readonly id: string | undefined } | undefined;
	/** The entry in the detail pane; {@link entry} follows once it is here. */
	openId: string | undefined;
	entry: Entry | undefined;
	/** What was written before {@link entry} was handed on. */
	verdict: Entry | undefined;
	/** What inspection saw in {@link entry}. */
	counts: AuditRow['findings'];
	/** What is known of the chain around {@link entry}. */
	entryChain: PanelChain = this.chain;

	/** How many answers to `open` are on their way, by id. */
	private readonly waiting = new Map<string, number>();

	constructor(private readonly post: (request: PanelRequest) => void) {
		this.store = new RowStore(post);
		this.overview = new OverviewStore(post);
		this.session = new SessionView(post);
	}

	/** Takes in a message. The result tells the list how its rows moved. */
	receive(message: PanelMessage): RowChange | undefined {
		switch (message.kind) {
			case 'page':
				return this.page(message);
			case 'entry':
				this.arrived(message);
				break;
			case 'chain':
				this.chain = message.chain;
				this.entryChain = message.chain;
				this.verifying = false;
				break;
			case 'grown':
				this.store.grown();
				break;
			case 'overview':
				this.overview.receive(message);
				break;
			case 'session':
				this.session.receive(message);
				break;
			case 'progress':
				this.progressed(message);
				break;
			case 'waiting':
				this.question = message.question;
				break;
			case 'show':
				this.show(message.filter, message.session);
				break;
			case 'failed':
				this.failed(message);
				break;
		}
		return undefined;
	}

	setFilter(filter: AuditFilter): void {
		this.store.setFilter(filter);
		this.overview.setFilter(filter);
	}

	/** Shows a view: a filter, and a session over it where there is one. */
	show(filter: AuditFilter, session: string | undefined): void {
		this.setFilter(filter);
		if (session === undefined) {
			this.session.close();
		} else {
			this.session.open(session);
		}
	}

	/** Asks again for what is not asked with every entry that comes: overview and session. */
	refresh(): void {
		this.overview.refresh();
		this.session.refresh();
	}

	/** Posts what has no answer of its own in the panel: the host opens something, or says why it cannot. */
	ask(request: PanelRequest): void {
		this.post(request);
	}

	/** Stops what {@link progress} speaks of, and the search through older segments. */
	cancel(): void {
		if (this.progress !== undefined) {
			this.progress = { ...this.progress, cancelling: true };
		}
		this.store.cancelled();
		this.post({ kind: 'cancel' });
	}

	/** Makes a row the active one. Undefined while the row has not been loaded. */
	activate(index: number): string | undefined {
		const id = this.store.at(index)?.id;
		this.active = { index, id };
		return id;
	}

	/** Asks for the whole entry. The one shown before stays until the new one is here. */
	open(id: string): void {
		if (id !== this.openId) {
			this.openId = id;
			this.waiting.set(id, (this.waiting.get(id) ?? 0) + 1);
			this.post({ kind: 'open', id });
		}
	}

	close(): void {
		this.openId = undefined;
		this.entry = undefined;
	}

	verify(): void {
		this.verifying = true;
		this.post({ kind: 'verify' });
	}

	retry(): void {
		this.failure = undefined;
		this.store.retry();
	}

	/** Shows an entry that is waited for, or that the host brings of its own accord; drops answers that come too late. */
	private arrived({ entry, verdict, chain, findings }: Extract<PanelMessage, { kind: 'entry' }>): void {
		const waiting = this.waiting.get(entry.id) ?? 0;
		if (waiting > 1) {
			this.waiting.set(entry.id, waiting - 1);
		} else {
			this.waiting.delete(entry.id);
		}
		if (waiting > 0 && entry.id !== this.openId) {
			return;
		}
		this.openId = entry.id;
		this.entry = entry;
		this.verdict = verdict;
		this.counts = findings;
		this.entryChain = chain;
		const index = this.store.indexOf(entry.id);
		if (index !== undefined) {
			this.active = { index, id: entry.id };
		}
	}

	private page(message: Extract<PanelMessage, { kind: 'page' }>): RowChange | undefined {
		const searched = this.store.more;
		const change = this.store.receive(message);
		if (searched && !this.store.more) {
			this.overview.refresh();
		}
		if (change === undefined) {
			return undefined;
		}
		this.failure = undefined;
		if (change.kind === 'replaced') {
			this.active = undefined;
		} else if (this.active !== undefined) {
			this.active = { ...this.active, index: this.active.index + change.by };
		}
		this.findActive();
		return change;
	}

	/** Finds the active or open entry again after the list has changed under it. */
	private findActive(): void {
		const last = (this.store.total ?? 0) - 1;
		const id = this.active?.id ?? this.openId;
		const index = id === undefined ? undefined : this.store.indexOf(id);
		if (index !== undefined) {
			this.active = { index, id };
		} else if (this.active !== undefined && (this.active.index < 0 || this.active.index > last)) {
			this.active = undefined;
		} else if (this.active !== undefined && this.active.id === undefined) {
			this.active = { index: this.active.index, id: this.store.at(this.active.index)?.id };
		}
	}

	private progressed({ what, done }: Extract<PanelMessage, { kind: 'progress' }>): void {
		const cancelling = this.progress?.what === what && this.progress.cancelling;
		this.progress = done >= 1 ? undefined : { what, done: Math.max(done, 0), cancelling };
	}

	private failed({ why, request }: Extract<PanelMessage, { kind: 'failed' }>): void {
		this.failure = why;
		this.progress = undefined;
		if (request === undefined || request === 'query') {
			this.store.failed();
		}
		if (request === undefined || request === 'verify') {
			this.verifying = false;
		}
		if (request === undefined || request === 'overview') {
			this.overview.failed();
		}
		if (request === undefined || request === 'session') {
			this.session.failed();
		}
		if (request === 'open') {
			this.waiting.delete(this.openId ?? '');
			this.close();
		}
	}
}
