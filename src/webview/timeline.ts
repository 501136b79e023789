import { type TimelineBucket } from '../shared/auditView';
import { formatFullTime, formatTime } from './formats';
import { say, sayCount, sayNumber } from './say';

/** What the bars are made of, from the ground up. */
export const SERIES = ['allow', 'require_approval', 'deny', 'none'] as const;

/** One of {@link SERIES}. */
export type Series = (typeof SERIES)[number];

/** How a series is called beside its colour and pattern. */
export const SERIES_WORDS: Readonly<Record<Series, string>> = {
	allow: 'allowed',
	require_approval: 'asked',
	deny: 'denied',
	none: 'no verdict',
};

/** A part of a bar: pixels from the top of the chart. */
export interface BarPart {
	readonly series: Series;
	readonly y: number;
	readonly height: number;
}

/** One bucket as it is drawn, in pixels. */
export interface Bar {
	readonly x: number;
	readonly width: number;
	readonly parts: readonly BarPart[];
}

/** A mark on the time axis. */
export interface Tick {
	readonly x: number;
	readonly text: string;
	/** The last one ends at its place, so that it is not cut off. */
	readonly anchor: 'start' | 'middle' | 'end';
}

/** No more buckets are drawn: the contract says 120, and this bounds what a wrong one costs. */
const MAX_BUCKETS = 400;

/** Even one call among thousands is seen. */
const LEAST_PX = 2;

const TICK_PX = 120;

const WEEK_MS = 604_800_000;

/** The buckets with empty ones between them where the host left those out, oldest first. Empty where a time is no time. */
export function fillTimeline(timeline: readonly TimelineBucket[], bucketMs: number): readonly TimelineBucket[] {
	const times = timeline.map(({ from }) => Date.parse(from));
	const [first, last] = [times[0], times.at(-1)];
	if (first === undefined || last === undefined || times.some(Number.isNaN) || !(bucketMs > 0) || last < first) {
		return [];
	}
	const count = Math.min(Math.round((last - first) / bucketMs) + 1, MAX_BUCKETS);
	const counts = Array.from({ length: count }, () => ({ allow: 0, require_approval: 0, deny: 0, none: 0 }));
	timeline.forEach((bucket, at) => {
		const into = counts[Math.round(((times[at] ?? first) - first) / bucketMs)];
		if (into !== undefined) {
			for (const series of SERIES) {
				into[series] += bucket.counts[series];
			}
		}
	});
	return counts.map((each, at) => ({ from: new Date(first + at * bucketMs).toISOString(), counts: each }));
}

/** All calls of a bucket. */
export function totalOf({ counts }: TimelineBucket): number {
	return SERIES.reduce((sum, series) => sum + counts[series], 0);
}

/** The bars of a chart of this size. Heights are in proportion, but what is not 0 has {@link LEAST_PX} at least. */
export function barsOf(buckets: readonly TimelineBucket[], width: number, height: number): readonly Bar[] {
	const most = Math.max(1, ...buckets.map(totalOf));
	const step = width / Math.max(1, buckets.length);
	const gap = step > 4 ? 1 : 0;
	return buckets.map((bucket, at) => ({
		x: at * step,
		width: Math.max(step - gap, 0.5),
		parts: partsOf(bucket, most, height),
	}));
}

function partsOf({ counts }: TimelineBucket, most: number, height: number): readonly BarPart[] {
	const present = SERIES.filter(series => counts[series] > 0);
	const heights = present.map(series => Math.max((counts[series] / most) * height, LEAST_PX));
	const over = heights.reduce((sum, each) => sum + each, 0) - height;
	if (over > 0) {
		const largest = heights.indexOf(Math.max(...heights));
		heights[largest] = Math.max((heights[largest] ?? 0) - over, LEAST_PX);
	}
	let y = height;
	return present.map((series, at) => {
		const own = heights[at] ?? 0;
		y -= own;
		return { series, y, height: own };
	});
}

