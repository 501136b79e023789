import { type AuditEntry } from './auditRecord';
import { type ChainLink, type Hash, isCutShort, judgeLine, type Unreadable } from './chain';
import { CHECKPOINT_ENTRIES, checkpointText, type StreamHead } from './checkpoint';
import { readEntry } from './readEntry';
import { type SegmentName } from './segmentName';
import { type BreakReason, type ChainBreak } from './trailBreak';

/** What judging needs of the outside. */
export interface JudgeTools {
	readonly hash: Hash;
	/** The id of a raw public key (base64url); undefined for what is none. */
	keyId(publicKey: string): string | undefined;
	/** Whether an Ed25519 signature is of this key and text; false for whatever cannot be one. */
	holds(publicKey: string, text: () => string, signature: string): boolean;
}

/** Where a segment stands, and what is known of it before it is read. */
export interface SegmentPlace {
	readonly name: SegmentName;
	/** The entry before its first one; undefined for the first of a stream, `unknown` where what was before is broken. */
	readonly before: ChainLink | undefined | 'unknown';
	/** Public keys that may sign; undefined: any. */
	readonly trusted: ReadonlySet<string> | undefined;
	/** Numbers whose hashes are wanted ({@link SegmentJudge.seen}). */
	readonly wanted: ReadonlySet<number>;
}

/** How far a segment was judged; a value, so that a reader can go back to it ({@link SegmentJudge.rewind}). */
export interface SegmentState {
	/** Entries found good. */
	readonly entries: number;
	/** The last of them. */
	readonly last: ChainLink | undefined;
	/** Entries behind the last checkpoint. */
	readonly unsigned: number;
	readonly sealed: 'segment' | 'closed' | undefined;
	/** From the first entry. */
	readonly publicKey: string | undefined;
	readonly key: string | undefined;
	/** `at` of the first and last entry that were looked at as a whole, and `prev` and `seq` of the first. */
	readonly first: Pick<AuditEntry, 'seq' | 'prev' | 'at'> | undefined;
	readonly broken: ChainBreak | undefined;
}

/** What a checkpoint says of its own. */
export interface SignedHead {
	/** ISO 8601. */
	readonly at: string;
	readonly signature: string;
}

/** Members that a checkpoint has: its signature covers neither more of them nor others. */
const CHECKPOINT_MEMBERS = new Set(['at', 'checkpoint', 'hash', 'id', 'kind', 'outcome', 'prev', 'seq', 'v']);
const HEAD_MEMBERS = new Set(['key', 'seals', 'segment', 'signature', 'stream']);

/**
 * Judges the lines of one segment as they stream by, in constant memory; stops at the first break. Pure: what it says
 * depends on the lines and the place alone.
 */
export class SegmentJudge {
	/** Hashes of the entries that were wanted, with their lines. */
	readonly seen = new Map<number, { readonly hash: string; readonly line: number }>();
	/** Heads of other streams that entries of this one name, without doubles. */
	readonly witnessed = new Map<string, StreamHead>();
	private entries = 0;
	private last: ChainLink | undefined;
	private unsigned = 0;
	private sealed: SegmentState['sealed'];
	private publicKey: string | undefined;
	private key: string | undefined;
	private first: SegmentState['first'];
	private broken: ChainBreak | undefined;

	constructor(
		private readonly place: SegmentPlace,
		private readonly tools: JudgeTools,
	) {
		this.last = place.before === 'unknown' ? undefined : place.before;
	}

	get state(): SegmentState {
		const { entries, last, unsigned, sealed, publicKey, key, first, broken } = this;
		return { entries, last, unsigned, sealed, publicKey, key, first, broken };
	}

	/** Goes back to an earlier state, so that lines can be judged once more, or in another way. */
	rewind(state: SegmentState): void {
		Object.assign(this, state);
	}

	/** The number of the next entry, and the hash that it must carry: what {@link follow} takes for granted. */
	get link(): ChainLink | undefined {
		return this.last;
	}

	/** Whether {@link follow} may be used for the next line: never for the first, nor where a break is due. */
	get mayFollow(): boolean {
		return (
			this.entries > 0 &&
			this.broken === undefined &&
			this.sealed === undefined &&
			this.unsigned < CHECKPOINT_ENTRIES
		);
	}

	/**
	 * Takes the next line as an ordinary entry whose bytes have this hash, and which carries the number and the hash that
	 * belong there. Whether it is an entry at all is vouched for by the signature of the next checkpoint: without one, rewind and
	 * use {@link line}.
	 */
	follow(hash: string): void {
		const seq = this.nextSeq();
		this.advance({ seq, hash });
		this.unsigned++;
	}

	/** Whether a checkpoint that names these is one of this segment. */
	names(stream: string, number: number, key: string): boolean {
		const { name } = this.place;
		return stream === name.stream && number === name.number && key === this.key;
	}

	/**
	 * Takes the next line as a checkpoint that seals nothing, names this segment and its key, has no other members, and, as for
	 * {@link follow}, belongs there. Whether its signature holds.
	 */
	followCheckpoint(hash: string, { at, signature }: SignedHead): boolean {
		const { stream, number } = this.place.name;
		const { key = '', last } = this;
		const entry = { seq: this.nextSeq(), prev: last?.hash ?? '', at };
		const text = () => checkpointText(entry, { stream, segment: number, key });
		if (!this.tools.holds(this.publicKey ?? '', text, signature)) {
			return false;
		}
		this.follow(hash);
		this.unsigned = 0;
		return true;
	}

