import { type Disposable } from '../base/disposable';
import { errorText, FirewallError } from '../base/errors';
import { Emitter, type Event } from '../base/event';
import { type Logger } from '../base/logger';
import { type AuditEntry, type AuditRecord } from '../domain/audit/auditRecord';
import { type AuditTrail, type Durability } from '../firewall/ports';
import { unwritable } from './lineWriter';
import { type StreamOptions, TrailStream } from './trailStream';

/** What a journal is made of. */
export interface JournalOptions extends StreamOptions {
	readonly logger: Logger;
	/** What every append waits for at the least; asked each time. Left out: `written`. */
	readonly durability?: () => Durability;
}

/**
 * The trail of one window: a stream of canonical JSON lines (checkpoint.ts), one writer. Not open until {@link reopen} has
 * resolved. After a failure every append rejects with `journal-unwritable` until somebody calls {@link reopen}, which
 * starts a new stream (journalRevival.ts does).
 */
export class Journal implements AuditTrail, Disposable {
	private readonly appended = new Emitter<AuditEntry>();
	private readonly failed = new Emitter<FirewallError>();
	private readonly opened = new Emitter<string>();
	private current: TrailStream | undefined;
	private trouble: FirewallError | undefined = unwritable('the audit trail is not open yet');
	private opening: Promise<void> | undefined;
	private closing: Promise<void> | undefined;

	/** Every entry of this window but checkpoints, once the operating system has it, in order of `seq`. */
	readonly onDidAppend: Event<AuditEntry> = this.appended.event;
	/** The trail has become unwritable. */
	readonly onDidFail: Event<FirewallError> = this.failed.event;
	/** A new stream has begun; its id. */
	readonly onDidOpen: Event<string> = this.opened.event;

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
		return this.current?.file;
	}

	/** Id of the stream that was opened last. */
	get stream(): string | undefined {
		return this.current?.id;
	}

	/** Begins a new stream, whose first entry is `trail-opened`. Does nothing while the trail can be written. */
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
		if (this.trouble !== undefined || this.current === undefined) {
			throw this.trouble ?? unwritable('the audit trail is not open');
		}
		return this.current.append(record, this.options.durability?.() === 'synced' ? 'synced' : durability);
	}

	/** Writes, signs and syncs what was appended, then closes. Later appends reject. */
	close(): Promise<void> {
		this.closing ??= this.closeNow();
		return this.closing;
	}

	dispose(): void {
		void this.close();
	}

	private async openNew(): Promise<void> {
		await this.current?.close();
		let stream: TrailStream | undefined;
		try {
			stream = await TrailStream.open(this.options, {
				onWritten: entry => this.tell(this.appended, entry),
				onFail: error => {
					if (stream !== undefined && this.current === stream) {
						this.fail(error);
					}
				},
			});
			if (stream.failure !== undefined) {
				throw stream.failure;
			}
		} catch (error) {
			throw this.fail(error instanceof FirewallError ? error : unwritable(errorText(error), error));
		}
		this.current = stream;
		this.trouble = undefined;
		this.tell(this.opened, stream.id);
	}

	private tell<T>(emitter: Emitter<T>, value: T): void {
		try {
			emitter.fire(value);
		} catch (error) {
			this.options.logger.error(`A listener of the audit trail failed: ${errorText(error)}`);
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
		await this.current?.close();
		await this.options.anchor.flush();
		[this.appended, this.failed, this.opened].forEach(emitter => emitter.dispose());
	}
}
