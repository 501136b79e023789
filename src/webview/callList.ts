import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { callListStyles } from './callListStyles';
import { COLUMNS, rowId, rowTemplate } from './callRow';
import { type RowChange, type RowStore } from './rowStore';
import { say } from './say';
import { sharedStyles } from './sharedStyles';

/** Height of a row in pixels; the style sheet says the same. */
const ROW_PX = 24;

/** Which row became the active one, and whether it was clicked, entered, only moved to, or is asked for its session. */
export interface Activation {
	readonly index: number;
	readonly how: 'move' | 'click' | 'enter' | 'session';
}

/**
 * The list of calls: only rows in view are in the DOM. Fires `activate` ({@link Activation}) when a row becomes the active one,
 * `scrolled` (index of the row at the top), and `why` (id of an entry) when its button is pressed. Focus stays on the grid; `aria-activedescendant` names the row.
 */
export class CallList extends LitElement {
	static override readonly properties = {
		store: { attribute: false },
		active: { type: Number },
		version: { type: Number },
	};

	declare store: RowStore | undefined;
	/** Index of the active row. */
	declare active: number | undefined;
	/** Counts changes of the store, which is not a value that Lit could compare. */
	declare version: number;
	private virtual: Virtualizer<HTMLElement, HTMLElement> | undefined;
	/** Times are drawn without the date only for today. */
	private day = '';
	private reveal = false;
	private jumpTo: number | undefined;

	/** Takes part in a change of the store: keeps what is read in place, stays at the top when it is there. */
	changed(change: RowChange, top = 0): void {
		const at = this.scroller?.scrollTop ?? 0;
		if (change.kind === 'replaced') {
			this.jumpTo = top * ROW_PX;
		} else if (change.by !== 0 && at > 0) {
			this.jumpTo = at + change.by * ROW_PX;
		}
		this.version++;
	}

	/** Goes to the newest row. */
	toTop(): void {
		if (this.scroller !== null) {
			this.scroller.scrollTop = 0;
		}
	}

	/** Whether rows came in above what is shown. */
	get isScrolled(): boolean {
		return (this.jumpTo ?? this.scroller?.scrollTop ?? 0) > 0;
	}

	override focus(): void {
		this.renderRoot.querySelector<HTMLElement>('.grid')?.focus();
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.unmount?.();
	}

	private unmount: (() => void) | undefined;

	constructor() {
		super();
		this.store = undefined;
		this.active = undefined;
		this.version = 0;
	}

	protected override firstUpdated(): void {
		this.virtual = new Virtualizer<HTMLElement, HTMLElement>(this.options());
		this.unmount = this.virtual._didMount();
		this.virtual._willUpdate();
		this.requestUpdate();
	}

	protected override willUpdate(): void {
		this.day = new Date().toDateString();
		this.virtual?.setOptions(this.options());
	}

	protected override updated(changed: PropertyValues<this>): void {
		this.virtual?._willUpdate();
		if (this.jumpTo !== undefined && this.scroller !== null) {
			this.scroller.scrollTop = this.jumpTo;
			this.jumpTo = undefined;
		}
		if (this.reveal && changed.has('active') && this.active !== undefined) {
			this.show(this.active * ROW_PX);
		}
		this.reveal = false;
		const shown = this.virtual?.getVirtualItems() ?? [];
		const [first, last] = [shown[0], shown.at(-1)];
		if (first !== undefined && last !== undefined) {
			this.store?.need(first.index, last.index);
		}
	}

	protected override render(): TemplateResult {
		const items = this.virtual?.getVirtualItems() ?? [];
		return html`<div
			class="grid"
			role="grid"
			aria-label=${say('Calls, newest first')}
			aria-description=${say('Enter opens a call, S shows its session.')}
			aria-rowcount=${(this.store?.total ?? 0) + 1}
			aria-colcount=${COLUMNS.length}
			aria-activedescendant=${items.some(({ index }) => index === this.active) ? rowId(this.active ?? 0) : nothing}
			tabindex="0"
			@keydown=${this.keyed}
			@focus=${this.focused}
		>
			<div class="row head" role="row" aria-rowindex="1">
				${COLUMNS.map(name => html`<span role="columnheader" class=${name}>${say(name === 'reason' ? 'rule, reason' : name)}</span>`)}
			</div>
			<div class="scroller" role="rowgroup" @click=${this.clicked}>
				<div class="space" role="presentation" .style=${`height:${this.virtual?.getTotalSize() ?? 0}px`}>
					${repeat(
						items,
						({ index }) => index,
						({ index }) => this.row(index),
					)}
				</div>
			</div>
		</div>`;
	}