	/** Judges one line without its newline; a reason in its place when it could not even be read as text. */
	line(text: string | Unreadable): ChainBreak | undefined {
		if (this.broken !== undefined) {
			return this.broken;
		}
		if (this.sealed !== undefined) {
			return this.break('after the seal', typeof text === 'string' ? idIn(text) : undefined);
		}
		return typeof text === 'string' ? this.text(text) : this.break(text.unreadable);
	}

	/**
	 * Judges a last line that has no newline. 'torn' for what an honest crash can leave in the newest segment: the beginning of
	 * an entry, the whole entry that belongs there, or zeros. It is not counted.
	 */
	rest(text: string | Unreadable): 'torn' | ChainBreak {
		const before = this.state;
		if (this.broken === undefined && this.sealed === undefined) {
			if (typeof text !== 'string' ? text.unreadable === 'not UTF-8' : isCutShort(text)) {
				return 'torn';
			}
		}
		const found = this.line(text);
		if (found !== undefined) {
			return found;
		}
		this.rewind(before);
		return 'torn';
	}

	/** The break of a file that ends here, and must not. */
	unsealed(): ChainBreak {
		return { line: this.entries + 1, seq: this.nextSeq(), why: 'not sealed' };
	}

	private text(text: string): ChainBreak | undefined {
		const judged = judgeLine(text, this.entries === 0 ? this.before(text) : this.last, this.tools.hash);
		const { entry } = judged;
		const why = judged.ok ? this.whyWrong(judged.entry) : judged.why;
		if (why !== undefined || entry === undefined) {
			return this.break(why ?? 'not JSON', entry?.id ?? idIn(text), entry?.seq);
		}
		this.take(entry);
		return undefined;
	}

	private take(entry: AuditEntry): void {
		const { segment, checkpoint, witnessed } = entry;
		this.first ??= entry;
		this.publicKey ??= segment?.publicKey;
		this.key ??= segment?.key;
		this.advance(entry);
		this.unsigned = checkpoint === undefined ? this.unsigned + 1 : 0;
		this.sealed = checkpoint?.seals;
		for (const head of witnessed ?? []) {
			this.witnessed.set(`${head.stream} ${head.seq} ${head.hash}`, head);
		}
	}

	private advance({ seq, hash }: ChainLink): void {
		this.last = { seq, hash };
		this.entries++;
		if (this.place.wanted.has(seq)) {
			this.seen.set(seq, { hash, line: this.entries });
		}
	}

	private whyWrong(entry: AuditEntry): BreakReason | undefined {
		const opening = this.entries === 0 ? this.whyNoOpening(entry) : undefined;
		if (opening !== undefined) {
			return opening;
		}
		if (this.entries > 0 && entry.segment !== undefined) {
			return 'wrong segment';
		}
		if (entry.kind === 'checkpoint' || entry.checkpoint !== undefined) {
			return this.whyNoCheckpoint(entry);
		}
		return this.unsigned >= CHECKPOINT_ENTRIES ? 'not signed' : undefined;
	}

	private whyNoOpening({ kind, event, at, segment }: AuditEntry): BreakReason | undefined {
		const { day, stream, number } = this.place.name;
		const fits =
			kind === 'lifecycle' &&
			event === (number === 1 ? 'trail-opened' : 'segment-opened') &&
			at.startsWith(`${day}T`) &&
			segment?.stream === stream &&
			segment.number === number;
		if (!fits) {
			return 'wrong segment';
		}
		const { key, publicKey } = segment;
		const isKnown = this.place.trusted?.has(publicKey) ?? true;
		return isKnown && this.tools.keyId(publicKey) === key ? undefined : 'unknown key';
	}

	private whyNoCheckpoint(entry: AuditEntry): BreakReason | undefined {
		const { kind, outcome, checkpoint } = entry;
		const { stream, number } = this.place.name;
		const fits =
			kind === 'checkpoint' &&
			outcome === 'noted' &&
			Object.keys(entry).every(member => CHECKPOINT_MEMBERS.has(member)) &&
			Object.keys(checkpoint ?? {}).every(member => HEAD_MEMBERS.has(member)) &&
			checkpoint?.stream === stream &&
			checkpoint.segment === number &&
			checkpoint.key === this.key;
		if (!fits) {
			return 'misplaced checkpoint';
		}
		const { signature, ...unsigned } = checkpoint;
		const text = () => checkpointText(entry, unsigned);
		return this.tools.holds(this.publicKey ?? '', text, signature) ? undefined : 'bad signature';
	}

	/** What a first line follows: where nobody knows, whatever it says. */
	private before(text: string): ChainLink | undefined {
		if (this.place.before !== 'unknown') {
			return this.last;
		}
		const reading = readEntry(text);
		return reading.ok && reading.entry.seq > 0
			? { seq: reading.entry.seq - 1, hash: reading.entry.prev }
			: undefined;
	}

	/** `seq`: what the line says, which counts only where nobody knows what belongs there. */
	private break(why: BreakReason, id?: string, seq = 0): ChainBreak {
		const isKnown = this.entries > 0 || this.place.before !== 'unknown';
		this.broken = {
			...{ line: this.entries + 1, seq: isKnown ? this.nextSeq() : seq, why },
			...(id !== undefined && { id }),
		};
		return this.broken;
	}

	private nextSeq(): number {
		return this.last === undefined ? 0 : this.last.seq + 1;
	}
}

/** The id that a line which is no entry names, if it looks like one. */
function idIn(text: string): string | undefined {
	return /"id":"([0-9a-f-]{36})","kind":/.exec(text)?.[1];
}
