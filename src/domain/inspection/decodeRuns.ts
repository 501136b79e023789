import { runSteps, type Steps } from '../../base/steps';
import { readableText } from './forms/readableText';
import { BASE64_LEAST, encodedStretches, type Stretch } from './survey';

/** How a stretch was written. */
export type Encoding = 'base64' | 'base32' | 'hex' | 'bits' | 'decimal';

/** An encoded stretch of a text and what it says. */
export interface DecodedRun {
	readonly encoding: Encoding;
	readonly text: string;
	/** UTF-16 offsets of the encoded stretch. */
	readonly start: number;
	readonly end: number;
}

const HEX_RUN = /(?:(?:0x)?[0-9A-Fa-f]{2}[ :,;\r\n\t-]{0,2}){10,4096}/g;
const BITS_RUN = /(?:[01]{8}[ ,;\r\n]{0,2}){8,4096}/g;
/** Character codes in decimal. */
const DECIMAL_RUN = /(?:\d{2,3}[ ,;\r\n]{1,3}){20,4096}\d{2,3}/g;
/** So many hex digits, with little between them. */
const MANY_DIGITS = /(?:[0-9A-Fa-f][x :,;\r\n\t-]{0,3}){20}/;
const PROBE = 24;
/** Characters decoded between two pauses. */
const SLICE = 65_536;
/** The shortest run of hex digits, bits or numbers. */
const SHORTEST_RUN = 20;
/** Longest stretch that is tried in parts where it says nothing as a whole. */
const TRIED_IN_PARTS = 512;

/** What was decoded, and whether that is all there is. */
export interface DecodedRuns {
	readonly runs: readonly DecodedRun[];
	/** False when the budget ended before the readable stretches did. */
	readonly complete: boolean;
}

const NOTHING: DecodedRuns = { runs: [], complete: true };

/** {@link decodeSteps} without a pause. */
export function decodeRuns(text: string, budget: number): DecodedRuns {
	return runSteps(decodeSteps(text, budget));
}

/**
 * Base64 (RFC 4648 §4, §5), base32 (§6), hex, binary and decimal stretches that decode to readable text, at most `budget`
 * characters of them. Lines of wrapped base64 count as one stretch. Linear in the length; the text is attacker-controlled.
 */
export function* decodeSteps(text: string, budget: number): Steps<DecodedRuns> {
	if (text.length < BASE64_LEAST) {
		return NOTHING;
	}
	const decoder = new Decoder(budget);
	const { base64, hex } = yield* encodedStretches(text);
	for (const lines of joinLines(text, base64)) {
		yield* decoder.base64(text, lines);
		yield;
	}
	for (const stretch of hex) {
		const encoded = text.slice(stretch.start, stretch.end);
		yield;
		if (!MANY_DIGITS.test(encoded)) {
			continue;
		}
		yield* decoder.numbers(encoded, stretch.start, 'hex', HEX_RUN, hexBytes);
		if (encoded.length >= 64) {
			yield* decoder.numbers(encoded, stretch.start, 'bits', BITS_RUN, bitBytes);
			yield* decoder.numbers(encoded, stretch.start, 'decimal', DECIMAL_RUN, decimalBytes);
		}
	}
	return { runs: decoder.runs, complete: decoder.complete };
}

class Decoder {
	readonly runs: DecodedRun[] = [];
	complete = true;

	constructor(private left: number) {}

	*base64(text: string, lines: readonly Stretch[]): Steps<void> {
		const whole = { start: lines[0]?.start ?? 0, end: lines.at(-1)?.end ?? 0 };
		if (yield* this.take64(text, whole)) {
			return;
		}
		for (const line of lines) {
			yield;
			if (lines.length > 1 && (yield* this.take64(text, line))) {
				continue;
			}
			if (line.end - line.start > TRIED_IN_PARTS) {
				continue;
			}
			// A path before it, or a name joined to it, is in the same letters.
			let start = line.start;
			for (const part of text
				.slice(line.start, Math.min(line.end, line.start + TRIED_IN_PARTS))
				.split(/[-_/+]/)) {
				if (part.replace(/=+$/, '').length >= BASE64_LEAST && part.length < line.end - line.start) {
					yield* this.take64(text, { start, end: start + part.length });
				}
				start += part.length + 1;
			}
		}
	}

	private *take64(text: string, { start, end }: Stretch): Steps<boolean> {
		const encoding = isBase32(text, start, end) ? 'base32' : 'base64';
		const bits = encoding === 'base32' ? 5 : 6;
		if (this.isOver(unpack(text, start, Math.min(end, start + PROBE), bits))) {
			return true;
		}
		const wanted = Math.min(end, start + Math.ceil(this.left * 1.4) + 4);
		const bytes = new Bytes(Math.ceil(((wanted - start) * bits) / 8) + 1);
		for (let from = start; from < wanted; from += SLICE) {
			bytes.add(text, from, Math.min(from + SLICE, wanted), bits);
			if (from + SLICE < wanted) {
				yield;
			}
		}
		return this.add(encoding, bytes.all, start, end, wanted === end);
	}

