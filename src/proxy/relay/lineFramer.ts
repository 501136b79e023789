import { MAX_LINE_BYTES, OVERSIZE_HEAD_BYTES, RUNAWAY_CAPS } from '../limits';

/** Receives what the framer finds. Called synchronously from `push` and `end`. */
export interface LineSink {
	/** One line without its line end; never empty. The bytes are not reused by the framer. */
	line(bytes: Uint8Array): void;
	/** A line grew over the cap: its first bytes. The rest is dropped up to the next newline. Once per line. */
	oversize(head: Uint8Array): void;
	/** The newline of such a line came, if it ever does. */
	oversizeEnd(head: Uint8Array): void;
	/** An over-long line does not end (spec/wire.md S-nonewline). Once per line, after `oversize`. */
	runaway(): void;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const FIRST_CAPACITY = 128 * 1024;

/**
 * Splits attacker-controlled bytes into lines (MCP 2025-11-25 transports#stdio) in linear time: each byte is looked
 * at once and copied at most a constant number of times, however small the chunks are. Memory is bounded by twice the
 * cap.
 */
export class LineFramer {
	private carry = Buffer.alloc(0);
	private carried = 0;
	private dropped = 0;
	private dropping: Uint8Array | undefined;

	constructor(
		private readonly sink: LineSink,
		private readonly cap = MAX_LINE_BYTES,
	) {}

	push(chunk: Uint8Array): void {
		let start = 0;
		for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
			this.complete(chunk.subarray(start, at));
			start = at + 1;
		}
		if (start < chunk.length) {
			this.keep(chunk.subarray(start));
		}
	}

	/**
	 * End of input. A last line without a newline counts only if asked for: from a dying server it is half a message.
	 */
	end(keepPartial: boolean): void {
		if (keepPartial && this.dropping === undefined) {
			this.complete(new Uint8Array(0));
		}
		this.reset();
	}

	private complete(tail: Uint8Array): void {
		if (this.dropping === undefined && this.carried === 0 && tail.length <= this.cap) {
			this.emit(tail);
			return;
		}
		this.keep(tail);
		const line = this.carry.subarray(0, this.carried);
		const head = this.dropping;
		this.reset();
		if (head === undefined) {
			this.emit(line);
		} else {
			this.sink.oversizeEnd(head);
		}
	}

	private emit(bytes: Uint8Array): void {
		const line = bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;
		if (line.length > 0) {
			this.sink.line(line);
		}
	}

	private keep(bytes: Uint8Array): void {
		if (this.dropping !== undefined) {
			this.drop(bytes.length);
			return;
		}
		const size = this.carried + bytes.length;
		if (size > this.cap) {
			const head = Buffer.concat([
				this.carry.subarray(0, Math.min(this.carried, OVERSIZE_HEAD_BYTES)),
				bytes.subarray(0, Math.max(0, OVERSIZE_HEAD_BYTES - this.carried)),
			]);
			this.reset();
			this.dropping = head;
			this.sink.oversize(head);
			this.drop(size);
			return;
		}
		if (size > this.carry.length) {
			const grown = Buffer.allocUnsafe(Math.min(Math.max(size, this.carry.length * 2, FIRST_CAPACITY), this.cap));
			this.carry.copy(grown, 0, 0, this.carried);
			this.carry = grown;
		}
		this.carry.set(bytes, this.carried);
		this.carried = size;
	}

	private drop(count: number): void {
		const limit = this.cap * RUNAWAY_CAPS;
		const before = this.dropped;
		this.dropped += count;
		if (before < limit && this.dropped >= limit) {
			this.sink.runaway();
		}
	}

	private reset(): void {
		this.carry = Buffer.alloc(0);
		this.carried = 0;
		this.dropped = 0;
		this.dropping = undefined;
	}
}
