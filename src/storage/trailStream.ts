import { stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type IdSource } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText, type FirewallError } from '../base/errors';
import { phrase } from '../base/phrase';
import { type AuditEntry, type AuditRecord } from '../domain/audit/auditRecord';
import { chainLine, type ChainLink, MAX_LINE_BYTES } from '../domain/audit/chain';
import {
	type Checkpoint,
	CHECKPOINT_ENTRIES,
	CHECKPOINT_MS,
	SEGMENT_BYTES,
	type TrailSigner,
} from '../domain/audit/checkpoint';
import { checkpointRecord, headOf } from '../domain/audit/checkpointRecord';
import { segmentFileName } from '../domain/audit/segmentName';
import { type Durability } from '../firewall/ports';
import { type HeadAnchor } from './headAnchor';
import { type AppendFile, LineWriter, unwritable } from './lineWriter';
import { nodeSha256 } from './system';
import { openInPrivate } from './trailFile';

/** When segments and checkpoints end; tests take smaller ones. */
export interface StreamSizes {
	readonly segmentBytes: number;
	readonly checkpointEntries: number;
	readonly checkpointMs: number;
}

/** What a stream is made of. */
export interface StreamOptions {
	/** The trail's directory; made with mode 0700. Every stream writes files of its own in it. */
	readonly dir: string;
	readonly clock: Clock;
	readonly ids: IdSource;
	/** Signs the heads of the trail. */
	readonly signer: TrailSigner;
	/** Keeps the heads outside the trail. */
	readonly anchor: HeadAnchor;
	/** Makes a file that did not exist, for appending. Left out: a file of mode 0600 in `dir`. */
	readonly openFile?: (path: string) => Promise<AppendFile>;
	readonly sizes?: Partial<StreamSizes>;
}

/** Who hears of a stream. Neither may throw. */
export interface StreamListener {
	/** In order of `seq`, once the operating system has the entry; checkpoints are not told. */
	onWritten(entry: AuditEntry): void;
	/** Once, at the first failure, which is final. */
	onFail(error: FirewallError): void;
}

interface Segment {
	readonly number: number;
	/** ISO 8601 time of its first entry, whose day is the segment's. */
	readonly at: string;
	readonly path: string;
	readonly writer: LineWriter;
	bytes: number;
}

/**
 * One stream of the trail (checkpoint.ts): chains entries, signs heads, seals a segment and begins the next when it is full or
 * the day (UTC) is another. One writer, and one failure is the end of it.
 */
export class TrailStream {
	/** UUID. */
	readonly id: string;
	private segment: Segment;
	private last: ChainLink | undefined;
	private failed: FirewallError | undefined;
	private closed = false;
	/** Entries behind the last checkpoint. */
	private uncovered = 0;
	private timer: Disposable | undefined;
	private readonly sizes: StreamSizes;

	/** Its first entry, `trail-opened`, is on the disk; rejects with `journal-unwritable`, and then leaves nothing open. */
	static async open(options: StreamOptions, listener: StreamListener): Promise<TrailStream> {
		const stream = new TrailStream(options, listener);
		try {
			await stream.begin();
		} catch (error) {
			await stream.segment.writer.close();
			await removeEmpty(stream.file);
			throw error;
		}
		return stream;
	}

	private constructor(
		private readonly options: StreamOptions,
		private readonly listener: StreamListener,
	) {
		this.id = options.ids.uuid();
		this.sizes = {
			segmentBytes: SEGMENT_BYTES,
			checkpointEntries: CHECKPOINT_ENTRIES,
			checkpointMs: CHECKPOINT_MS,
			...options.sizes,
		};
		this.segment = this.openSegment(1, this.now(), Promise.resolve());
	}

	/** Why every append is rejected. */
	get failure(): FirewallError | undefined {
		return this.failed;
	}

	/** Path of the file that is being written. */
	get file(): string {
		return this.segment.path;
	}

	/** Rejects with `journal-unwritable`: alone for an entry that cannot be said in JSON, for good after a failure. */
	async append(record: AuditRecord, durability: Durability): Promise<AuditEntry> {
		this.throwIfFailed();
		const at = this.now();
		if (this.segment.bytes >= this.sizes.segmentBytes || dayOf(this.segment.at) !== dayOf(at)) {
			this.rotate(at);
			this.throwIfFailed();
		}
		return this.write(record, durability);
	}

	/** Writes and signs the end of the stream, syncs and closes. Trouble shows in the appends. Nothing may be appended then. */
	async close(): Promise<void> {
		const signed = this.closed ? undefined : this.checkpoint('closed');
		this.closed = true;
		await this.segment.writer.close();
		await signed;
	}

