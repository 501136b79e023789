import { SLICE_CHARS } from './segments';

/** A part of a text that is read at a time. */
export interface Slice {
	readonly from: number;
	readonly to: number;
}

/** How far back from its end a slice may be cut, to end with a line or at least a word. */
const BACK = 2_048;

/** A text in slices of at most {@link SLICE_CHARS}, cut between lines or words where there are any. Linear. */
export function* slicesOf(text: string): Generator<Slice> {
	for (let from = 0; from < text.length;) {
		let to = Math.min(text.length, from + SLICE_CHARS);
		if (to < text.length) {
			const tail = text.slice(to - BACK, to);
			const cut = Math.max(tail.lastIndexOf('\n'), tail.lastIndexOf('. '));
			const word = cut < 0 ? tail.lastIndexOf(' ') : cut;
			to = word < 0 ? to : to - BACK + word + 1;
		}
		yield { from, to };
		from = to;
	}
}
