import { writeSync } from 'node:fs';
import { chmod, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type IdSource } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText, type FirewallError } from '../base/errors';
import { Emitter, type Event } from '../base/event';
import { type Logger } from '../base/logger';
import { type AuditEntry, type AuditRecord } from '../domain/audit/auditRecord';
import { type TrailSigner } from '../domain/audit/checkpoint';
import { type ChainedLine, chainLine, type ChainLink, MAX_LINE_BYTES } from '../domain/audit/chain';
import { type AuditTrail, type Durability } from '../firewall/ports';
import { type HeadAnchor } from './headAnchor';
import { type AppendFile, LineWriter, unwritable } from './lineWriter';
import { nodeSha256 } from './system';

/** What a journal is made of. */
export interface JournalOptions {
	/** The trail's directory; made with mode 0700. Every window writes a file of its own in it. */
	readonly dir: string;
	readonly clock: Clock;
	readonly ids: IdSource;
	readonly logger: Logger;
	/** Signs the heads of the trail. */
	readonly signer: TrailSigner;
	/** Keeps the heads outside the trail. */
	readonly anchor: HeadAnchor;
	/** Makes a file that did not exist, for appending. Left out: a file of mode 0600 in `dir`. */
	readonly openFile?: (path: string) => Promise<AppendFile>;
}

/**
 * The trail of one window: one append-only file of canonical JSON lines, one writer. Not open until {@link reopen} has
 * resolved. After a failure every append rejects with `journal-unwritable` until somebody calls {@link reopen}, which
 * starts a new file.
 */
export class Journal implements AuditTrail, Disposable {
	private readonly appended = new Emitter<AuditEntry>();
	private readonly failed = new Emitter<FirewallError>();
	private writer: LineWriter | undefined;
	private path: string | undefined;
	private last: ChainLink | undefined;
	private trouble: FirewallError | undefined = unwritable('the audit trail is not open yet');
	private opening: Promise<void> | undefined;
	private closing: Promise<void> | undefined;

	/** Every entry of this window once the operating system has it, in order of `seq`. */
	readonly onDidAppend: Event<AuditEntry> = this.appended.event;
	/** The trail has become unwritable. */
	readonly onDidFail: Event<FirewallError> = this.failed.event;

	constructor(private readonly options: JournalOptions) {}

	/** Opens a journal; rejects with `journal-unwritable`, and then leaves nothing open. */
	static async open(options: JournalOptions): Promise<Journal> {
		const journal = new Journal(options);
		try {
			await journal.reopen();
		} catch (error) {
			await journal.close();
			throw error;
		}
		return journal;
	}

	/** Why appends are rejected now; undefined while the trail can be written. */
	get failure(): FirewallError | undefined {
		return this.trouble;
	}

	/** Path of the file that was opened last. */
	get file(): string | undefined {
		return this.path;
	}

	/** Opens a new file, whose first entry is `trail-opened`. Does nothing while the trail can be written. */
	async reopen(): Promise<void> {
		if (this.closing !== undefined) {
			throw unwritable('the audit trail is closed');
		}
		if (this.trouble !== undefined) {
			this.opening ??= this.openNew().finally(() => {
				this.opening = undefined;
			});
			await this.opening;
		}
	}

	async append(record: AuditRecord, durability: Durability): Promise<AuditEntry> {
		if (this.trouble !== undefined || this.writer === undefined) {
			throw this.trouble ?? unwritable('the audit trail is not open');
		}
		const { entry, line } = this.chain(record);
		this.last = entry;
		await this.writer.append(line, durability, () => this.tell(entry));
		return entry;
	}

	/** Writes and syncs what was appended, then closes. Later appends reject. */
	close(): Promise<void> {
		this.closing ??= this.closeNow();
		return this.closing;
	}

	dispose(): void {
		void this.close();
	}

	private async openNew(): Promise<void> {
		const { dir, clock, ids, openFile = openExclusive } = this.options;
		const at = new Date(clock.now()).toISOString();
		const path = join(dir, `${at.slice(0, 10)}-${ids.uuid()}.ndjson`);
		await this.writer?.close();
		this.writer = undefined;
		try {
			await mkdir(dir, { recursive: true, mode: 0o700 });
			await chmod(dir, 0o700);
			const writer = new LineWriter(await openFile(path), clock, error => {
				void writer.close();
				if (this.writer === writer) {
					this.fail(error);
				}
			});
			this.writer = writer;
			await syncDirectory(dir);
		} catch (error) {
			await this.closeWriter();
			throw this.fail(unwritable(`the audit trail cannot be opened: ${errorText(error)}`, error));
		}
		this.path = path;
		this.last = undefined;
		this.trouble = undefined;
		await this.append({ id: ids.uuid(), at, kind: 'lifecycle', outcome: 'noted', event: 'trail-opened' }, 'synced');
	}

	/** A record that cannot be said in JSON fails alone: its caller stops, the chain has not moved. */
	private chain(record: AuditRecord): ChainedLine {
		let chained: ChainedLine;
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

	private tell(entry: AuditEntry): void {
		try {
			this.appended.fire(entry);
		} catch (error) {
			this.options.logger.error(`a listener of the audit trail failed: ${errorText(error)}`);
		}
	}

	private fail(trouble: FirewallError): FirewallError {
		this.trouble = trouble;
		this.options.logger.error(trouble.message);
		this.failed.fire(trouble);
		return trouble;
	}

	private async closeNow(): Promise<void> {
		await this.opening?.catch(() => undefined);
		this.trouble ??= unwritable('the audit trail is closed');
		await this.closeWriter();
		this.appended.dispose();
		this.failed.dispose();
	}

	private async closeWriter(): Promise<void> {
		const writer = this.writer;
		await writer?.close();
		this.writer = undefined;
	}
}

async function openExclusive(path: string): Promise<AppendFile> {
	const file = await open(path, 'ax', 0o600);
	return {
		appendFile: text => file.appendFile(text),
		appendNow: text => {
			const bytes = Buffer.from(text);
			for (let at = 0; at < bytes.length;) {
				at += writeSync(file.fd, bytes, at);
			}
		},
		datasync: () => file.datasync(),
		close: () => file.close(),
	};
}

/** Makes the name of a new file durable. Windows cannot open directories, and has no need to. */
async function syncDirectory(dir: string): Promise<void> {
	if (process.platform === 'win32') {
		return;
	}
	const handle = await open(dir, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
