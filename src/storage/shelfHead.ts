import { FACETS } from '../domain/audit/auditFilter';
import { isJsonObject } from '../base/json';
import { type IndexQuery } from './auditQuery';

/** A journal file as far as a shelf has read it. */
export interface ShelfFile {
	/** Number in the column `file`. */
	readonly id: number;
	readonly path: string;
	/** Bytes and lines read. */
	offset: number;
	lines: number;
	/** Smallest and greatest `time` of its entries, by this file alone. */
	earliest: number;
	latest: number;
}

/** A verdict whose outcome does not stand in the shelf. */
export interface OpenVerdict {
	/** Of its row. */
	readonly id: number;
	/** What it announces. */
	readonly mark: number;
	readonly time: number;
}

/** Names of the values that are counted: those of the filter, the verdict in two parts. */
export const COUNTED = [...FACETS.filter(facet => facet !== 'verdict'), 'effect', 'outcome'] as const;

/** A value that is counted. */
export type Counted = (typeof COUNTED)[number];

/** How many listed entries have which value; at most 501 of each, so that more than 500 can be told. */
export type ValueCounts = Readonly<Record<Counted, Readonly<Record<string, number>>>>;

/** What is known of a shelf without opening it. */
export interface ShelfHead {
	readonly files: readonly ShelfFile[];
	readonly rows: number;
	/** Listed entries, and the smallest and greatest `time` of all. */
	readonly listed: number;
	readonly earliest: number;
	readonly latest: number;
	/** First row of each block of {@link GRAM_BLOCK_BYTES}. */
	readonly blocks: readonly number[];
	readonly gramRows: number;
	readonly open: readonly OpenVerdict[];
	readonly counts: ValueCounts;
}

/** Reads a head from a cache file, which anybody may have written; undefined for what is none. */
export function readShelfHead(value: unknown): ShelfHead | undefined {
	if (!isJsonObject(value)) {
		return undefined;
	}
	const head = value as unknown as ShelfHead;
	const whole = ['rows', 'listed', 'earliest', 'latest', 'gramRows'].every(key => Number.isSafeInteger(value[key]));
	const listed = [head.files, head.blocks, head.open].every(list => Array.isArray(list));
	if (!whole || !listed || !isJsonObject(head.counts)) {
		return undefined;
	}
	const files = head.files.every(
		file => isJsonObject(file) && typeof file.path === 'string' && hasNumbers(file, FILE),
	);
	const open = head.open.every(each => isJsonObject(each) && hasNumbers(each, ['id', 'mark', 'time']));
	const counts = COUNTED.every(
		name => isJsonObject(head.counts[name]) && areNumbers(Object.values(head.counts[name])),
	);
	return files && open && counts && areNumbers(head.blocks) && head.blocks.length <= 256 ? head : undefined;
}

/** How many match, where the head alone tells; `hides`: the shelf has rows that are not listed, but counted in it. */
export function countInHead(
	{ counts, listed, latest }: ShelfHead,
	{ all, only, from }: IndexQuery,
	hides: boolean,
): number | undefined {
	// An entry counts as written when it happened, or later.
	if (from !== undefined && from > latest) {
		return 0;
	}
	if (hides || all) {
		return hides ? undefined : listed;
	}
	if (only === undefined || !(only.member in counts)) {
		return undefined;
	}
	const values = counts[only.member as keyof typeof counts];
	if (Object.hasOwn(values, only.value)) {
		return values[only.value];
	}
	return Object.keys(values).length > 500 ? undefined : 0;
}

const FILE = ['id', 'offset', 'lines', 'earliest', 'latest'];

function hasNumbers(value: object, keys: readonly string[]): boolean {
	return areNumbers(keys.map(key => (value as Record<string, unknown>)[key]));
}

function areNumbers(values: readonly unknown[]): boolean {
	return values.every(value => Number.isSafeInteger(value));
}
