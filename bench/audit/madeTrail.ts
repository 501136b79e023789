import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type AuditRecord } from '../../src/domain/audit/auditRecord';
import { chainLine, type ChainLink } from '../../src/domain/audit/chain';
import {
	type AnchoredHead,
	type Checkpoint,
	CHECKPOINT_ENTRIES,
	CHECKPOINT_MS,
	checkpointText,
	SEGMENT_BYTES,
	type TrailSigner,
} from '../../src/domain/audit/checkpoint';
import { segmentFileName } from '../../src/domain/audit/segmentName';
import { nodeSha256 } from '../../src/storage/system';
import { trailSigner } from '../../src/storage/trailKey';
import { MADE_CONTEXT, madeSession } from './madeSession';
import { Dice, digestOf } from './madeWorld';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Entries of a session with its pauses, and what one takes, ms: both measured, to spread sessions over the days. */
const SESSION_ENTRIES = 90;
const ENTRY_MS = 6_000;
const BUFFER_CHARACTERS = 1_048_576;
/** PKCS#8 header of an Ed25519 private key (RFC 8410 §7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** What a made trail is like. */
export interface MadeTrailOptions {
	/** Folder of the segments; made where it is not there. */
	readonly dir: string;
	/** Entries in all streams together, checkpoints among them. */
	readonly entries: number;
	/** The same seed and options give the same bytes. */
	readonly seed?: number;
	readonly streams?: number;
	/** Days before `until` that the trail covers. */
	readonly days?: number;
	/** Time of the youngest entries, ms since the epoch. */
	readonly until?: number;
	readonly segmentBytes?: number;
	/** So many of the youngest streams were left open, as by a killed editor: no seal at their end. */
	readonly leftOpen?: number;
	/** A key of `newTrailKey`; otherwise one that is made of the seed, for tests alone. */
	readonly secret?: string;
}

/** What was made. */
export interface MadeTrail {
	readonly dir: string;
	/** Names, sorted. */
	readonly files: readonly string[];
	readonly entries: number;
	readonly bytes: number;
	/** The head of each stream, as the product anchors it. */
	readonly heads: readonly AnchoredHead[];
	readonly signer: TrailSigner;
	readonly secret: string;
}

/** Writes a trail of realistic entries with the product's own chain, segments and checkpoints. */
export function makeTrail(options: MadeTrailOptions): MadeTrail {
	const { dir, entries, seed = 1, streams = 8, days = 30, segmentBytes = SEGMENT_BYTES, leftOpen = 1 } = options;
	const until = options.until ?? Date.UTC(2026, 10, 27, 18);
	const secret =
		options.secret ?? Buffer.concat([PKCS8, Buffer.from(digestOf(`seed ${seed}`), 'hex')]).toString('base64');
	const signer = trailSigner(secret);
	const begin = until - days * DAY_MS;
	const ended: StreamWriter[] = [];
	mkdirSync(dir, { recursive: true, mode: 0o700 });
	for (let index = 0; index < streams; index++) {
		const dice = new Dice(seed * 1_000 + index);
		// Every stream but the first begins before the one before it has ended, as windows do.
		const from = begin + (index * days * DAY_MS) / streams;
		const to = Math.min(until, from + (1.4 * days * DAY_MS) / streams);
		const budget = Math.floor((entries * (index + 1)) / streams) - Math.floor((entries * index) / streams);
		const writer = new StreamWriter({ dir, dice, signer, segmentBytes, budget, from, to });
		writer.write(
			ended.flatMap(stream => stream.headAt(from) ?? []),
			index < streams - leftOpen,
		);
		ended.push(writer);
	}
	return {
		...{ dir, signer, secret },
		files: ended.flatMap(({ files }) => files).sort(),
		entries: ended.reduce((sum, { written }) => sum + written, 0),
		bytes: ended.reduce((sum, { bytes }) => sum + bytes, 0),
		heads: ended.flatMap(stream => stream.headAt(Infinity) ?? []),
	};
}

interface StreamParts {
	readonly dir: string;
	readonly dice: Dice;
	readonly signer: TrailSigner;
	readonly segmentBytes: number;
	/** Entries, checkpoints among them. */
	readonly budget: number;
	readonly from: number;
	readonly to: number;
}

/** One stream of a made trail: what a window would have written between two moments. */
class StreamWriter {
	readonly files: string[] = [];
	written = 0;
	bytes = 0;
	private readonly stream: string;
	private readonly heads: AnchoredHead[] = [];
	private last: ChainLink | undefined;
	private at: number;
	/** Time of the first entry that no checkpoint covers. */
	private uncovered: { readonly since: number; entries: number } | undefined;
	private segment = 0;
	private segmentDay = '';
	private segmentWritten = 0;
	private hasContext = false;
	private file: number | undefined;
	private buffer = '';

	constructor(private readonly parts: StreamParts) {
		this.stream = parts.dice.uuid(parts.from);
		this.at = parts.from;
	}

	/** The youngest head that was taken at a moment or before it. */
	headAt(time: number): AnchoredHead | undefined {
		return this.heads.findLast(({ at }) => Date.parse(at) <= time);
	}

