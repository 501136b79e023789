import { LitElement } from 'lit';
import { type AuditFilter } from '../shared/auditView';
import { type PanelMessage } from '../shared/panelProtocol';
import { type Activation, type CallList } from './callList';
import { type EntryView } from './entryView';
import { type FilterBar } from './filterBar';
import { type FilterChange, isFiltered } from './filterChoices';
import { type Host } from './host';
import { PanelModel } from './panelModel';
import { say, sayCount } from './say';
import { type StoryView } from './storyView';
import { type WaitingQuestion } from './waitingQuestion';

/** How long the active row must rest before an open detail pane follows it. */
const FOLLOW_MS = 60;

/** How long the list must rest before its place is saved. */
const SAVE_MS = 200;

/** Overview and session are asked again at most so often: over a large trail the answer is dear. */
const REFRESH_MS = 2000;

/** What the person does in the panel, and what the host says, as changes of the {@link PanelModel}; {@link PanelApp} draws it. */
export abstract class PanelActions extends LitElement {
	static override readonly properties = { host: { attribute: false } };

	/** Set once, before the first update. */
	declare host: Host | undefined;
	protected readonly model = new PanelModel(request => this.host?.post(request));
	protected enter = false;
	private top = 0;
	protected folded = false;
	/** Rows that came in above what is shown. */
	protected unseen = 0;
	protected said = '';
	private followTimer: number | undefined;
	private saveTimer: number | undefined;
	private refreshTimer: number | undefined;
	private focusStory = false;
	private focusWaiting = false;

	constructor() {
		super();
		this.host = undefined;
	}

	protected override firstUpdated(): void {
		const saved = this.host?.load() ?? { filter: {}, top: 0 };
		this.top = saved.top;
		this.folded = saved.folded === true;
		this.host?.listen(message => this.received(message));
		this.model.ask({ kind: 'waiting' });
		this.model.show(saved.filter, saved.session);
		this.model.overview.show(!this.folded && saved.session === undefined);
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
		if (this.focusWaiting && this.model.question !== undefined) {
			this.focusWaiting = false;
			const view = this.renderRoot.querySelector<WaitingQuestion>('mcp-firewall-waiting');
			void view?.updateComplete.then(() => view.focus());
		}
		if (this.focusStory && this.model.session.story !== undefined) {
			this.focusStory = false;
			const view = this.renderRoot.querySelector<StoryView>('mcp-firewall-story');
			void view?.updateComplete.then(() => view.focus());
		}
	}

	private received(message: PanelMessage): void {
		const { openId, session, store } = this.model;
		const { id } = session;
		const change = this.model.receive(message);
		if (change?.kind === 'updated' && change.by > 0 && this.list?.isScrolled === true) {
			this.unseen += change.by;
		} else if (change?.kind === 'replaced') {
			this.unseen = 0;
			this.said = this.count();
		}
		if (change !== undefined) {
			this.list?.changed(change, this.top);
		}
		if (message.kind === 'grown') {
			this.refreshTimer ??= window.setTimeout(this.refresh, REFRESH_MS);
		}
		if (message.kind === 'waiting' && message.focus === true) {
			this.focusWaiting = true;
		}
		if (message.kind === 'show') {
			this.top = 0;
			this.model.overview.show(!this.folded && session.id === undefined);
		}
		if (openId !== this.model.openId || id !== session.id || message.kind === 'show') {
			this.save();
		}
		if (store.total !== undefined && store.total === 0) {
			this.unseen = 0;
		}
		this.requestUpdate();
	}

	protected count(): string {
		const { store, failure } = this.model;
		if (store.total === undefined) {
			return failure === undefined ? say('Loading…') : '';
		}
		const count = isFiltered(store.filter)
			? sayCount(store.total, '{0} match', '{0} matches')
			: sayCount(store.total, '{0} entry', '{0} entries');
		return store.more ? say('At least {0},', count) : count;
	}

	private readonly refresh = () => {
		this.refreshTimer = undefined;
		this.model.refresh();
	};

	private setFilter(filter: AuditFilter): void {
		this.top = 0;
		this.unseen = 0;
		if (this.model.session.id !== undefined) {
			this.leaveSession();
		}
		this.model.setFilter(filter);
		this.save();
		this.requestUpdate();
	}

	protected open(id: string): void {
		window.clearTimeout(this.followTimer);
		this.model.open(id);
		this.save();
		this.requestUpdate();
	}

