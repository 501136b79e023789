import { percentiles } from '../domain/audit/trailStats';
import { type AuditOverview, type AuditStats, type Ranked, type TimelineBucket } from '../domain/audit/auditFilter';
import { type IndexQuery } from './auditQuery';
import { type IndexShelf } from './indexShelf';
import { type Counts, HALF_HOUR, type Rows, type ShelfSums, STEPS, type WholeSums } from './keptSums';
import { latencyOfShelf, type Pause, promptsOfShelf, sumsOfShelf, timelineOfShelf } from './shelfSums';

/** Buckets of a timeline, at most. */
const MOST_BUCKETS = 120;
const MOST_RANKED = 10;

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Lengths of a bucket that people can name; beyond the last, multiples of it. */
const LENGTHS = [
	...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map(seconds => seconds * SECOND),
	...[1, 2, 3, 6, 12].map(hours => hours * HOUR),
	...[1, 2, 7, 14, 28].map(days => days * DAY),
];

/** Timeline and most frequent of what matches in all shelves, which have been searched for the text of the query. */
export async function overviewOf(
	shelves: readonly IndexShelf[],
	query: IndexQuery,
	pause: Pause,
): Promise<AuditOverview> {
	const sums = await sumsOf(shelves, query, pause);
	const total = sums.reduce((sum, each) => sum + each.total, 0);
	const [from, to] = spanOf(sums);
	if (from === undefined || to === undefined) {
		return { total, timeline: [], bucketMs: SECOND, top: topOf(sums) };
	}
	const bucketMs = bucketLength(from, to);
	const first = Math.floor(from / bucketMs);
	const buckets = Array.from({ length: Math.floor(to / bucketMs) - first + 1 }, (_, index) => ({
		from: new Date((first + index) * bucketMs).toISOString(),
		counts: { allow: 0, require_approval: 0, deny: 0, none: 0 },
	}));
	for (const shelf of shelves) {
		const key = `timeline ${bucketMs} ${query.key}`;
		const rows = await shelf.keep(key, async () => {
			await pause();
			const whole = bucketMs % HALF_HOUR === 0 ? await wholeOf(shelf, query) : undefined;
			return (
				whole?.timeline.map(([half, ...rest]) => [
					Math.floor((Number(half) * HALF_HOUR) / bucketMs),
					...rest,
				]) ?? timelineOfShelf(shelf, query, bucketMs)
			);
		});
		for (const [bucket, effect, count] of rows) {
			const counts = buckets[Number(bucket) - first]?.counts;
			if (counts !== undefined) {
				counts[nameOf(effect)] += Number(count);
			}
		}
	}
	const prompts = buckets.map(() => ({ calls: 0, prompts: 0 }));
	for (const [bucket, calls, asked] of await promptRows(shelves, query, bucketMs, pause)) {
		const into = prompts[Number(bucket) - first];
		if (into !== undefined) {
			into.calls += Number(calls);
			into.prompts += Number(asked);
		}
	}
	return { total, timeline: buckets satisfies readonly TimelineBucket[], bucketMs, prompts, top: topOf(sums) };
}

async function promptRows(
	shelves: readonly IndexShelf[],
	query: IndexQuery,
	bucketMs: number,
	pause: Pause,
): Promise<Rows> {
	const all: Rows[number][] = [];
	for (const shelf of shelves) {
		const rows = await shelf.keep(`prompts ${bucketMs} ${query.key}`, async () => {
			await pause();
			const whole = bucketMs % HALF_HOUR === 0 ? await wholeOf(shelf, query) : undefined;
			return (
				whole?.prompts.map(([half, ...rest]) => [Math.floor((Number(half) * HALF_HOUR) / bucketMs), ...rest]) ??
				promptsOfShelf(shelf, query, bucketMs)
			);
		});
		all.push(...rows);
	}
	return all;
}

