import { html, LitElement, nothing, type PropertyValues, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { type AuditOverview, type TimelineBucket } from '../shared/auditView';
import { sharedStyles } from './sharedStyles';
import {
	type Bar,
	barsOf,
	bucketAt,
	bucketText,
	fillTimeline,
	rangeOf,
	SERIES,
	SERIES_WORDS,
	ticksOf,
	timelineText,
} from './timeline';
import { timelineStyles } from './timelineStyles';
import { say } from './say';

const HEIGHT = 84;

/** A stretch of time, as a filter has it. */
export interface TimeRange {
	readonly from: string;
	readonly to: string;
}

/**
 * Calls by verdict over time. A stretch is chosen by dragging, or with the keys of a list: arrows move, with Shift they extend,
 * Enter applies, Escape lets go. Fires `range` ({@link TimeRange}). A screen reader meets a list of buckets, each with its numbers.
 */
export class TimelineChart extends LitElement {
	static override readonly properties = {
		overview: { attribute: false },
		width: { state: true },
		active: { state: true },
		anchor: { state: true },
	};

	declare overview: AuditOverview | undefined;
	declare private width: number;
	/** The bucket under pointer or keyboard. */
	declare private active: number | undefined;
	/** The other end of what is being chosen. */
	declare private anchor: number | undefined;
	private buckets: readonly TimelineBucket[] = [];
	private bars: readonly Bar[] = [];
	private dragging = false;
	private readonly sizes = new ResizeObserver(([entry]) => {
		this.width = Math.floor(entry?.contentRect.width ?? 0);
	});

	constructor() {
		super();
		this.overview = undefined;
		this.width = 0;
		this.active = undefined;
		this.anchor = undefined;
	}

	override connectedCallback(): void {
		super.connectedCallback();
		this.sizes.observe(this);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.sizes.disconnect();
	}

	protected override willUpdate(changed: PropertyValues<this>): void {
		if (changed.has('overview')) {
			const { timeline, bucketMs } = this.overview ?? { timeline: [], bucketMs: 0 };
			const before = this.buckets.length;
			this.buckets = fillTimeline(timeline, bucketMs);
			if (this.buckets.length !== before && !this.dragging) {
				this.letGo();
			}
		}
		this.bars = barsOf(this.buckets, this.width, HEIGHT);
	}

	protected override render(): TemplateResult {
		const now = new Date();
		const { active, buckets } = this;
		const bucket = active === undefined ? undefined : buckets[active];
		return html`
			<div class="head">
				<ul class="legend" aria-label=${say('Legend')}>
					${SERIES.map(
						series =>
							html`<li>
								<svg width="12" height="12" aria-hidden="true">
									${patterns('key')}
									<rect
										class="outline ${series}"
										width="12"
										height="12"
										fill=${`url(#key-${series})`}
									/>
								</svg>
								${say(SERIES_WORDS[series])}
							</li>`,
					)}
				</ul>
				<span class="readout" id="readout">${bucket === undefined ? nothing : this.readout(now)}</span>
			</div>
			<div
				class="plot"
				role="listbox"
				tabindex="0"
				aria-label=${say('Calls over time. {0}', timelineText(buckets, now))}
				aria-description=${say('Arrow keys move, Shift with arrow keys chooses a stretch, Enter filters by it, Escape lets go.')}
				aria-orientation="horizontal"
				aria-multiselectable="true"
				aria-activedescendant=${bucket === undefined ? nothing : `b-${String(active)}`}
				@keydown=${this.keyed}
				@focus=${this.focused}
				@blur=${this.blurred}
				@pointerdown=${this.pressed}
				@pointermove=${this.moved}
				@pointerup=${this.released}
				@pointercancel=${this.letGo}
				@pointerleave=${this.leftPlot}
			>
				<svg width=${this.width} height=${HEIGHT} role="presentation">
					${patterns('bar')} ${guard([this.bars], () => this.bars.map(bar => barTemplate(bar)))}
					${buckets.map((each, at) => this.option(each, at, now))}
				</svg>
			</div>
			<svg class="axis" width=${this.width} height="16" aria-hidden="true">
				${ticksOf(buckets, this.width, now).map(
					({ x, text, anchor }) => svg`<text x=${x} y="12" text-anchor=${anchor}>${text}</text>`,
				)}
			</svg>
		`;
	}

	/** An invisible column over a bar: what a pointer meets, and what is chosen or active is drawn on it. */
	private option(bucket: TimelineBucket, at: number, now: Date): SVGTemplateResult {
		const bar = this.bars[at];
		const step = this.width / Math.max(1, this.buckets.length);
		const chosen = this.isChosen(at);
		const text = bucketText(bucket, this.overview?.bucketMs ?? 0, now);
		return svg`<rect class="option ${chosen ? 'chosen' : ''} ${at === this.active ? 'active' : ''}" id=${`b-${String(at)}`}
			role="option" aria-selected=${chosen ? 'true' : 'false'} aria-label=${text}
			x=${bar?.x ?? 0} y="0" width=${step} height=${HEIGHT} />`;
	}

	private readout(now: Date): string {
		const range = this.chosen();
		const bucket = this.buckets[this.active ?? 0];
		const { bucketMs = 0 } = this.overview ?? {};
		if (range === undefined || this.anchor === this.active) {
			return bucket === undefined ? '' : bucketText(bucket, bucketMs, now);
		}
		const inside = this.buckets.filter((_, at) => this.isChosen(at));
		const sum = Object.fromEntries(
			SERIES.map(series => [series, inside.reduce((all, { counts }) => all + counts[series], 0)]),
		) as TimelineBucket['counts'];
		const ms = Date.parse(range.to) - Date.parse(range.from);
		return bucketText({ from: range.from, counts: sum }, ms, now);
	}

	private isChosen(at: number): boolean {
		const { anchor, active } = this;
		return (
			anchor !== undefined &&
			active !== undefined &&
			at >= Math.min(anchor, active) &&
			at <= Math.max(anchor, active)
		);
	}

	private chosen(): TimeRange | undefined {
		const { anchor, active, buckets } = this;
		return anchor === undefined || active === undefined
			? undefined
			: rangeOf(buckets, this.overview?.bucketMs ?? 0, anchor, active);
	}

	private apply(): void {
		const range = this.chosen();
		this.letGo();
		if (range !== undefined) {
			this.dispatchEvent(new CustomEvent<TimeRange>('range', { detail: range }));
		}
	}

	private readonly keyed = (event: KeyboardEvent) => {
		const last = this.buckets.length - 1;
		const steps: Readonly<Record<string, number>> = {
			...{ ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity },
		};
		const step = Object.hasOwn(steps, event.key) ? steps[event.key] : undefined;
		if (last < 0 || event.altKey || event.ctrlKey || event.metaKey) {
			return;
		}
		if (step !== undefined) {
			const at = this.active ?? last;
			this.anchor = event.shiftKey ? (this.anchor ?? at) : undefined;
			this.active = Math.min(Math.max(at + step, 0), last);
		} else if ((event.key === 'Enter' || event.key === ' ') && this.active !== undefined) {
			this.anchor ??= this.active;
			this.apply();
		} else if (event.key === 'Escape' && this.anchor !== undefined) {
			this.anchor = undefined;
			event.stopPropagation();
		} else {
			return;
		}
		event.preventDefault();
	};

	private readonly focused = () => {
		if (this.active === undefined && this.buckets.length > 0 && !this.dragging) {
			this.active = this.buckets.length - 1;
		}
	};

	private readonly blurred = () => {
		if (!this.dragging) {
			this.letGo();
		}
	};

	private readonly pressed = (event: PointerEvent) => {
		if (event.button === 0 && this.buckets.length > 0) {
			this.dragging = true;
			(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
			this.active = this.bucketOf(event);
			this.anchor = this.active;
		}
	};

	private readonly moved = (event: PointerEvent) => {
		if (this.buckets.length > 0 && (this.dragging || this.anchor === undefined)) {
			this.active = this.bucketOf(event);
		}
	};

	private readonly released = () => {
		if (this.dragging) {
			this.dragging = false;
			this.apply();
		}
	};

	private readonly leftPlot = (event: PointerEvent) => {
		if (!this.dragging && (event.currentTarget as HTMLElement) !== this.shadowRoot?.activeElement) {
			this.letGo();
		}
	};

	private readonly letGo = () => {
		this.dragging = false;
		this.anchor = undefined;
		this.active = undefined;
	};

	private bucketOf(event: PointerEvent): number {
		const { left } = (event.currentTarget as HTMLElement).getBoundingClientRect();
		return bucketAt(event.clientX - left, this.width, this.buckets.length);
	}

	static override readonly styles = [sharedStyles, timelineStyles];
}

/** Plain, striped, crossed, dotted: colour is never the only sign. */
function patterns(prefix: string): SVGTemplateResult {
	const pattern = (series: string, content: SVGTemplateResult) =>
		svg`<pattern id=${`${prefix}-${series}`} class=${series} width="6" height="6" patternUnits="userSpaceOnUse">
			${content}
		</pattern>`;
	return svg`<defs>
		${pattern('allow', svg`<rect class="full" width="6" height="6" />`)}
		${pattern('require_approval', svg`<rect class="faint" width="6" height="6" /><path d="M-1 7 7-1M-1 1 1-1M5 7 7 5" />`)}
		${pattern('deny', svg`<rect class="half" width="6" height="6" /><path d="M0 0 6 6M6 0 0 6" />`)}
		${pattern('none', svg`<rect class="dot" x="1" y="1" width="2" height="2" /><rect class="dot" x="4" y="4" width="2" height="2" />`)}
	</defs>`;
}

function barTemplate({ x, width, parts }: Bar): SVGTemplateResult {
	return svg`${parts.map(
		({ series, y, height }) =>
			svg`<rect class="part" x=${x} y=${y} width=${width} height=${height} fill=${`url(#bar-${series})`} />`,
	)}`;
}
