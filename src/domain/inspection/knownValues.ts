import { foldUnit, formsOf } from './knownForms';
import { knownCandidates, type NamedValue } from './knownCandidate';
import { type Reading, readings } from './readings';
import { unitsOf } from './survey';

/** Folded units of a value that are told from everything else (a power of two); shorter parts say nothing. */
const WINDOW = 8;
const MAX_VALUES = 1_000;
/** Windows of all values together. */
const MAX_WINDOWS = 400_000;
const FILTER_BITS = 21;
/** Shorter texts are looked at again rather than kept. */
const KEPT_FROM = 2_048;
/** Bytes of a value that count as the value. */
const LEAST_BYTES = 12;
/** What base64 keeps of a value at any place: so many bytes at its ends may be its neighbours'. */
const SLACK = 2;
/** Units of a window that have to tell more than a prefix or a word does. */
const TELLING = 4;
/** What many values have in common: prefixes (`github_pat_`), words, and how a key block begins. */
const COMMON = /^(?:[A-Za-z]{2,10}[-_]){1,3}|[A-Z]?[a-z]{5,}|[A-Z]{6,}|-----[^-]{1,60}-----\s{0,4}[A-Za-z0-9+/]{0,64}/g;

/** A part of a known value in a text. */
export interface KnownPart {
	/** Number of the value. */
	readonly value: number;
	/** Bytes of the value that it tells of, end exclusive. */
	readonly from: number;
	readonly to: number;
	/** UTF-16 offsets in the text, end exclusive; of what was encoded, the encoded stretch. */
	readonly start: number;
	readonly end: number;
}

interface Kept {
	/** Stable while the process runs: the same value has the same mark in a later set. */
	readonly mark: string;
	readonly bytes: number;
	/** Bytes from its first letter or digit to its last. */
	readonly told: number;
	readonly by: 'parts' | 'whole';
}

/** One window of one form: hashes, and what it tells of. */
interface Table {
	readonly check: Int32Array;
	readonly value: Uint16Array;
	readonly from: Uint16Array;
	readonly to: Uint16Array;
	readonly next: Int32Array;
	readonly heads: ReadonlyMap<number, number>;
	readonly filter: Uint32Array;
}

/**
 * Values that this machine keeps secret, to be found in what is about to leave: plain, in other case, cut by separators or
 * invisible characters, backwards, escaped, in hex or base64 at any place, in encodings of these, and in parts.
 *
 * INVARIANT: what is kept are hashes of short windows under a key of this process, never the values; nothing of them is
 * written or logged (6).
 */
export class KnownValues {
	private readonly values: Kept[] = [];
	private readonly table: Table;
	private readonly bases: readonly [number, number];
	private readonly leaving: readonly [number, number];
	/** The same long text is asked about for the record and for its label. Replaced by the next one. */
	private last: { readonly text: string; readonly parts: readonly KnownPart[] } | undefined;

	/** `key`: two random 32-bit numbers, the same for every set of one process. */
	constructor(named: Iterable<NamedValue>, key: readonly [number, number]) {
		// Odd, so that multiplying loses nothing.
		this.bases = [key[0] | 1, key[1] | 1];
		this.leaving = [power(this.bases[0], WINDOW), power(this.bases[1], WINDOW)];
		const windows: number[][] = [];
		const seen = new Set<string>();
		for (const each of named) {
			for (const { value, by } of knownCandidates(each)) {
				if (!seen.has(value) && this.values.length < MAX_VALUES && windows.length < MAX_WINDOWS) {
					seen.add(value);
					this.add(value, by, windows);
				}
			}
		}
		this.table = tableOf(windows);
	}

	/** How many values are looked for. */
	get size(): number {
		return this.values.length;
	}

	/** Stable name of a value within this process; says nothing of it. */
	markOf(value: number): string {
		return this.values[value]?.mark ?? '';
	}

	/** True when so many different bytes of a value say that it is there. */
	isThere(value: number, bytes: number): boolean {
		const kept = this.values[value];
		const whole = (kept?.told ?? Infinity) - SLACK;
		return bytes >= (kept?.by === 'parts' ? Math.min(whole, LEAST_BYTES) : whole);
	}

	/** Bytes that a value has. */
	bytesOf(value: number): number {
		return this.values[value]?.bytes ?? 0;
	}

	/** Parts of known values in an attacker-controlled text and in what its encodings say. Linear; bounded. */
	find(text: string): readonly KnownPart[] {
		if (this.values.length === 0 || text.length < WINDOW / 2) {
			return [];
		}
		if (this.last?.text === text) {
			return this.last.parts;
		}
		const parts = readings(text).flatMap(reading => this.inReading(reading));
		if (text.length >= KEPT_FROM) {
			this.last = { text, parts };
		}
		return parts;
	}

	private inReading({ text, span }: Reading): readonly KnownPart[] {
		const parts = this.inPlain(text);
		return span === undefined ? parts : parts.map(part => ({ ...part, start: span.start, end: span.end }));
	}

