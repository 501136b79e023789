import { type AuditOverview, type AuditStats, type Ranked, type TimelineBucket } from '../domain/audit/auditFilter';
import { type IndexQuery } from './auditQuery';
import { ROW_KIND } from './indexRow';
import { type IndexShelf } from './indexShelf';

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

const STEPS = ['decide', 'approval', 'upstream', 'screen', 'write'] as const;
const AT = 'coalesce(at, time)';

type Counts = Map<string, number>;

/** What one shelf says of a filter. */
interface ShelfSums {
	readonly total: number;
	readonly calls: number;
	readonly from: number;
	readonly to: number;
	readonly server: Counts;
	readonly tool: Counts;
	readonly rule: Counts;
	readonly refusal: Counts;
	readonly effect: Counts;
	readonly outcome: Counts;
}

/** Runs between two queries of a sum, so that others get a turn. */
export type Pause = () => Promise<void>;

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
			return shelf.rows(
				query,
				condition =>
					`SELECT ${AT} / ${bucketMs}, ${wordOf('effect')}, count(*) FROM entry WHERE ${condition} GROUP BY 1, effect`,
			);
		});
		for (const [bucket, effect, count] of rows) {
			const counts = buckets[Number(bucket) - first]?.counts;
			if (counts !== undefined) {
				counts[nameOf(effect)] += Number(count);
			}
		}
	}
	return { total, timeline: buckets satisfies readonly TimelineBucket[], bucketMs, top: topOf(sums) };
}

/** Sums of what matches in all shelves, which have been searched for the text of the query. */
export async function statsOf(shelves: readonly IndexShelf[], query: IndexQuery, pause: Pause): Promise<AuditStats> {
	const sums = await sumsOf(shelves, query, pause);
	const [from, to] = spanOf(sums);
	const latency = [];
	for (const step of STEPS) {
		latency.push([step, await percentiles(shelves, query, step, pause)] as const);
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
		sums.push(await shelf.keep(`sums ${query.key}`, () => sumsOfShelf(shelf, query, pause)));
		await pause();
	}
	return sums;
}

async function sumsOfShelf(shelf: IndexShelf, query: IndexQuery, pause: Pause): Promise<ShelfSums> {
	const counts = async (column: string, table: 'word' | 'list' = 'word', also = '') => {
		await pause();
		const named = `(SELECT value FROM ${table} AS named WHERE named.id = ${column})`;
		const rows = await shelf.rows(
			query,
			condition =>
				`SELECT ${named}, count(*) FROM entry WHERE ${condition} AND ${column} IS NOT NULL ${also} GROUP BY ${column}`,
		);
		return new Map(rows.map(([value, count]) => [String(value), Number(count)]));
	};
	const [row] = await shelf.rows(
		query,
		condition =>
			`SELECT count(*), sum(kind = ${ROW_KIND.call}), min(${AT}), max(${AT}) FROM entry WHERE ${condition}`,
	);
	const [total, calls, from, to] = (row ?? []).map(Number);
	const rule: Counts = new Map();
	for (const [list, count] of await counts('rules', 'list')) {
		for (const one of JSON.parse(list) as string[]) {
			rule.set(one, (rule.get(one) ?? 0) + count);
		}
	}
	return {
		total: total ?? 0,
		calls: calls ?? 0,
		from: from ?? 0,
		to: to ?? 0,
		rule,
		server: await counts('server'),
		tool: await counts('tool'),
		refusal: await counts('reason'),
		effect: await counts('effect'),
		outcome: await counts('outcome'),
	};
}

async function percentiles(
	shelves: readonly IndexShelf[],
	query: IndexQuery,
	step: (typeof STEPS)[number],
	pause: Pause,
): Promise<{ p50: number; p99: number }> {
	const all = new Map<number, number>();
	for (const shelf of shelves) {
		const rows = await shelf.keep(`${step} ${query.key}`, async () => {
			await pause();
			return shelf.rows(
				query,
				condition =>
					`SELECT ${step}, count(*) FROM entry WHERE ${condition} AND kind = ${ROW_KIND.call} AND ${step} IS NOT NULL GROUP BY 1`,
			);
		});
		for (const [micros, count] of rows) {
			all.set(Number(micros), (all.get(Number(micros)) ?? 0) + Number(count));
		}
	}
	const sorted = [...all].sort(([a], [b]) => a - b);
	const total = sorted.reduce((sum, [, count]) => sum + count, 0);
	const at = (share: number) => {
		let left = Math.ceil(total * share);
		const found = sorted.find(([, count]) => (left -= count) <= 0);
		return (found?.[0] ?? 0) / 1000;
	};
	return { p50: at(0.5), p99: at(0.99) };
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
	const sum: Counts = new Map();
	for (const counts of all) {
		for (const [value, count] of counts) {
			sum.set(value, (sum.get(value) ?? 0) + count);
		}
	}
	return [...sum]
		.map(([value, count]) => ({ value, count }))
		.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

function wordOf(column: string): string {
	return `(SELECT value FROM word WHERE word.id = ${column})`;
}

function nameOf(effect: unknown): keyof TimelineBucket['counts'] {
	return effect === 'allow' || effect === 'require_approval' || effect === 'deny' ? effect : 'none';
}
