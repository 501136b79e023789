import { hash } from 'node:crypto';
import { type SegmentJudge, type SignedHead } from '../domain/audit/segmentJudge';

/**
 * How an entry looks around its hash, at fixed distances: `,"hash":"` 64 digits `","id":"` 36 characters `","kind":"`. Behind
 * it stand `,"prev":"` and `,"seq":`.
 */
const HASH = ',"hash":"';
const ID = '","id":"';
const KIND = '","kind":"';
/** The part of `ID` that stands behind any member. */
const ANY_ID = ID.slice(1);
const PREV = ',"prev":"';
const SEQ = ',"seq":';
const DIGITS = 64;
const ID_LENGTH = 36;
/** From the hash to `KIND`. */
const TO_KIND = DIGITS + ID.length + ID_LENGTH;
/** Bytes of the member `"hash":"…",`, which an entry is hashed without. */
const MEMBER = HASH.length - 1 + DIGITS + 2;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5d;

/** Bytes of whole lines, the same bytes as Latin-1 text, and where the last newline ends. */
export interface Block {
	readonly bytes: Buffer;
	readonly text: string;
}

/** Where a {@link quickLines} stopped, and why. */
export interface QuickStop {
	/** Offset of the line that it stopped at, in the block. */
	readonly at: number;
	/**
	 * `end`: no whole line is left. `signed`: the line before is a checkpoint. `look`: this line has to be judged as a whole.
	 * `odd`: something is wrong here or before.
	 */
	readonly why: 'end' | 'signed' | 'look' | 'odd';
}

/**
 * Follows ordinary entries by their bytes alone, several times as fast as parsing them, and stops at the first line that
 * needs more.
 *
 * Why that is enough: the hash of a line is over the line without its member `hash`. Where the hashes of all lines up to a
 * checkpoint fit and its signature holds, these bytes are what the writer wrote: canonical JSON, in which nothing of free form
 * stands behind `kind`, so that the first `prev` and `seq` there are those of the entry. What an attacker could still do is to put
 * the member `hash` elsewhere into the same bytes: it must stand in front of an `id` and a `kind`, and a line that has
 * an `id` in front of a `kind` more than once is judged as a whole. What no signature covers has to be judged as a whole by the caller.
 * A checkpoint that seals nothing has one form to the last byte; any other is judged as a whole.
 */
export function quickLines({ bytes, text }: Block, from: number, judge: SegmentJudge): QuickStop {
	let kindAt = find(text, KIND, from);
	for (let at = from; ;) {
		const end = text.indexOf('\n', at);
		if (end < 0) {
			return { at, why: 'end' };
		}
		const { link } = judge;
		if (!judge.mayFollow || link === undefined || text.charCodeAt(end - 2) === BRACKET) {
			return { at, why: 'look' }; // `]}` at the end: heads of other streams
		}
		let hashAt = -1;
		for (; kindAt < end; kindAt = find(text, KIND, kindAt + 1)) {
			if (text.startsWith(ANY_ID, kindAt - ID_LENGTH - ANY_ID.length)) {
				if (hashAt >= 0) {
					return { at, why: 'look' };
				}
				hashAt = kindAt - TO_KIND;
			}
		}
		const start = hashAt - HASH.length;
		const kind = hashAt + TO_KIND + KIND.length;
		if (start <= at || !text.startsWith(HASH, start)) {
			return { at, why: 'look' };
		}
		const head = text.startsWith('checkpoint"', kind) ? headIn(text, at, judge) : undefined;
		if (head === null) {
			return { at, why: 'look' };
		}
		const prev = find(text, PREV, kind) + PREV.length;
		const seq = find(text, SEQ, prev) + SEQ.length;
		const follows =
			seq < end &&
			text.startsWith(link.hash, prev) &&
			text.charCodeAt(prev + DIGITS) === QUOTE &&
			isNumber(text, seq, link.seq + 1);
		if (!follows) {
			return { at, why: 'odd' };
		}
		bytes.copyWithin(at + MEMBER, at, start + 1);
		const digest = hash('sha256', bytes.subarray(at + MEMBER, end));
		if (!text.startsWith(digest, hashAt)) {
			return { at, why: 'odd' };
		}
		at = end + 1;
		if (head !== undefined) {
			return judge.followCheckpoint(digest, head) ? { at, why: 'signed' } : { at, why: 'odd' };
		}
		judge.follow(digest);
	}
}

const CHECKPOINT =
	/\{"at":"([\dT:.Z-]{24})","checkpoint":\{"key":"([0-9a-f]{16})","segment":([1-9]\d{0,8}),"signature":"([\w-]{86})","stream":"([0-9a-f-]{36})"\},"hash":"[0-9a-f]{64}","id":"[0-9a-f-]{36}","kind":"checkpoint","outcome":"noted","prev":"[0-9a-f]{64}","seq":\d{1,16},"v":2\}\n/y;

/** What a checkpoint says that seals nothing; null for what is none, or of another segment. */
function headIn(text: string, at: number, judge: SegmentJudge): SignedHead | null {
	CHECKPOINT.lastIndex = at;
	const [, time = '', key = '', segment, signature = '', stream = ''] = CHECKPOINT.exec(text) ?? [];
	return judge.names(stream, Number(segment), key) && !Number.isNaN(Date.parse(time))
		? { at: time, signature }
		: null;
}

/** Letters that are rare in JSON, each in one of the texts that are looked for: the search leaps from one to the next. */
const RARE: Readonly<Record<string, number>> = {
	[KIND]: KIND.indexOf('k'),
	[PREV]: PREV.indexOf('v'),
	[SEQ]: SEQ.indexOf('q'),
};

/** Where `what` stands first; the length of the text where it stands nowhere. */
function find(text: string, what: string, from: number): number {
	const skip = RARE[what] ?? 0;
	const rest = what.slice(skip);
	for (let at = text.indexOf(rest, from + skip); at >= 0; at = text.indexOf(rest, at + 1)) {
		if (text.startsWith(what, at - skip)) {
			return at - skip;
		}
	}
	return text.length;
}

/** Whether this number stands there, and a comma behind it, as canonical JSON writes it. */
function isNumber(text: string, from: number, expected: number): boolean {
	let value = 0;
	let at = from;
	for (let digit = text.charCodeAt(at) - 0x30; digit >= 0 && digit <= 9; digit = text.charCodeAt(++at) - 0x30) {
		value = value * 10 + digit;
	}
	return value === expected && text.charCodeAt(at) === COMMA && (text.charCodeAt(from) !== 0x30 || expected === 0);
}
