import { type AuditFilter, type AuditRow } from '../domain/audit/auditFilter';
import { type PanelChain, type PanelMessage, type PanelRequest } from '../shared/panelProtocol';
import { type RowChange, RowStore } from './rowStore';

/** One whole audit entry, as the contract brings it. */
export type Entry = Extract<PanelMessage, { kind: 'entry' }>['entry'];

/** What the panel knows and what it asks for, without any DOM: the view draws it and calls it. */
export class PanelModel {
	readonly store: RowStore;
	chain: PanelChain = { state: 'unknown', detail: '', entries: 0 };
	verifying = false;
	/** Why the host could not answer, until it can or the person dismisses it. */
	failure: string | undefined;
	/** The row that the keyboard stands on. Its id is unknown while it is on its way. */
	active: { readonly index: number; readonly id: string | undefined } | undefined;
	/** The entry in the detail pane; {@link entry} follows once it is here. */
	openId: string | undefined;
	entry: Entry | undefined;
	/** What inspection saw in {@link entry}. */
	counts: AuditRow['findings'];
	/** What is known of the chain around {@link entry}. */
	entryChain: PanelChain = this.chain;

	/** How many answers to `open` are on their way, by id. */
	private readonly waiting = new Map<string, number>();

	constructor(private readonly post: (request: PanelRequest) => void) {
		this.store = new RowStore(post);
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
			case 'failed':
				this.failed(message);
				break;
		}
		return undefined;
	}

	setFilter(filter: AuditFilter): void {
		this.store.setFilter(filter);
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

	/** Asks the host to show why an entry ended as it did. */
	why(id: string): void {
		this.post({ kind: 'why', id });
	}

	/** Asks the host to suppress a rule that found something in an entry, for its server. */
	suppress(id: string, rule: string): void {
		this.post({ kind: 'suppress', id, rule });
	}

	/** Asks the host to show the withheld answer of an entry. */
	withheld(id: string): void {
		this.post({ kind: 'withheld', id });
	}

	retry(): void {
		this.failure = undefined;
		this.store.retry();
	}

	/** Shows an entry that is waited for, or that the host brings of its own accord; drops answers that come too late. */
	private arrived({ entry, chain, findings }: Extract<PanelMessage, { kind: 'entry' }>): void {
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
		this.counts = findings;
		this.entryChain = chain;
		const index = this.store.indexOf(entry.id);
		if (index !== undefined) {
			this.active = { index, id: entry.id };
		}
	}

	private page(message: Extract<PanelMessage, { kind: 'page' }>): RowChange | undefined {
		const change = this.store.receive(message);
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

	private failed({ why, request }: Extract<PanelMessage, { kind: 'failed' }>): void {
		this.failure = why;
		if (request === undefined || request === 'query') {
			this.store.failed();
		}
		if (request === undefined || request === 'verify') {
			this.verifying = false;
		}
		if (request === 'open') {
			this.waiting.delete(this.openId ?? '');
			this.close();
		}
	}
}
