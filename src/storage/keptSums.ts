import { isJsonObject } from '../base/json';
import { type SqlCell } from './sqlite';

/** Steps of a call whose time is summed. */
export const STEPS = ['decide', 'approval', 'upstream', 'screen', 'write'] as const;

/** Timelines of whole shelves are kept in buckets of this length, milliseconds; longer ones are made of these. */
export const HALF_HOUR = 1_800_000;

/** How often which value occurs. */
export type Counts = ReadonlyMap<string, number>;

/** Rows as SQL gave them. */
export type Rows = readonly (readonly SqlCell[])[];

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
	/** Bucket of {@link HALF_HOUR}, calls, those that waited for a person. */
	readonly prompts: Rows;
	/** By step: microseconds, how many. */
	readonly latency: Readonly<Record<(typeof STEPS)[number], Rows>>;
	/** What `IndexShelf.uses` gave. */
	readonly uses: Rows;
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
	const { sums, timeline, prompts, latency, uses } = isJsonObject(value) ? value : {};
	if (!isJsonObject(sums) || !isJsonObject(latency)) {
		return undefined;
	}
	const fits =
		['total', 'calls', 'from', 'to'].every(name => Number.isSafeInteger(sums[name])) &&
		COUNTED.every(name => isRows(sums[name], ['text', 'number'])) &&
		STEPS.every(step => isRows(latency[step], ['number', 'number'])) &&
		isRows(timeline, ['number', 'any', 'number']) &&
		isRows(prompts, ['number', 'number', 'number']) &&
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
