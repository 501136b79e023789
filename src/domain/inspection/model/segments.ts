/** Characters that are read at a time. */
export const SLICE_CHARS = 16_384;
/** A sentence without an end is cut after so many words. */
export const SEGMENT_WORDS = 48;
/** Traits that one segment has at most. */
export const MAX_TRAITS = 96;

const MAX_SEGMENTS = SLICE_CHARS / 2 + 2;

/** A slice of a text cut into sentences and lines, each with the features that the model adds up. Written over by the next. */
export class Segments {
	count = 0;
	/** By segment: UTF-16 offsets within the text. */
	readonly start = new Int32Array(MAX_SEGMENTS);
	readonly end = new Int32Array(MAX_SEGMENTS);
	/** By segment: where its n-grams begin in {@link grams}; one more for the end. */
	readonly gramsFrom = new Int32Array(MAX_SEGMENTS + 1);
	/** Slots of words, pairs and triples of words, and parts of words. */
	readonly grams = new Int32Array(SLICE_CHARS * 7 + 64);
	/** By segment: where its traits begin in {@link traits}; one more for the end. */
	readonly traitsFrom = new Int32Array(MAX_SEGMENTS + 1);
	/** Numbers of what is said of a segment as a whole (traits.ts). */
	readonly traits = new Int32Array(MAX_SEGMENTS * 24 + MAX_TRAITS);

	// What the traits are made of, by segment.
	readonly words = new Int32Array(MAX_SEGMENTS);
	readonly marks = new Int32Array(MAX_SEGMENTS);
	/** What stands before it, see traits.ts. */
	readonly lead = new Uint8Array(MAX_SEGMENTS);
	/** The first unit that shows. */
	readonly opening = new Uint16Array(MAX_SEGMENTS);
	/** The last unit that shows. */
	readonly closing = new Uint16Array(MAX_SEGMENTS);
	/** The class of its first word, and of its second. */
	readonly firstClass = new Uint8Array(MAX_SEGMENTS);
	readonly secondClass = new Uint8Array(MAX_SEGMENTS);
	/** The script of its last word. */
	readonly script = new Uint8Array(MAX_SEGMENTS);
	/** Where its classes begin in {@link classes}; one more for the end. */
	readonly classesFrom = new Int32Array(MAX_SEGMENTS + 1);
	readonly classes = new Uint8Array(SLICE_CHARS + 64);
	/** Where its longer words begin in {@link content}; one more for the end. */
	readonly contentFrom = new Int32Array(MAX_SEGMENTS + 1);
	/** Hashes of longer words, short ones. */
	readonly content = new Uint16Array(SLICE_CHARS + 64);
	/** How often a longer word occurs in the slice, at most 255. */
	readonly seen = new Uint8Array(4_096);
	/** Marks and words of the slice. */
	allMarks = 0;
	allWords = 0;
}
