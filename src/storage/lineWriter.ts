import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText, FirewallError } from '../base/errors';
import { type Phrase, phrase } from '../base/phrase';
import { type Durability } from '../firewall/ports';

/** What a writer needs of a file. `appendFile` resolves when the operating system has all of the text. */
export interface AppendFile {
	appendFile(text: string): Promise<void>;
	/** The same before it returns; throws where the other rejects. Absent where only waiting will do. */
	appendNow?(text: string): void;
	datasync(): Promise<void>;
	close(): Promise<void>;
}

/** How long a line appended as `written` may wait for the disk, in milliseconds. */
export const SYNC_WITHIN_MS = 50;

/**
 * What goes to the operating system without a thread: handing a few kilobytes to its memory takes some microseconds, the way
 * to a thread and back ten times as long, twice for each call. More characters than this at once, or while a flush runs, or
 * for a while after the system took long (a full disk queue, a network folder), take the thread, so that the disk cannot
 * hold up the event loop for more than one such write.
 */
const MOST_AT_ONCE = 131_072;
const SLOW_WRITE_MS = 4;
const AVOID_SLOW_MS = 10_000;

interface Pending {
	readonly line: string;
	readonly durability: Durability;
	readonly onWritten: () => void;
	readonly resolve: () => void;
	readonly reject: (error: FirewallError) => void;
}

/** The error of a trail that cannot be written. */
export function unwritable(message: string | Phrase, cause?: unknown): FirewallError {
	return new FirewallError('journal-unwritable', message, { cause });
}

/**
 * The one writer of one append-only file. Lines stand in the order of the calls; those that arrive together, or during a write,
 * share the next write, those that arrive during a flush share the next flush (group commit). The first failure is final: what
 * it left of the file is not known, so every line not acknowledged and every later one is rejected.
 */
export class LineWriter {
	/** Not yet with the operating system. */
	private queue: Pending[] = [];
	/** With the operating system, not yet on the disk. */
	private unsynced: Pending[] = [];
	private writing: Promise<void> | undefined;
	private syncing: Promise<void> | undefined;
	private timer: Disposable | undefined;
	private closing: Promise<void> | undefined;
	private trouble: FirewallError | undefined;
	/** True when the last write was of several lines. */
	private crowded = false;
	/** Set once it is open. */
	private file: AppendFile | undefined;
	/** Set from the first write of a turn of the event loop until the turn is over. */
	private turn: Promise<void> | undefined;
	/** Monotonic milliseconds until which every write takes the thread. */
	private slowUntil = -Infinity;

	/** Lines may come before the file is open; they wait for it. A file that cannot be opened is a failure like any other. */
	constructor(
		private readonly opening: AppendFile | Promise<AppendFile>,
		private readonly clock: Clock,
		private readonly onFail: (error: FirewallError) => void,
	) {
		if (opening instanceof Promise) {
			opening.catch(() => undefined);
		} else {
			this.file = opening;
		}
	}

	/** Why nothing can be written any more; undefined while it can. */
	get failure(): FirewallError | undefined {
		return this.trouble;
	}

	/** Appends `line` and a newline. `onWritten` runs in order, when the operating system has the line; it must not throw. */
	append(line: string, durability: Durability, onWritten: () => void): Promise<void> {
		const refused = this.trouble ?? (this.closing && unwritable('the audit trail is closed'));
		if (refused !== undefined) {
			return Promise.reject(refused);
		}
		return new Promise((resolve, reject) => {
			this.queue.push({ line, durability, onWritten, resolve, reject });
			this.writing ??= this.write();
		});
	}

	/** Writes and syncs what was appended, then closes the file. Trouble shows in the appends, not here. */
	close(): Promise<void> {
		this.closing ??= this.closeNow();
		return this.closing;
	}