/** The bucket under a place on the chart; the nearest one outside of it. */
export function bucketAt(x: number, width: number, count: number): number {
	return Math.min(Math.max(Math.floor((x / Math.max(width, 1)) * count), 0), count - 1);
}

/** The stretch of time of two buckets and what lies between them, in either order: `from` inclusive, `to` exclusive. */
export function rangeOf(
	buckets: readonly TimelineBucket[],
	bucketMs: number,
	one: number,
	other: number,
): { readonly from: string; readonly to: string } | undefined {
	const first = buckets[Math.min(one, other)];
	const last = buckets[Math.max(one, other)];
	return first && last && { from: first.from, to: new Date(Date.parse(last.from) + bucketMs).toISOString() };
}

/** A bucket in words, for readout and screen reader: `10:20:00 to 10:40:00: 31 allowed, 2 asked`. */
export function bucketText(bucket: TimelineBucket, bucketMs: number, now: Date): string {
	const to = new Date(Date.parse(bucket.from) + bucketMs).toISOString();
	const said = SERIES.filter(series => bucket.counts[series] > 0).map(
		series => `${sayNumber(bucket.counts[series])} ${say(SERIES_WORDS[series])}`,
	);
	const what = said.length === 0 ? say('nothing') : said.join(', ');
	return say('{0} to {1}: {2}', formatTime(bucket.from, now), formatTime(to, now), what);
}

/** The whole chart in one sentence. */
export function timelineText(buckets: readonly TimelineBucket[], now: Date): string {
	const first = buckets[0];
	const busiest = buckets.reduce<TimelineBucket | undefined>(
		(most, each) => (most !== undefined && totalOf(most) >= totalOf(each) ? most : each),
		undefined,
	);
	if (first === undefined || busiest === undefined) {
		return say('Nothing to show.');
	}
	const sums = SERIES.map(series => [series, buckets.reduce((sum, each) => sum + each.counts[series], 0)] as const);
	const said = sums
		.filter(([, sum]) => sum > 0)
		.map(([series, sum]) => `${sayNumber(sum)} ${say(SERIES_WORDS[series])}`);
	return sayCount(
		totalOf(busiest),
		'Since {1}: {2}; most at {3} ({0} entry).',
		'Since {1}: {2}; most at {3} ({0} entries).',
		formatTime(first.from, now),
		said.join(', '),
		formatTime(busiest.from, now),
	);
}

/** Marks for the axis, at least {@link TICK_PX} apart, each at the start of a bucket. */
export function ticksOf(buckets: readonly TimelineBucket[], width: number, now: Date): readonly Tick[] {
	const wanted = Math.max(2, Math.min(Math.floor(width / TICK_PX), buckets.length));
	const at = new Set(
		Array.from({ length: wanted }, (_, tick) => Math.round((tick * (buckets.length - 1)) / (wanted - 1))),
	);
	const step = width / Math.max(1, buckets.length);
	const text = tickText(buckets, now);
	return [...at].flatMap(index => {
		const bucket = buckets[index];
		const anchor = index === 0 ? 'start' : index === buckets.length - 1 ? 'end' : 'middle';
		const x = anchor === 'end' ? width : anchor === 'start' ? 0 : index * step;
		return bucket === undefined ? [] : [{ x, text: text(bucket.from), anchor }];
	});
}

/** All marks of an axis in one form: days where it spans several, and times where it lies within one. */
function tickText(buckets: readonly TimelineBucket[], now: Date): (iso: string) => string {
	const days = new Set(
		[buckets[0], buckets.at(-1)].map(bucket => bucket && formatFullTime(bucket.from).slice(0, 10)),
	);
	const reach = Date.parse(buckets.at(-1)?.from ?? '') - Date.parse(buckets[0]?.from ?? '');
	return iso => {
		const full = formatFullTime(iso);
		return days.size < 2 ? formatTime(iso, now) : reach > WEEK_MS ? full.slice(0, 10) : full.slice(5, 16);
	};
}