	/** Draws a row again only when something of it has changed: scrolling then costs the new rows alone. */
	private row(index: number): unknown {
		const row = this.store?.at(index);
		const active = index === this.active;
		return guard([row, active, index, this.day], () =>
			rowTemplate(row, { index, active, top: index * ROW_PX, now: new Date() }),
		);
	}

	private options() {
		return {
			count: this.store?.total ?? 0,
			getScrollElement: () => this.scroller,
			estimateSize: () => ROW_PX,
			overscan: 10,
			scrollToFn: elementScroll,
			observeElementRect,
			observeElementOffset,
			onChange: () => {
				this.requestUpdate();
				const top = Math.floor((this.scroller?.scrollTop ?? 0) / ROW_PX);
				this.dispatchEvent(new CustomEvent('scrolled', { detail: top }));
			},
		};
	}

	private readonly focused = () => {
		if (this.active === undefined && (this.store?.total ?? 0) > 0) {
			this.activate(this.virtual?.range?.startIndex ?? 0, 'move');
		}
	};

	private readonly clicked = (event: MouseEvent) => {
		const why = whyOf(event);
		if (why !== undefined) {
			this.dispatchEvent(new CustomEvent('why', { detail: why }));
			return;
		}
		const row = (event.target as Element).closest('[data-index]');
		if (row !== null) {
			this.activate(Number(row.getAttribute('data-index')), 'click');
		}
	};

	private readonly keyed = (event: KeyboardEvent) => {
		const page = Math.max(1, Math.floor((this.scroller?.clientHeight ?? 0) / ROW_PX) - 1);
		const steps: Readonly<Record<string, number>> = {
			ArrowDown: 1,
			ArrowUp: -1,
			PageDown: page,
			PageUp: -page,
			Home: -Infinity,
			End: Infinity,
		};
		const step = Object.hasOwn(steps, event.key) ? steps[event.key] : undefined;
		if (event.key === 's' && this.active !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) {
			event.preventDefault();
			this.activate(this.active, 'session');
			return;
		}
		const opens = (event.key === 'Enter' || event.key === ' ') && whyOf(event) === undefined;
		if (event.altKey || event.ctrlKey || event.metaKey || (step === undefined && !opens)) {
			return;
		}
		event.preventDefault();
		if (whyOf(event) !== undefined) {
			this.focus(); // the button may scroll out of view, and the focus with it
		}
		const last = (this.store?.total ?? 0) - 1;
		if (last >= 0) {
			const next = this.active === undefined ? 0 : this.active + (step ?? 0);
			this.activate(Math.min(Math.max(next, 0), last), opens ? 'enter' : 'move');
		}
	};

	/** Scrolls as little as shows the row that begins at `top`. */
	private show(top: number): void {
		const scroller = this.scroller;
		if (scroller !== null) {
			const lowest = top + ROW_PX - scroller.clientHeight;
			scroller.scrollTop = Math.max(Math.min(scroller.scrollTop, top), lowest);
		}
	}

	private activate(index: number, how: Activation['how']): void {
		this.reveal = true;
		this.dispatchEvent(new CustomEvent<Activation>('activate', { detail: { index, how } }));
	}

	private get scroller(): HTMLElement | null {
		return this.renderRoot.querySelector('.scroller');
	}

	static override readonly styles = [sharedStyles, callListStyles];
}

/** The entry whose "Why?" an event comes from. */
function whyOf(event: Event): string | undefined {
	const button = (event.target as Element).closest('[data-why]');
	return button?.getAttribute('data-why') ?? undefined;
}