	protected follow(id: string): void {
		window.clearTimeout(this.followTimer);
		if (this.model.openId !== undefined) {
			this.followTimer = window.setTimeout(() => this.open(id), FOLLOW_MS);
		}
	}

	protected showSession(id: string): void {
		this.model.session.open(id);
		this.model.overview.show(false);
		this.focusStory = true;
		this.save();
		this.requestUpdate();
	}

	private leaveSession(): void {
		this.model.session.close();
		this.model.overview.show(!this.folded);
	}

	protected readonly back = () => {
		this.leaveSession();
		this.save();
		this.requestUpdate();
		void this.updateComplete.then(() => this.list?.focus());
	};

	protected readonly filtered = (event: CustomEvent<AuditFilter>) => this.setFilter(event.detail);

	/** Changes members of the filter. */
	protected readonly narrowed = ({ detail }: CustomEvent<FilterChange>) => {
		const members = Object.entries({ ...this.model.store.filter, ...detail });
		this.setFilter(Object.fromEntries(members.filter(([, value]) => value !== undefined)));
	};

	protected readonly clear = () => this.setFilter({});

	protected readonly fold = () => {
		this.folded = !this.folded;
		this.model.overview.show(!this.folded);
		this.save();
		this.requestUpdate();
	};

	protected readonly activated = ({ detail }: CustomEvent<Activation>) => {
		const id = this.model.activate(detail.index);
		if (id !== undefined && detail.how === 'session') {
			const { session } = this.model.store.at(detail.index) ?? {};
			if (session !== undefined) {
				this.showSession(session);
			}
		} else if (id !== undefined && detail.how !== 'move') {
			this.enter = detail.how === 'enter';
			this.open(id);
		} else if (id !== undefined) {
			this.follow(id);
		}
		this.requestUpdate();
	};

	protected readonly close = () => {
		window.clearTimeout(this.followTimer);
		this.enter = false;
		this.model.close();
		this.save();
		this.requestUpdate();
		const story = this.renderRoot.querySelector<StoryView>('mcp-firewall-story');
		(story ?? this.list)?.focus();
	};

	protected readonly keyed = (event: KeyboardEvent) => {
		if (event.key === 'Escape' && this.model.openId !== undefined) {
			event.preventDefault();
			this.close();
		} else if (event.key === 'Escape' && this.model.session.id !== undefined) {
			event.preventDefault();
			this.back();
		} else if (event.key === '/') {
			event.preventDefault();
			this.renderRoot.querySelector<FilterBar>('mcp-firewall-filters')?.focusText();
		}
	};

	protected readonly verify = () => {
		this.model.verify();
		this.requestUpdate();
	};

	protected readonly link = () => {
		const { store, session } = this.model;
		this.model.ask({
			kind: 'link',
			filter: store.filter,
			...(session.id !== undefined && { session: session.id }),
		});
	};

	protected readonly exportAll = () => this.model.ask({ kind: 'export', filter: this.model.store.filter });

	protected readonly cancel = () => {
		this.model.cancel();
		this.requestUpdate();
	};

	protected readonly retry = () => {
		this.model.retry();
		this.requestUpdate();
	};

	protected readonly dismiss = () => {
		this.model.failure = undefined;
		this.requestUpdate();
	};

	protected readonly toList = () => this.list?.focus();

	protected readonly toTop = () => {
		this.unseen = 0;
		this.list?.toTop();
		this.list?.focus();
		this.requestUpdate();
	};

	protected readonly scrolled = (event: CustomEvent<number>) => {
		const { store } = this.model;
		if (event.detail === 0 && this.unseen > 0) {
			this.unseen = 0;
			this.requestUpdate();
		}
		if (store.total !== undefined && !store.replacing && event.detail !== this.top) {
			this.top = event.detail;
			window.clearTimeout(this.saveTimer);
			this.saveTimer = window.setTimeout(() => this.save(), SAVE_MS);
		}
	};

	private save(): void {
		const { openId: open, store, session } = this.model;
		this.host?.save({
			...{ filter: store.filter, top: this.top },
			...(open !== undefined && { open }),
			...(session.id !== undefined && { session: session.id }),
			...(this.folded && { folded: true as const }),
		});
	}

	private get list(): CallList | null {
		return this.renderRoot.querySelector<CallList>('mcp-firewall-calls');
	}
}
