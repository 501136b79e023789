import { sha256Hex } from '../../base/digest';
import { canonicalJson, type JsonObject, type JsonValue } from '../../base/json';
import { type AuditEntry, type AuditRecord } from './auditRecord';
import { isCanonical } from './canonicalLine';
import { readEntry } from './readEntry';

/** `prev` of the first entry of a stream. */
export const GENESIS = '0'.repeat(64);

/** Longest line of a journal, in bytes, newline not counted. Longer ones are neither written nor read. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** What the next entry has to know of the one before it. */
export type ChainLink = Pick<AuditEntry, 'seq' | 'hash'>;

/** SHA-256 of UTF-8 text, lower-case hex. A parameter, so that rooms with I/O can bring a native one. */
export type Hash = (text: string) => string;

/** Why a line does not belong where it stands. */
export type BreakReason =
	| 'not UTF-8'
	| 'too long'
	| 'not JSON'
	| 'not an audit entry'
	| 'unknown version'
	| 'not canonical'
	| 'altered'
	| 'wrong sequence'
	| 'does not follow';

/** Stands for a line that could not even be read as text. */
export interface Unreadable {
	readonly unreadable: 'not UTF-8' | 'too long';
}

/** The first place where a journal file stops being what was written. `seq` is the number that belongs there. */
export interface ChainBreak {
	readonly line: number;
	readonly seq: number;
	readonly why: BreakReason;
}

/** Whether an entry belongs behind the one before it. */
export type EntryJudgement = { readonly ok: true } | { readonly ok: false; readonly why: BreakReason };

/** An entry with its line, which is written once: the text that is hashed is the line without the hash. */
export interface ChainedLine {
	readonly entry: AuditEntry;
	readonly line: string;
}

/**
 * Gives a record its place in the chain, and writes its line ({@link entryLine}) in the same pass. Throws a TypeError or Error
 * for what canonical JSON cannot say (NaN, cycles).
 */
export function chainLine(record: AuditRecord, prev: ChainLink | undefined, hash: Hash = sha256Hex): ChainedLine {
	const open = { ...record, v: 2, seq: prev === undefined ? 0 : prev.seq + 1, prev: prev?.hash ?? GENESIS } as const;
	const before: Record<string, JsonValue> = {};
	const after: Record<string, JsonValue> = {};
	for (const [key, value] of Object.entries(open as unknown as JsonObject)) {
		if (value !== undefined && key !== HASH) {
			(key < HASH ? before : after)[key] = value;
		}
	}
	// Both parts have members, whatever the record: `at` and `id`.
	const head = canonicalJson(before).slice(0, -1);
	const tail = canonicalJson(after).slice(1);
	const digest = hash(`${head},${tail}`);
	return { entry: { ...open, hash: digest }, line: `${head},"${HASH}":"${digest}",${tail}` };
}

/** The member that an entry is hashed without; what sorts before it and behind it is written apart. */
const HASH = 'hash';

/** The entry of {@link chainLine} alone. */
export function chainEntry(record: AuditRecord, prev: ChainLink | undefined, hash: Hash = sha256Hex): AuditEntry {
	return chainLine(record, prev, hash).entry;
}

/** The line of an entry: canonical JSON (RFC 8785), so CR, LF and ESC of the outside world are escapes (AUD-12). */
export function entryLine(entry: AuditEntry): string {
	return canonicalJson(entry as unknown as JsonObject);
}

/** Judges an entry by the one before it. Order is `seq` alone; clocks may step back (AUD-07). */
export function verifyEntry(entry: AuditEntry, prev: ChainLink | undefined, hash: Hash = sha256Hex): EntryJudgement {
	return judge(entry, prev, entryHash(entry, hash));
}

function judge(entry: AuditEntry, prev: ChainLink | undefined, hash: string): EntryJudgement {
	if (hash !== entry.hash) {
		return { ok: false, why: 'altered' };
	}
	if (entry.seq !== (prev === undefined ? 0 : prev.seq + 1)) {
		return { ok: false, why: 'wrong sequence' };
	}
	return entry.prev === (prev?.hash ?? GENESIS) ? { ok: true } : { ok: false, why: 'does not follow' };
}

function entryHash(entry: Omit<AuditEntry, 'hash'> & { readonly hash?: string }, hash: Hash): string {
	return hash(canonicalJson({ ...entry, hash: undefined } as unknown as JsonObject));
}

/**
 * The canonical line of an entry without its hash, which is what was hashed. Should the same member stand nested before
 * it, the text that is left holds its own hash: nobody can write that.
 */
function withoutHash(line: string, hash: string): string {
	return line.replace(`"hash":"${hash}",`, '');
}

/** Checks the lines of one journal file as they stream by, in constant memory. Stops at the first break. */
export class ChainChecker {
	private prev: ChainLink | undefined;
	private found: ChainBreak | undefined;

	constructor(private readonly hash: Hash = sha256Hex) {}

	/** Entries found good so far. */
	get entries(): number {
		return this.prev === undefined ? 0 : this.prev.seq + 1;
	}

	/** The first break, once there is one. */
	get broken(): ChainBreak | undefined {
		return this.found;
	}

	/** Feeds one line without its newline; a reason in its place when it could not even be read as text. */
	feed(text: string | Unreadable, line: number): ChainBreak | undefined {
		if (this.found === undefined) {
			const why = typeof text === 'string' ? this.judge(text) : text.unreadable;
			this.found = why === undefined ? undefined : { line, seq: this.entries, why };
		}
		return this.found;
	}

	/**
	 * Feeds a last line that has no newline. Returns 'torn' for what an honest crash can leave: the beginning of an entry,
	 * the whole entry that belongs there, or zeros (a file system's unwritten tail). All else is a break.
	 */
	feedUnterminated(text: string | Unreadable, line: number): 'torn' | ChainBreak | undefined {
		if (this.found !== undefined) {
			return this.found;
		}
		// A write may be cut in the middle of a character, so bytes that are not UTF-8 are no sign of tampering here.
		if (typeof text !== 'string' ? text.unreadable === 'not UTF-8' : isCutShort(text)) {
			return 'torn';
		}
		return this.feed(text, line) ?? 'torn';
	}

	private judge(text: string): BreakReason | undefined {
		const reading = readEntry(text);
		if (!reading.ok) {
			return reading.why;
		}
		try {
			if (!isCanonical(text, reading.entry as unknown as JsonObject)) {
				return 'not canonical';
			}
		} catch {
			return 'not canonical'; // numbers beyond a double, or nesting beyond the stack: never written by us
		}
		const judged = judge(reading.entry, this.prev, this.hash(withoutHash(text, reading.entry.hash)));
		if (!judged.ok) {
			return judged.why;
		}
		this.prev = reading.entry;
		return undefined;
	}
}

/** True for a proper beginning of a JSON object, and for zeros. */
function isCutShort(text: string): boolean {
	if (!text.startsWith('{')) {
		return /^\0*$/.test(text);
	}
	let depth = 0;
	for (let at = 0; at < text.length; at++) {
		const char = text[at];
		if (char === '"') {
			for (at++; at < text.length && text[at] !== '"'; at++) {
				at += text[at] === '\\' ? 1 : 0;
			}
		} else if (char === '{' || char === '[') {
			depth++;
		} else if ((char === '}' || char === ']') && --depth === 0) {
			return false; // a whole value stands here: it must be the right one
		}
	}
	return true;
}
