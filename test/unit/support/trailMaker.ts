import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditEntry, type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { chainLine } from '../../../src/domain/audit/chain';
import {
	type AnchoredHead,
	type Checkpoint,
	checkpointText,
	type SegmentTombstone,
	type StreamHead,
	tombstoneText,
	type TrailSigner,
} from '../../../src/domain/audit/checkpoint';
import { segmentFileName, TOMBSTONE_ENDING } from '../../../src/domain/audit/segmentName';
import { nodeSha256 } from '../../../src/storage/system';
import { canonicalJson, type JsonObject } from '../../../src/base/json';
import { aRecord } from './auditRecords';

/** One file that a {@link StreamMaker} made. */
export interface MadeSegment {
	readonly name: string;
	readonly number: number;
	readonly entries: AuditEntry[];
	/** Without newlines. */
	readonly lines: string[];
}

/** What a stream that is made by hand is of; the defaults are one fixed time and a name counted up. */
export interface StreamOptions {
	readonly signer: TrailSigner;
	/** UUID. */
	readonly stream?: string;
	/** ISO 8601 time of the next entry; called once for each. */
	readonly clock?: () => string;
}

let count = 0;

/** A name of a stream, one after the other. */
export function streamName(): string {
	count++;
	return `0199a000-0000-7000-8000-${count.toString(16).padStart(12, '0')}`;
}

/**
 * Makes one stream line by line, the way the journal writes it, for tests of whatever reads a trail. Every method does
 * what it says and nothing else: checkpoints stand where they are asked for.
 */
export class StreamMaker {
	readonly stream: string;
	readonly segments: MadeSegment[] = [];
	/** The head of each checkpoint, as it would be anchored outside; oldest first. */
	readonly heads: AnchoredHead[] = [];
	private signer: TrailSigner;
	private readonly clock: () => string;

	constructor(options: StreamOptions) {
		this.signer = options.signer;
		this.stream = options.stream ?? streamName();
		this.clock = options.clock ?? (() => '2026-10-01T12:00:00.000Z');
		this.open();
	}

	/** The segment that is written now. */
	get segment(): MadeSegment {
		return this.segments.at(-1)!;
	}

	/** The newest entry. */
	get last(): AuditEntry {
		return this.segment.entries.at(-1) ?? this.segments.at(-2)!.entries.at(-1)!;
	}

	/** The newest entry as a head. */
	get head(): StreamHead {
		const { seq, hash } = this.last;
		return { stream: this.stream, segment: this.segment.number, seq, hash };
	}

	/** A call, or what `over` makes of it. */
	add(over: Partial<AuditRecord> = {}): this {
		this.put(aRecord({ at: this.clock(), ...over }), this.last);
		return this;
	}

	/** So many calls. */
	addMany(entries: number): this {
		for (let left = entries; left > 0; left--) {
			this.add();
		}
		return this;
	}

	checkpoint(seals?: 'segment' | 'closed'): this {
		const { seq, hash } = this.last;
		const { key } = this.signer;
		const at = this.clock();
		const open: Omit<Checkpoint, 'signature'> = {
			...{ stream: this.stream, segment: this.segment.number, key },
			...(seals && { seals }),
		};
		const signature = this.signer.sign(checkpointText({ seq: seq + 1, prev: hash, at }, open));
		const { id } = aRecord();
		this.put({ id, at, kind: 'checkpoint', outcome: 'noted', checkpoint: { ...open, signature } }, this.last);
		this.heads.push({ ...this.head, at, key, ...(seals === 'closed' && { closed: true }) });
		return this;
	}

	/** Seals the segment and opens the next one, which another key may sign. */
	rotate(signer: TrailSigner = this.signer): this {
		this.checkpoint('segment');
		this.signer = signer;
		this.open();
		return this;
	}

	close(): this {
		return this.checkpoint('closed');
	}

	/** What retention leaves of a sealed segment. */
	tombstone(number: number, why = 'older than 365 days', signer: TrailSigner = this.signer): SegmentTombstone {
		const segment = this.segments[number - 1]!;
		const first = segment.entries[0]!;
		const last = segment.entries.at(-1)!;
		const open = {
			...{ v: 1 as const, stream: this.stream, number },
			first: { seq: first.seq, prev: first.prev },
			last: { seq: last.seq, hash: last.hash },
			...{ from: first.at, to: last.at, bytes: Buffer.byteLength(segmentText(segment)) },
			...{ removedAt: '2027-10-01T12:00:00.000Z', why, key: signer.key },
		};
		return { ...open, signature: signer.sign(tombstoneText(open)) };
	}

	private open(): void {
		const number = this.segments.length + 1;
		const at = this.clock();
		const { key, publicKey } = this.signer;
		const last = this.segments.at(-1)?.entries.at(-1);
		const name = segmentFileName({ day: at.slice(0, 10), stream: this.stream, number });
		this.segments.push({ name, number, entries: [], lines: [] });
		const event = number === 1 ? 'trail-opened' : 'segment-opened';
		const segment = { stream: this.stream, number, key, publicKey };
		this.put({ id: aRecord().id, at, kind: 'lifecycle', outcome: 'noted', event, segment }, last);
	}

	private put(record: AuditRecord, before: AuditEntry | undefined): void {
		const { entry, line } = chainLine(record, before, nodeSha256);
		this.segment.entries.push(entry);
		this.segment.lines.push(line);
	}
}

/** The text of a segment's file. */
export function segmentText({ lines }: MadeSegment): string {
	return lines.map(line => `${line}\n`).join('');
}

/** Writes streams into `dir`, which is made; resolves with the paths, by segment. */
export async function writeTrail(dir: string, ...streams: readonly StreamMaker[]): Promise<readonly string[]> {
	await mkdir(dir, { recursive: true });
	const segments = streams.flatMap(stream => stream.segments);
	await Promise.all(segments.map(segment => writeFile(join(dir, segment.name), segmentText(segment))));
	return segments.map(({ name }) => join(dir, name));
}

/** Writes what is left of a segment, beside where it was; resolves with the path. */
export async function writeTombstone(dir: string, segment: MadeSegment, tombstone: SegmentTombstone): Promise<string> {
	const file = join(dir, `${segment.name}${TOMBSTONE_ENDING}`);
	await writeFile(file, `${canonicalJson(tombstone as unknown as JsonObject)}\n`);
	return file;
}
