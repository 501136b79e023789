import { readEntry } from '../domain/audit/readEntry';
import { isWanted } from './eachEntry';

/** A text that lines are searched for. */
export interface Needle {
	/** As the person gave it. */
	readonly text: string;
	/** The longest part of it that must stand in a line, as JSON writes it, in lower case; empty where nothing must. */
	readonly raw: string;
	/** `raw` as bytes; absent where it is not ASCII, so that no line of ASCII holds it. */
	readonly bytes?: Buffer;
	/** A line of ASCII that holds `raw` matches: it can stand nowhere but in a text, a name or a number. */
	readonly sure: boolean;
}

/** A line as the index knows it. */
export interface IndexedLine {
	readonly id: number;
	readonly start: number;
	readonly length: number;
	/** Not ASCII, or written as no journal writes it: its bytes do not tell what its text is. */
	readonly odd: boolean;
}

/** Undefined for what every line holds. */
export function needleOf(text: string): Needle | undefined {
	const lower = text.toLowerCase();
	if (lower === '') {
		return undefined;
	}
	// Between two texts of an entry stands a newline, which the line does not have.
	const pieces = lower.split('\n').map(piece => JSON.stringify(piece).slice(1, -1).toLowerCase());
	const raw = pieces.reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '');
	const ascii = !/[^\0-\x7f]/.test(raw);
	// Not within the hashes of the chain, their names, or a null: those are no text of the entry.
	const sure =
		pieces.length === 1 &&
		/^[a-z0-9 _./@-]+$/.test(raw) &&
		/[^0-9a-f]/.test(raw) &&
		!['prev', 'hash', 'null'].some(name => name.includes(raw));
	return { text, raw, ...(ascii && { bytes: Buffer.from(raw, 'latin1') }), sure };
}

const ODD_ESCAPE = /(?:^|[^\\])(?:\\\\)*\\(?:u(?!00[01])|\/)/;

/** Whether the bytes of a line may not tell what its text is: it is not ASCII, or escapes what no journal escapes. */
export function isOdd(line: string): boolean {
	return /[^\0-\x7f]/.test(line) || ((line.includes('\\u') || line.includes('\\/')) && ODD_ESCAPE.test(line));
}

/**
 * The ids of the lines that match, of those that stand in `bytes`, which begin at `base` in the file. Lines in the order of the file.
 */
export function linesWith(needle: Needle, bytes: Buffer, base: number, lines: readonly IndexedLine[]): number[] {
	const found: number[] = [];
	const candidates = new Set(needle.bytes === undefined ? [] : holding(needle.bytes, bytes, base, lines));
	for (const line of lines) {
		const at = line.start - base;
		if (!line.odd && !candidates.has(line)) {
			continue;
		}
		if ((needle.sure && !line.odd) || isMatch(bytes.toString('utf8', at, at + line.length), needle)) {
			found.push(line.id);
		}
	}
	return found;
}

/** Lines that hold these bytes, whatever the case of their letters. */
function* holding(wanted: Buffer, bytes: Buffer, base: number, lines: readonly IndexedLine[]): Generator<IndexedLine> {
	const lower = Buffer.allocUnsafe(bytes.length);
	for (let at = 0; at < bytes.length; at++) {
		const byte = bytes[at] ?? 0;
		lower[at] = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
	}
	let next = 0;
	for (let at = lower.indexOf(wanted); at !== -1;) {
		let line = lines[next];
		while (line !== undefined && line.start - base + line.length <= at) {
			line = lines[++next];
		}
		if (line === undefined) {
			return;
		}
		const start = line.start - base;
		if (start <= at) {
			yield line;
			next++;
		}
		at = lower.indexOf(wanted, start <= at ? start + line.length : start);
	}
}

function isMatch(line: string, { text }: Needle): boolean {
	const reading = readEntry(line);
	return reading.ok && isWanted(reading.entry, { text });
}