/** Sums of what matches in all shelves, which have been searched for the text of the query. */
export async function statsOf(shelves: readonly IndexShelf[], query: IndexQuery, pause: Pause): Promise<AuditStats> {
	const sums = await sumsOf(shelves, query, pause);
	const [from, to] = spanOf(sums);
	const latency = [];
	for (const step of STEPS) {
		latency.push([step, await latencyOf(shelves, query, step, pause)] as const);
	}
	return {
		entries: sums.reduce((sum, { total }) => sum + total, 0),
		calls: sums.reduce((sum, { calls }) => sum + calls, 0),
		byVerdict: ranked(sums.map(({ effect }) => effect)),
		byOutcome: ranked(sums.map(({ outcome }) => outcome)),
		top: topOf(sums),
		latency: Object.fromEntries(latency) as AuditStats['latency'],
		...(from !== undefined &&
			to !== undefined && {
				from: new Date(from).toISOString(),
				to: new Date(to).toISOString(),
			}),
	};
}

async function sumsOf(shelves: readonly IndexShelf[], query: IndexQuery, pause: Pause): Promise<readonly ShelfSums[]> {
	const sums: ShelfSums[] = [];
	for (const shelf of shelves) {
		if (shelf.isSearched(query) && (await shelf.count(query)) === 0) {
			continue;
		}
		const make = async () => (await wholeOf(shelf, query))?.sums ?? sumsOfShelf(shelf, query, pause);
		sums.push(await shelf.keep(`sums ${query.key}`, make));
		await pause();
	}
	return sums;
}

/** What is kept beside the shelf for a query that asks for all of it. */
async function wholeOf(shelf: IndexShelf, { all }: IndexQuery): Promise<WholeSums | undefined> {
	return all ? shelf.whole() : undefined;
}

async function latencyOf(
	shelves: readonly IndexShelf[],
	query: IndexQuery,
	step: (typeof STEPS)[number],
	pause: Pause,
): Promise<{ p50: number; p99: number }> {
	const all = new Map<number, number>();
	for (const shelf of shelves) {
		const rows = await shelf.keep(`${step} ${query.key}`, async () => {
			await pause();
			return (await wholeOf(shelf, query))?.latency[step] ?? latencyOfShelf(shelf, query, step);
		});
		for (const [micros, count] of rows) {
			all.set(Number(micros), (all.get(Number(micros)) ?? 0) + Number(count));
		}
	}
	const { p50, p99 } = percentiles(all);
	return { p50: p50 / 1000, p99: p99 / 1000 };
}

function bucketLength(from: number, to: number): number {
	const fits = (length: number) => Math.floor(to / length) - Math.floor(from / length) < MOST_BUCKETS;
	const longest = LENGTHS.at(-1) ?? DAY;
	return LENGTHS.find(fits) ?? longest * Math.ceil((to - from) / longest / (MOST_BUCKETS - 1));
}

function spanOf(sums: readonly ShelfSums[]): readonly [number | undefined, number | undefined] {
	const some = sums.filter(({ total }) => total > 0);
	return some.length === 0
		? [undefined, undefined]
		: [Math.min(...some.map(({ from }) => from)), Math.max(...some.map(({ to }) => to))];
}

function topOf(sums: readonly ShelfSums[]): AuditOverview['top'] {
	const top = (of: (sum: ShelfSums) => Counts) => ranked(sums.map(of)).slice(0, MOST_RANKED);
	return {
		servers: top(({ server }) => server),
		tools: top(({ tool }) => tool),
		rules: top(({ rule }) => rule),
		refusals: top(({ refusal }) => refusal),
	};
}

function ranked(all: readonly Counts[]): readonly Ranked[] {
	const sum = new Map<string, number>();
	for (const counts of all) {
		for (const [value, count] of counts) {
			sum.set(value, (sum.get(value) ?? 0) + count);
		}
	}
	return [...sum]
		.map(([value, count]) => ({ value, count }))
		.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

function nameOf(effect: unknown): keyof TimelineBucket['counts'] {
	return effect === 'allow' || effect === 'require_approval' || effect === 'deny' ? effect : 'none';
}