	private async begin(): Promise<void> {
		const { number, at } = this.segment;
		const { key, publicKey } = this.options.signer;
		await this.write(
			{
				...{ id: this.options.ids.uuid(), at, kind: 'lifecycle', outcome: 'noted' },
				event: number === 1 ? 'trail-opened' : 'segment-opened',
				segment: { stream: this.id, number, key, publicKey },
			},
			'synced',
		);
	}

	/**
	 * Order is kept since each segment has a queue of its own, which waits for its file; and the file is not made before the
	 * one before it is synced and closed.
	 */
	private rotate(at: string): void {
		const { writer, number } = this.segment;
		void this.checkpoint('segment');
		if (this.failed !== undefined) {
			return;
		}
		const closed = writer.close().then(() => {
			if (writer.failure !== undefined) {
				throw writer.failure;
			}
		});
		this.segment = this.openSegment(number + 1, at, closed);
		this.begin().catch(() => undefined); // the writer has told
	}

	private openSegment(number: number, at: string, after: Promise<void>): Segment {
		const path = join(this.options.dir, segmentFileName({ day: dayOf(at), stream: this.id, number }));
		const opened = after.then(() => this.openFile(path));
		const writer: LineWriter = new LineWriter(opened, this.options.clock, error => {
			void writer.close();
			this.fail(error);
		});
		return { number, at, path, writer, bytes: 0 };
	}

	private async openFile(path: string): Promise<AppendFile> {
		try {
			return await openInPrivate(path, this.options.openFile);
		} catch (error) {
			throw unwritable(phrase('the audit trail cannot be opened: {0}', errorText(error)), error);
		}
	}

	private async write(record: AuditRecord, durability: Durability): Promise<AuditEntry> {
		const { entry, line } = this.chain(record);
		const written = this.hand(entry, line, durability, () => this.listener.onWritten(entry));
		this.uncovered++;
		if (this.uncovered >= this.sizes.checkpointEntries) {
			void this.checkpoint();
		} else {
			this.timer ??= this.options.clock.schedule(this.sizes.checkpointMs, () => void this.checkpoint());
		}
		await written;
		return entry;
	}

	/** Signs the head as it will be with this entry. Never rejects; the head is anchored once it is on the disk. */
	private async checkpoint(seals?: Checkpoint['seals']): Promise<void> {
		this.timer?.dispose();
		this.timer = undefined;
		if (this.failed !== undefined) {
			return;
		}
		this.uncovered = 0;
		const { ids, signer, anchor } = this.options;
		const what = { stream: this.id, segment: this.segment.number, ...(seals && { seals }) };
		try {
			const stamp = { id: ids.uuid(), at: this.now() };
			const { entry, line } = this.chain(checkpointRecord(stamp, this.last, what, signer));
			await this.hand(entry, line, 'synced', () => undefined);
			const head = headOf(entry);
			if (head !== undefined) {
				anchor.keep(head);
			}
		} catch (error) {
			// INVARIANT: 8. A trail whose head cannot be signed is as good as none. A failed write has been told already.
			this.fail(unwritable(phrase('the head of the audit trail cannot be signed: {0}', errorText(error)), error));
		}
	}

	/** A record that cannot be said in JSON fails alone: its caller stops, the chain has not moved. */
	private chain(record: AuditRecord): { readonly entry: AuditEntry; readonly line: string } {
		let chained;
		try {
			chained = chainLine(record, this.last, nodeSha256);
		} catch (error) {
			throw unwritable(`an entry cannot be written as JSON: ${errorText(error)}`, error);
		}
		if (Buffer.byteLength(chained.line) > MAX_LINE_BYTES) {
			throw unwritable(`an entry is longer than ${MAX_LINE_BYTES} bytes`);
		}
		return chained;
	}

	/** Moves the chain on, and queues the line. */
	private hand(entry: AuditEntry, line: string, durability: Durability, onWritten: () => void): Promise<void> {
		this.last = entry;
		this.segment.bytes += Buffer.byteLength(line) + 1;
		return this.segment.writer.append(line, durability, onWritten);
	}

	private now(): string {
		return new Date(this.options.clock.now()).toISOString();
	}

	private throwIfFailed(): void {
		if (this.failed !== undefined || this.closed) {
			throw this.failed ?? unwritable('the audit trail is closed');
		}
	}

	private fail(error: FirewallError): void {
		if (this.failed === undefined) {
			this.failed = error;
			this.timer?.dispose();
			this.listener.onFail(error);
		}
	}
}

/** A disk that stays full must not fill up with files that hold nothing. One that holds anything is left to verification. */
async function removeEmpty(file: string): Promise<void> {
	try {
		if ((await stat(file)).size === 0) {
			await unlink(file);
		}
	} catch {
		// It was never made, or cannot be touched: nothing is lost by it.
	}
}

function dayOf(at: string): string {
	return at.slice(0, 10);
}