	private async write(): Promise<void> {
		// Not within the call of `append`: who hears of a line may append another.
		await Promise.resolve();
		const file = this.file ?? (await this.opened());
		while (file !== undefined && this.queue.length > 0) {
			// A lone line goes at once, so that a lone call waits for nothing; where many come in one turn they share a write.
			if (file.appendNow !== undefined && (this.crowded || this.turn !== undefined)) {
				await this.turnEnds();
			}
			void this.turnEnds();
			this.crowded = this.queue.length > 1;
			await this.writeQueue(file);
			if (this.trouble !== undefined) {
				break;
			}
		}
		this.writing = undefined;
	}

	private async writeQueue(file: AppendFile): Promise<void> {
		const batch = this.queue;
		this.queue = [];
		try {
			await this.hand(file, batch.map(({ line }) => `${line}\n`).join(''));
		} catch (error) {
			this.fail(error);
		}
		if (this.trouble !== undefined) {
			rejectAll(batch, this.trouble);
			return;
		}
		this.unsynced.push(...batch);
		for (const pending of batch) {
			pending.onWritten();
			if (pending.durability === 'written') {
				pending.resolve();
			}
		}
		if (batch.some(({ durability }) => durability === 'synced')) {
			this.flush();
		} else {
			this.timer ??= this.clock.schedule(SYNC_WITHIN_MS, () => this.flush());
		}
	}

	/** Undefined when it cannot be opened; the failure is told. */
	private async opened(): Promise<AppendFile | undefined> {
		try {
			this.file = await this.opening;
		} catch (error) {
			this.fail(error);
		}
		return this.file;
	}

	/** Resolves when this turn of the event loop is over. */
	private turnEnds(): Promise<void> {
		this.turn ??= new Promise(resolve => {
			setImmediate(() => {
				this.turn = undefined;
				resolve();
			});
		});
		return this.turn;
	}

	/** Hands text to the operating system. */
	private hand(file: AppendFile, text: string): Promise<void> | undefined {
		const { clock } = this;
		const started = clock.monotonic();
		if (
			file.appendNow === undefined ||
			text.length > MOST_AT_ONCE ||
			this.syncing !== undefined ||
			started < this.slowUntil
		) {
			return file.appendFile(text);
		}
		file.appendNow(text);
		const ended = clock.monotonic();
		this.slowUntil = ended - started > SLOW_WRITE_MS ? ended + AVOID_SLOW_MS : this.slowUntil;
		return undefined;
	}

	private flush(): void {
		this.timer?.dispose();
		this.timer = undefined;
		if (this.unsynced.length > 0) {
			this.syncing ??= this.sync();
		}
	}

	private async sync(): Promise<void> {
		while (this.unsynced.length > 0) {
			const batch = this.unsynced;
			this.unsynced = [];
			try {
				await this.file?.datasync();
			} catch (error) {
				this.fail(error);
			}
			if (this.trouble !== undefined) {
				rejectAll(batch, this.trouble);
				break;
			}
			for (const pending of batch) {
				pending.resolve();
			}
		}
		this.syncing = undefined;
	}

	// INVARIANT: 8. One failure fails all that is under way and all that follows.
	private fail(error: unknown): void {
		if (this.trouble !== undefined) {
			return;
		}
		this.trouble =
			error instanceof FirewallError && error.code === 'journal-unwritable'
				? error
				: unwritable(phrase('the audit trail cannot be written: {0}', errorText(error)), error);
		this.timer?.dispose();
		rejectAll(this.unsynced.splice(0), this.trouble);
		rejectAll(this.queue.splice(0), this.trouble);
		this.onFail(this.trouble);
	}

	private async closeNow(): Promise<void> {
		await this.writing;
		this.flush();
		await this.syncing;
		try {
			await (this.file ?? (await this.opened()))?.close();
		} catch (error) {
			this.fail(error);
		}
	}
}

function rejectAll(batch: readonly Pending[], error: FirewallError): void {
	for (const pending of batch) {
		pending.reject(error);
	}
}
