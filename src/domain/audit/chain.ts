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
export type LineReason =
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

/** Whether an entry belongs behind the one before it. */
export type EntryJudgement = { readonly ok: true } | { readonly ok: false; readonly why: LineReason };

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

/** What a line was judged to be. The entry that could be read is told even where the line does not belong. */
export type LineJudgement =
	| { readonly ok: true; readonly entry: AuditEntry }
	| { readonly ok: false; readonly why: LineReason; readonly entry?: AuditEntry };

/** Judges one line of a file, without its newline, by the entry before it. Never throws, whatever the line holds. */
export function judgeLine(text: string, prev: ChainLink | undefined, hash: Hash = sha256Hex): LineJudgement {
	const reading = readEntry(text);
	if (!reading.ok) {
		return reading;
	}
	const { entry } = reading;
	try {
		if (!isCanonical(text, entry as unknown as JsonObject)) {
			return { ok: false, why: 'not canonical', entry };
		}
	} catch {
		return { ok: false, why: 'not canonical', entry }; // numbers beyond a double, or nesting beyond the stack: never written by us
	}
	const judged = judge(entry, prev, hash(withoutHash(text, entry.hash)));
	return judged.ok ? { ok: true, entry } : { ...judged, entry };
}

/**
 * True for what a crash can leave of a line: a proper beginning of a JSON object, and zeros (a file system's unwritten
 * tail). A write may be cut in the middle of a character, so that bytes which are not UTF-8 can be that too.
 */
export function isCutShort(text: string): boolean {
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
