/** Blocks that a table tells apart; 32 bytes a row. */
export const GRAM_BLOCKS = 256;

/** Bytes of journal in one block. */
export const GRAM_BLOCK_BYTES = 128 * 1024;

const ROW_BYTES = GRAM_BLOCKS / 8;
const GRAM = 4;
const MOST_PROBES = 16;

/** Rows of a table for so many bytes of journal: a power of two. 4 MB for 32 MiB. */
export function gramRows(journalBytes: number): number {
	return 2 ** Math.min(17, Math.max(10, Math.ceil(Math.log2(journalBytes / 256 + 1))));
}

/**
 * In which blocks of a journal a text may stand: every four characters of every line (lower case) are hashed to a row of a table,
 * which has a bit for each block. A text can only stand where the bits of all its fours are set; that it does, the bytes say.
 */
export class GramTable {
	/** Rows of the block that is being read. */
	private readonly seen: Uint8Array;
	private block = 0;

	constructor(
		private readonly rows: number,
		readonly bytes = new Uint8Array(rows * ROW_BYTES),
	) {
		this.seen = new Uint8Array(rows);
	}

	/** Takes in one line of a block, in lower case. Blocks come in order; those beyond the last share it. */
	add(line: string, block: number): void {
		if (block !== this.block) {
			this.settle();
			this.block = block;
		}
		const { seen } = this;
		const shift = 32 - Math.log2(this.rows);
		let last = 0;
		for (let index = 0; index < line.length; index++) {
			last = (last << 8) ^ foldedUnit(line.charCodeAt(index));
			if (index >= GRAM - 1) {
				seen[rowAt(last, shift)] = 1;
			}
		}
	}

	/** Writes what the block that is being read has so far into the table. */
	settle(): void {
		const { seen, bytes } = this;
		const at = Math.min(this.block, GRAM_BLOCKS - 1);
		const bit = 1 << (at & 7);
		for (let row = 0; row < seen.length; row++) {
			if (seen[row] !== 0) {
				const cell = row * ROW_BYTES + (at >> 3);
				bytes[cell] = (bytes[cell] ?? 0) | bit;
			}
		}
		seen.fill(0);
	}
}

/** Reads 32 bytes of a table at this offset. */
export type ReadGrams = (offset: number) => Uint8Array;

/** Which blocks may hold a text (lower case, as it stands in a line); undefined where it is too short to tell. */
export function blocksWith(text: string, rows: number, read: ReadGrams): Uint8Array | undefined {
	const shift = 32 - Math.log2(rows);
	const probes = new Set<number>();
	let last = 0;
	for (let index = 0; index < text.length; index++) {
		last = (last << 8) ^ text.charCodeAt(index);
		if (index >= GRAM - 1) {
			probes.add(rowAt(last, shift));
		}
	}
	if (probes.size === 0) {
		return undefined;
	}
	const step = Math.max(1, Math.floor(probes.size / MOST_PROBES));
	const found = new Uint8Array(ROW_BYTES).fill(0xff);
	for (const row of [...probes].filter((_, index) => index % step === 0)) {
		const bits = read(row * ROW_BYTES);
		for (let index = 0; index < ROW_BYTES; index++) {
			found[index] = (found[index] ?? 0) & (bits[index] ?? 0);
		}
	}
	return found;
}

/** Whether the bit of a block is set. */
export function hasBlock(blocks: Uint8Array, block: number): boolean {
	const at = Math.min(block, GRAM_BLOCKS - 1);
	return ((blocks[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
}

function foldedUnit(unit: number): number {
	return unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit;
}

function rowAt(gram: number, shift: number): number {
	return Math.imul(gram ^ (gram >>> 15), 0x9e3779b1) >>> shift;
}
