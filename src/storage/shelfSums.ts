import { isJsonObject } from '../base/json';
import { indexQuery, type IndexQuery } from './auditQuery';
import { ROW_KIND } from './indexRow';
import { type IndexShelf } from './indexShelf';
import { type SqlCell } from './sqlite';

/** Steps of a call whose time is summed. */
export const STEPS = ['decide', 'approval', 'upstream', 'screen', 'write'] as const;

/** When something happened, whatever the order of the trail says. */
export const AT = 'coalesce(at, time)';

/** Timelines of whole shelves are kept in buckets of this length, milliseconds; longer ones are made of these. */
export const HALF_HOUR = 1_800_000;

/** How often which value occurs. */
export type Counts = ReadonlyMap<string, number>;

type Rows = readonly (readonly SqlCell[])[];

/** What one shelf says of a filter. */
export interface ShelfSums {
	readonly total: number;
	readonly calls: number;
	/** Milliseconds since 1970; 0 where nothing matches. */
	readonly from: number;
	readonly to: number;
	readonly server: Counts;
	readonly tool: Counts;
	readonly rule: Counts;
	readonly refusal: Counts;
	readonly effect: Counts;
	readonly outcome: Counts;
}

/** What a shelf says of no filter at all: it is kept beside its database, so that nobody has to open that for it. */
export interface WholeSums {
	readonly sums: ShelfSums;
	/** Bucket of {@link HALF_HOUR}, effect, how many. */
	readonly timeline: Rows;
	/** By step: microseconds, how many. */
	readonly latency: Readonly<Record<(typeof STEPS)[number], Rows>>;
	/** What {@link IndexShelf.uses} gave. */
	readonly uses: Rows;
}

/** Runs between two queries of a sum, so that others get a turn. */
export type Pause = () => Promise<void>;

/** What matches in one shelf, which has been searched for the text of the query. */
export async function sumsOfShelf(shelf: IndexShelf, query: IndexQuery, pause: Pause): Promise<ShelfSums> {
	const counts = async (column: string, table: 'word' | 'list' = 'word') => {
		await pause();
		const named = `(SELECT value FROM ${table} AS named WHERE named.id = ${column})`;
		const rows = await shelf.rows(
			query,
			condition =>
				`SELECT ${named}, count(*) FROM entry WHERE ${condition} AND ${column} IS NOT NULL GROUP BY ${column}`,
		);
		return new Map(rows.map(([value, count]) => [String(value), Number(count)]));
	};
	const [row] = await shelf.rows(
		query,
		condition =>
			`SELECT count(*), sum(kind = ${ROW_KIND.call}), min(${AT}), max(${AT}) FROM entry WHERE ${condition}`,
	);
	const [total, calls, from, to] = (row ?? []).map(Number);
	const rule = new Map<string, number>();
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

/** How many match in one shelf by bucket and effect. */
export async function timelineOfShelf(shelf: IndexShelf, query: IndexQuery, bucketMs: number): Promise<Rows> {
	const effect = '(SELECT value FROM word WHERE word.id = effect)';
	return shelf.rows(
		query,
		condition => `SELECT ${AT} / ${bucketMs}, ${effect}, count(*) FROM entry WHERE ${condition} GROUP BY 1, effect`,
	);
}

/** How many calls match in one shelf by the microseconds that a step took. */
export async function latencyOfShelf(
	shelf: IndexShelf,
	query: IndexQuery,
	step: (typeof STEPS)[number],
): Promise<Rows> {
	return shelf.rows(
		query,
		condition =>
			`SELECT ${step}, count(*) FROM entry WHERE ${condition} AND kind = ${ROW_KIND.call} AND ${step} IS NOT NULL GROUP BY 1`,
	);
}

/** All sums of a shelf that is made. */
export async function wholeSums(shelf: IndexShelf, pause: Pause): Promise<WholeSums> {
	const query = indexQuery({});
	const latency = {} as Record<(typeof STEPS)[number], Rows>;
	for (const step of STEPS) {
		await pause();
		latency[step] = await latencyOfShelf(shelf, query, step);
	}
	const sums = await sumsOfShelf(shelf, query, pause);
	await pause();
	const timeline = await timelineOfShelf(shelf, query, HALF_HOUR);
	await pause();
	return { sums, timeline, latency, uses: await shelf.uses() };
}

const COUNTED = ['server', 'tool', 'rule', 'refusal', 'effect', 'outcome'] as const;

/** {@link WholeSums} as JSON. */
export function writeSums({ sums, ...rest }: WholeSums): string {
	const counts = COUNTED.map(name => [name, [...sums[name]]] as const);
	return JSON.stringify({ ...rest, sums: { ...sums, ...Object.fromEntries(counts) } });
}

/** Reads sums from a cache file, which anybody may have written; undefined for what are none. */
export function readSums(text: string): WholeSums | undefined {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}
	const { sums, timeline, latency, uses } = isJsonObject(value) ? value : {};
	if (!isJsonObject(sums) || !isJsonObject(latency)) {
		return undefined;
	}
	const fits =
		['total', 'calls', 'from', 'to'].every(name => Number.isSafeInteger(sums[name])) &&
		COUNTED.every(name => isRows(sums[name], ['text', 'number'])) &&
		STEPS.every(step => isRows(latency[step], ['number', 'number'])) &&
		isRows(timeline, ['number', 'any', 'number']) &&
		isRows(uses, ['text', 'text', 'text', 'number', 'number']);
	if (!fits) {
		return undefined;
	}
	const counts = COUNTED.map(name => [name, new Map(sums[name] as [string, number][])] as const);
	return {
		...(value as WholeSums),
		sums: { ...sums, ...Object.fromEntries(counts) } as unknown as ShelfSums,
	};
}

type Cell = 'text' | 'number' | 'any';

function isRows(rows: unknown, cells: readonly Cell[]): boolean {
	const fits = (cell: unknown, wanted: Cell | undefined) =>
		wanted === 'text' ? typeof cell === 'string' : wanted === 'any' || Number.isSafeInteger(cell);
	return (
		Array.isArray(rows) &&
		rows.every(
			(row: unknown) =>
				Array.isArray(row) && row.length === cells.length && row.every((cell, at) => fits(cell, cells[at])),
		)
	);
}