	write(witnessed: readonly AnchoredHead[], close: boolean): void {
		const { dice, budget, from, to } = this.parts;
		const scale = Math.min(1, (0.8 * (to - from)) / (budget * ENTRY_MS));
		this.open('trail-opened');
		if (witnessed.length > 0) {
			const heads = witnessed.map(({ stream, segment, seq, hash, closed }) => ({
				...{ stream, segment, seq, hash },
				...(closed && { closed }),
			}));
			this.append({ kind: 'lifecycle', outcome: 'noted', event: 'streams-witnessed', witnessed: heads });
		}
		// One is kept for the end.
		while (this.written < budget - 1) {
			for (const { after, record } of madeSession(dice, () => this.at)) {
				if (this.written >= budget - 1) {
					break;
				}
				this.pass(after * scale);
				this.append(record);
			}
			const sessionsLeft = Math.max(1, (budget - this.written) / SESSION_ENTRIES);
			const idle = Math.max(0, to - this.at - (budget - this.written) * ENTRY_MS * scale) / sessionsLeft;
			this.pass(idle * (0.5 + dice.next()));
			const hour = Math.floor((this.at % DAY_MS) / HOUR_MS);
			this.pass(hour < 7 ? (7 - hour) * HOUR_MS : hour > 19 ? (31 - hour) * HOUR_MS : 0);
		}
		if (close) {
			this.checkpoint('closed');
		} else {
			this.append({ kind: 'lifecycle', outcome: 'noted', event: 'policy-loaded', actor: 'firewall' });
		}
		this.end();
	}

	private pass(ms: number): void {
		const next = Math.min(Math.floor(this.at + ms), Math.max(this.at, this.parts.to));
		const due = this.uncovered && this.uncovered.since + CHECKPOINT_MS;
		if (due !== undefined && next > due && this.written < this.parts.budget - 2) {
			this.at = due;
			this.checkpoint();
		}
		this.at = next;
	}

	private append(record: Omit<AuditRecord, 'id' | 'at'> & { readonly id?: string }): void {
		const full = this.segmentWritten + this.buffer.length >= this.parts.segmentBytes;
		if ((full || dayOf(this.at) !== this.segmentDay) && this.written < this.parts.budget - 3) {
			this.checkpoint('segment');
			this.end();
			this.open('segment-opened');
		}
		const wantsContext = !this.hasContext && record.facts !== undefined;
		this.hasContext ||= wantsContext;
		this.put(wantsContext ? { ...record, context: MADE_CONTEXT } : record);
		this.uncovered ??= { since: this.at, entries: 0 };
		this.uncovered.entries++;
		if (this.uncovered.entries >= CHECKPOINT_ENTRIES && this.written < this.parts.budget - 1) {
			this.checkpoint();
		}
	}

	private checkpoint(seals?: Checkpoint['seals']): void {
		const { signer } = this.parts;
		const said = { stream: this.stream, segment: this.segment, key: signer.key, ...(seals && { seals }) };
		const at = new Date(this.at).toISOString();
		const { seq = -1, hash: prev = '' } = this.last ?? {};
		const signature = signer.sign(checkpointText({ seq: seq + 1, prev, at }, said));
		const { hash } = this.put({ kind: 'checkpoint', outcome: 'noted', checkpoint: { ...said, signature } });
		const head = { stream: this.stream, segment: this.segment, seq: seq + 1, hash, at, key: signer.key };
		this.heads.push({ ...head, ...(seals === 'closed' && { closed: true as const }) });
		this.uncovered = undefined;
	}

	private open(event: 'trail-opened' | 'segment-opened'): void {
		const { dir, signer } = this.parts;
		this.segment++;
		this.segmentDay = dayOf(this.at);
		this.segmentWritten = 0;
		this.hasContext = false;
		const name = segmentFileName({ day: this.segmentDay, stream: this.stream, number: this.segment });
		this.files.push(name);
		this.file = openSync(join(dir, name), 'wx', 0o600);
		const { key, publicKey } = signer;
		const segment = { stream: this.stream, number: this.segment, key, publicKey };
		this.put({ kind: 'lifecycle', outcome: 'noted', event, segment });
		this.uncovered = { since: this.at, entries: 1 };
	}

	private put(record: Omit<AuditRecord, 'id' | 'at'> & { readonly id?: string }): ChainLink {
		const id = record.id ?? this.parts.dice.uuid(this.at);
		const full = { ...record, id, at: new Date(this.at).toISOString() };
		const { entry, line } = chainLine(full, this.last, nodeSha256);
		this.last = { seq: entry.seq, hash: entry.hash };
		this.written++;
		this.buffer += `${line}\n`;
		if (this.buffer.length >= BUFFER_CHARACTERS) {
			this.flush();
		}
		return entry;
	}

	private flush(): void {
		const bytes = Buffer.from(this.buffer, 'utf8');
		this.buffer = '';
		this.bytes += bytes.length;
		this.segmentWritten += bytes.length;
		for (let at = 0; this.file !== undefined && at < bytes.length;) {
			at += writeSync(this.file, bytes, at);
		}
	}

	private end(): void {
		this.flush();
		if (this.file !== undefined) {
			closeSync(this.file);
			this.file = undefined;
		}
	}
}

function dayOf(at: number): string {
	return new Date(at).toISOString().slice(0, 10);
}