	private add(text: string, by: Kept['by'], windows: number[][]): void {
		const number = this.values.length;
		const forms = formsOf(text);
		const [plain] = forms;
		if (plain === undefined || plain.units.length < WINDOW) {
			return;
		}
		const [first, second] = this.hashesOf(plain.units);
		const bytes = (plain.at.at(-1) ?? 0) + 1;
		const told = bytes - (plain.at[0] ?? 0);
		this.values.push({ mark: `${String(first)}.${String(second)}.${String(bytes)}`, bytes, told, by });
		const common = by === 'parts' ? commonBytes(text) : new Set<number>();
		for (const { units, at } of forms) {
			for (let start = 0; start + WINDOW <= units.length; start++) {
				const reach = at.slice(start, start + WINDOW);
				if (reach.filter(byte => !common.has(byte)).length >= TELLING) {
					const [hash, check] = this.hashesOf(units.slice(start, start + WINDOW));
					windows.push([hash, check, number, Math.min(...reach), Math.max(...reach) + 1]);
				}
			}
		}
	}

	private hashesOf(units: readonly number[]): readonly [number, number] {
		const [one, other] = this.bases;
		let first = 0;
		let second = 0;
		for (const unit of units) {
			first = (Math.imul(first, one) + unit) | 0;
			second = (Math.imul(second, other) + unit) | 0;
		}
		return [first, second];
	}

	/** Rolls over the folded text; what a window hits is put together to the longest parts. */
	private inPlain(text: string): readonly KnownPart[] {
		const { filter, heads } = this.table;
		const [one, other] = this.bases;
		const [oneLeaves, otherLeaves] = this.leaving;
		const ring = new Uint8Array(WINDOW);
		const places = new Uint32Array(WINDOW);
		const found = new Map<number, KnownPart>();
		const parts: KnownPart[] = [];
		let first = 0;
		let second = 0;
		let count = 0;
		const units = unitsOf(text);
		for (let at = 0; at < units.length; at++) {
			const unit = foldUnit(units[at] as number);
			if (unit === 0) {
				continue;
			}
			const slot = count & (WINDOW - 1);
			const old = ring[slot] as number;
			first = (Math.imul(first, one) + unit - Math.imul(old, oneLeaves)) | 0;
			second = (Math.imul(second, other) + unit - Math.imul(old, otherLeaves)) | 0;
			ring[slot] = unit;
			places[slot] = at;
			count++;
			if (count >= WINDOW && isSet(filter, first)) {
				const head = heads.get(first);
				if (head !== undefined) {
					this.hits(head, second, places[count & (WINDOW - 1)] as number, at + 1, found, parts);
				}
			}
		}
		return [...parts, ...found.values()];
	}

	private hits(
		head: number,
		check: number,
		start: number,
		end: number,
		open: Map<number, KnownPart>,
		parts: KnownPart[],
	): void {
		const { table } = this;
		for (let entry = head; entry >= 0; entry = table.next[entry] as number) {
			if (table.check[entry] !== check) {
				continue;
			}
			const value = table.value[entry] as number;
			const from = table.from[entry] as number;
			const to = table.to[entry] as number;
			const last = open.get(value);
			// The next window of the same form, in either direction.
			if (last !== undefined && start < last.end && from <= last.to && to >= last.from) {
				open.set(value, {
					value,
					from: Math.min(last.from, from),
					to: Math.max(last.to, to),
					start: last.start,
					end,
				});
			} else {
				if (last !== undefined) {
					parts.push(last);
				}
				open.set(value, { value, from, to, start, end });
			}
		}
	}
}

/** Bytes of a value that others have as well. A value with letters beyond ASCII is taken as it is. */
function commonBytes(text: string): ReadonlySet<number> {
	const bytes = new Set<number>();
	for (const { 0: run, index } of text.matchAll(COMMON)) {
		for (let at = index; at < index + run.length; at++) {
			bytes.add(at);
		}
	}
	return bytes;
}

function power(base: number, exponent: number): number {
	let result = 1;
	for (let count = 0; count < exponent; count++) {
		result = Math.imul(result, base);
	}
	return result;
}

function isSet(filter: Uint32Array, hash: number): boolean {
	const bit = hash >>> (32 - FILTER_BITS);
	return ((filter[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
}

function tableOf(windows: readonly (readonly number[])[]): Table {
	const size = windows.length;
	const heads = new Map<number, number>();
	const table = {
		check: new Int32Array(size),
		value: new Uint16Array(size),
		from: new Uint16Array(size),
		to: new Uint16Array(size),
		next: new Int32Array(size),
		heads,
		filter: new Uint32Array(1 << (FILTER_BITS - 5)),
	};
	windows.forEach(([hash = 0, check = 0, value = 0, from = 0, to = 0], index) => {
		table.check[index] = check;
		table.value[index] = value;
		table.from[index] = from;
		table.to[index] = to;
		table.next[index] = heads.get(hash) ?? -1;
		heads.set(hash, index);
		const bit = hash >>> (32 - FILTER_BITS);
		table.filter[bit >>> 5] = (table.filter[bit >>> 5] as number) | (1 << (bit & 31));
	});
	return table;
}
