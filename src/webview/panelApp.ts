import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { type AuditFilter } from '../domain/audit/auditFilter';
import { type PanelMessage } from '../shared/panelProtocol';
import { type Activation, type CallList } from './callList';
import { type EntryView, type SuppressRequest } from './entryView';
import { type FilterBar } from './filterBar';
import { plural } from './formats';
import { type Host } from './host';
import { emptyTemplate, failureTemplate, noMatchTemplate } from './notices';
import { panelAppStyles } from './panelAppStyles';
import { PanelModel } from './panelModel';
import { sharedStyles } from './sharedStyles';

/** How long the active row must rest before an open detail pane follows it. */
const FOLLOW_MS = 60;

/** How long the list must rest before its place is saved. */
const SAVE_MS = 200;

/** The whole panel: draws the {@link PanelModel} and hands it what the person does. */
export class PanelApp extends LitElement {
	static override readonly properties = { host: { attribute: false } };

	/** Set once, before the first update. */
	declare host: Host | undefined;
	private readonly model = new PanelModel(request => this.host?.post(request));
	private enter = false;
	private top = 0;
	private followTimer: number | undefined;
	private saveTimer: number | undefined;

	constructor() {
		super();
		this.host = undefined;
	}

	protected override firstUpdated(): void {
		const saved = this.host?.load() ?? { filter: {}, top: 0 };
		this.top = saved.top;
		this.host?.listen(message => this.received(message));
		this.model.setFilter(saved.filter);
		if (saved.open !== undefined) {
			this.model.open(saved.open);
		}
		this.requestUpdate();
	}

	protected override updated(): void {
		if (this.enter && this.model.entry?.id === this.model.openId) {
			this.enter = false;
			const detail = this.renderRoot.querySelector<EntryView>('mcp-firewall-entry');
			void detail?.updateComplete.then(() => detail.focus());
		}
	}

	protected override render(): TemplateResult {
		const { store, chain, entry, counts, entryChain, verifying, failure, openId } = this.model;
		const empty = store.total === 0;
		return html`
			<div class="top">
				<mcp-firewall-filters
					.filter=${store.filter}
					.facets=${store.facets}
					@filter=${this.filtered}
				></mcp-firewall-filters>
				<div class="facts">
					<span class="count quiet" role="status">${this.count()}</span>
					<mcp-firewall-chain .chain=${chain} .busy=${verifying} @verify=${this.verify}></mcp-firewall-chain>
				</div>
			</div>
			<div class="progress ${store.replacing || verifying ? 'busy' : ''}"></div>
			${failure === undefined ? nothing : failureTemplate(failure, this.retry, this.dismiss)}
			<div class="main ${openId === undefined ? '' : 'split'}" @keydown=${this.keyed}>
				<div class="list">
					<mcp-firewall-calls
						?hidden=${empty}
						.store=${store}
						.active=${this.model.active?.index}
						@activate=${this.activated}
						@why=${this.why}
						@scrolled=${this.scrolled}
					></mcp-firewall-calls>
					${empty ? (this.filteredNow ? noMatchTemplate(this.clear) : emptyTemplate()) : nothing}
				</div>
				${
					openId === undefined
						? nothing
						: html`<mcp-firewall-entry
								.entry=${entry}
								.counts=${counts}
								.chain=${entryChain}
								@close=${this.close}
								@why=${this.why}
								@withheld=${this.withheld}
								@suppress=${this.suppress}
							></mcp-firewall-entry>`
				}
			</div>
		`;
	}

	private received(message: PanelMessage): void {
		const { openId } = this.model;
		const change = this.model.receive(message);
		if (openId !== this.model.openId) {
			this.save();
		}
		if (change !== undefined) {
			this.list?.changed(change, this.top);
		}
		this.requestUpdate();
	}

	private count(): string {
		const { store, failure } = this.model;
		if (store.total === undefined) {
			return failure === undefined ? 'Loading…' : '';
		}
		return plural(store.total, this.filteredNow ? 'match' : 'entry');
	}

	private setFilter(filter: AuditFilter): void {
		this.top = 0;
		this.model.setFilter(filter);
		this.save();
		this.requestUpdate();
	}

	private open(id: string): void {
		this.model.open(id);
		this.save();
		this.requestUpdate();
	}

	private readonly filtered = (event: CustomEvent<AuditFilter>) => this.setFilter(event.detail);

	private readonly clear = () => this.setFilter({});

	private readonly activated = ({ detail }: CustomEvent<Activation>) => {
		const id = this.model.activate(detail.index);
		window.clearTimeout(this.followTimer);
		if (id !== undefined && detail.how !== 'move') {
			this.enter = detail.how === 'enter';
			this.open(id);
		} else if (id !== undefined && this.model.openId !== undefined) {
			this.followTimer = window.setTimeout(() => this.open(id), FOLLOW_MS);
		}
		this.requestUpdate();
	};

	private readonly close = () => {
		window.clearTimeout(this.followTimer);
		this.enter = false;
		this.model.close();
		this.save();
		this.requestUpdate();
		this.list?.focus();
	};

	private readonly keyed = (event: KeyboardEvent) => {
		if (event.key === 'Escape' && this.model.openId !== undefined) {
			event.preventDefault();
			this.close();
		} else if (event.key === '/') {
			event.preventDefault();
			this.renderRoot.querySelector<FilterBar>('mcp-firewall-filters')?.focusText();
		}
	};

	private readonly verify = () => {
		this.model.verify();
		this.requestUpdate();
	};

	private readonly why = (event: CustomEvent<string>) => this.model.why(event.detail);

	private readonly withheld = (event: CustomEvent<string>) => this.model.withheld(event.detail);

	private readonly suppress = ({ detail }: CustomEvent<SuppressRequest>) =>
		this.model.suppress(detail.id, detail.rule);

	private readonly retry = () => {
		this.model.retry();
		this.requestUpdate();
	};

	private readonly dismiss = () => {
		this.model.failure = undefined;
		this.requestUpdate();
	};

	private readonly scrolled = (event: CustomEvent<number>) => {
		const { store } = this.model;
		if (store.total !== undefined && !store.replacing && event.detail !== this.top) {
			this.top = event.detail;
			window.clearTimeout(this.saveTimer);
			this.saveTimer = window.setTimeout(() => this.save(), SAVE_MS);
		}
	};

	private save(): void {
		const { openId: open, store } = this.model;
		this.host?.save({ filter: store.filter, top: this.top, ...(open !== undefined && { open }) });
	}

	private get filteredNow(): boolean {
		return Object.keys(this.model.store.filter).length > 0;
	}

	private get list(): CallList | null {
		return this.renderRoot.querySelector<CallList>('mcp-firewall-calls');
	}

	static override readonly styles = [sharedStyles, panelAppStyles];
}