	*numbers(
		encoded: string,
		base: number,
		encoding: Encoding,
		pattern: RegExp,
		toBytes: (run: string) => readonly number[],
	): Steps<void> {
		for (let at = 0; encoded.length - at >= SHORTEST_RUN;) {
			pattern.lastIndex = at;
			const match = pattern.exec(encoded);
			if (match === null) {
				return;
			}
			const { 0: run, index } = match;
			at = index + run.length;
			if (!this.isOver(toBytes(run.slice(0, 8 * PROBE)))) {
				const wanted = run.slice(0, this.left * 10 + 10);
				const whole = wanted.length === run.length;
				this.add(encoding, Uint8Array.from(toBytes(wanted)), base + index, base + at, whole);
			}
			yield;
		}
	}

	/** True where nothing more is decoded; then what is readable is noted as missed. */
	private isOver(beginning: readonly number[]): boolean {
		if (this.left > 0) {
			return false;
		}
		this.complete &&= readableText(Uint8Array.from(beginning)) === undefined;
		return true;
	}

	private add(encoding: Encoding, bytes: Uint8Array, start: number, end: number, whole: boolean): boolean {
		const text = readableText(bytes);
		if (text === undefined) {
			return false;
		}
		this.left -= text.length;
		this.complete &&= whole;
		this.runs.push({ encoding, text, start, end });
		return true;
	}
}

/** Stretches that are the lines of one: nothing but a line end, and what quotes or indents the next line, between them. */
function* joinLines(text: string, stretches: readonly Stretch[]): Generator<readonly Stretch[]> {
	let last: Stretch[] | undefined;
	for (const found of stretches) {
		const stretch = { start: found.start, end: found.end };
		for (let padding = 0; padding < 2 && text.charCodeAt(stretch.end) === 0x3d; padding++) {
			stretch.end++;
		}
		const end = last?.at(-1)?.end ?? 0;
		if (last && stretch.start - end <= 20 && /^[ \t]{0,4}\r?\n[ \t>]{0,14}$/.test(text.slice(end, stretch.start))) {
			last.push(stretch);
		} else {
			if (last !== undefined) {
				yield last;
			}
			last = [stretch];
		}
	}
	if (last !== undefined) {
		yield last;
	}
}

const VALUES64 = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
VALUES64['-'.charCodeAt(0)] = 62;
VALUES64['_'.charCodeAt(0)] = 63;
const VALUES32 = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
const BASE32 = /^[A-Z2-7\s]{24,}={0,6}$/;

function valuesOf(letters: string): Int8Array {
	const values = new Int8Array(128).fill(-1);
	for (let value = 0; value < letters.length; value++) {
		values[letters.charCodeAt(value)] = value;
	}
	return values;
}

function isBase32(text: string, start: number, end: number): boolean {
	return BASE32.test(text.slice(start, Math.min(end, start + 64)).replace(/=+$/, ''));
}

/** Bytes out of letters of 5 or 6 bits each; whatever is no such letter is stepped over. */
class Bytes {
	private readonly bytes: Uint8Array;
	private length = 0;
	private held = 0;
	private count = 0;

	constructor(most: number) {
		this.bytes = new Uint8Array(most);
	}

	get all(): Uint8Array {
		return this.bytes.subarray(0, this.length);
	}

	add(text: string, start: number, end: number, bits: number): void {
		const values = bits === 6 ? VALUES64 : VALUES32;
		let { held, count, length } = this;
		for (let at = start; at < end; at++) {
			const unit = text.charCodeAt(at);
			const value = unit < 128 ? (values[unit] as number) : -1;
			if (value >= 0) {
				held = ((held << bits) | value) & 0xffff;
				count += bits;
				if (count >= 8) {
					count -= 8;
					this.bytes[length++] = (held >> count) & 0xff;
				}
			}
		}
		this.held = held;
		this.count = count;
		this.length = length;
	}
}

function unpack(text: string, start: number, end: number, bits: number): readonly number[] {
	const bytes = new Bytes(end - start + 1);
	bytes.add(text, start, end, bits);
	return [...bytes.all];
}

function hexBytes(run: string): readonly number[] {
	const digits = run.replace(/0x|[^0-9A-Fa-f]/g, '');
	return Array.from({ length: digits.length >> 1 }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

function bitBytes(run: string): readonly number[] {
	return (run.match(/[01]{8}/g) ?? []).map(bits => Number.parseInt(bits, 2));
}

/** None where one of the numbers is no character. */
function decimalBytes(run: string): readonly number[] {
	const codes = (run.match(/\d+/g) ?? []).map(Number);
	return codes.every(code => code < 256) ? codes : [];
}
