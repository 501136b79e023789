/** UTF-16 offsets, end exclusive. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

/** The way back: the span of the original for a span of what was made of it. */
export type Locate = (start: number, end: number) => Span;

/** Nothing was moved. */
export const IN_PLACE: Locate = (start, end) => ({ start, end });

/** Two ways back, one after the other: `later` leads to what `earlier` was made from. */
export function chain(earlier: Locate, later: Locate): Locate {
	if (earlier === IN_PLACE) {
		return later;
	}
	if (later === IN_PLACE) {
		return earlier;
	}
	return (start, end) => {
		const span = later(start, end);
		return earlier(span.start, span.end);
	};
}

/** The way back from a piece that begins at `base`. */
export function shifted(locate: Locate, base: number): Locate {
	return base === 0 ? locate : (start, end) => locate(start + base, end + base);
}

/** Whole segment: as long as its original, unit for unit. */
const COPIED = -1;

/** Remembers where the pieces of a text came from, in one entry for each piece; looks up in logarithmic time. */
export class Origins {
	private readonly at: number[] = [];
	private readonly from: number[] = [];
	private readonly lengths: number[] = [];

	/** From `at` on every unit came from the unit as far behind `from`. */
	copied(at: number, from: number): void {
		this.add(at, from, COPIED);
	}

	/** From `at` on all came from the `length` units at `from` together. */
	made(at: number, from: number, length: number): void {
		this.add(at, from, length);
	}

	private add(at: number, from: number, length: number): void {
		const last = this.at.length - 1;
		// An empty piece leaves no trace.
		const index = last >= 0 && this.at[last] === at ? last : last + 1;
		this.at[index] = at;
		this.from[index] = from;
		this.lengths[index] = length;
	}

	/** A span is as wide as what its first and its last unit were made of. */
	readonly locate: Locate = (start, end) => {
		const first = this.pieceOf(start);
		const last = this.pieceOf(Math.max(start, end - 1));
		return { start: this.startAt(first, start), end: Math.max(this.startAt(first, start), this.endAt(last, end)) };
	};

	private startAt(piece: number, offset: number): number {
		const from = this.from[piece] ?? 0;
		return this.lengths[piece] === COPIED ? from + offset - (this.at[piece] ?? 0) : from;
	}

	private endAt(piece: number, offset: number): number {
		const from = this.from[piece] ?? 0;
		const length = this.lengths[piece] ?? COPIED;
		return length === COPIED ? from + offset - (this.at[piece] ?? 0) : from + length;
	}

	private pieceOf(offset: number): number {
		let low = 0;
		let high = this.at.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if ((this.at[middle] as number) <= offset) {
				low = middle;
			} else {
				high = middle - 1;
			}
		}
		return low;
	}
}

/** A text made of another by replacing stretches of it from left to right. */
export class Rewrite {
	private readonly pieces: string[] = [];
	private readonly origins = new Origins();
	private length = 0;
	private kept: number;

	/** Begins at `start` of `text`. */
	constructor(
		private readonly text: string,
		start = 0,
	) {
		this.kept = start;
	}

	/** What was replaced ends here. */
	get end(): number {
		return this.kept;
	}

	/** Puts `by` in the place of `start` to `end`; what lies before the end of the last replacement is left as it is. */
	replace(start: number, end: number, by: string): void {
		this.copyTo(Math.max(start, this.kept));
		if (by !== '') {
			this.origins.made(this.length, this.kept, end - this.kept);
			this.pieces.push(by);
			this.length += by.length;
		}
		this.kept = end;
	}

	/** All up to `end`, and the way back. */
	finish(end = this.text.length): { readonly text: string; readonly locate: Locate } {
		this.copyTo(end);
		return { text: this.pieces.join(''), locate: this.origins.locate };
	}

	private copyTo(end: number): void {
		if (end > this.kept) {
			this.origins.copied(this.length, this.kept);
			this.pieces.push(this.text.slice(this.kept, end));
			this.length += end - this.kept;
			this.kept = end;
		}
	}
}
