/** What the half-received messages of one session hold together, bytes. */
export interface HeldBytes {
	held: number;
	readonly limit: number;
}

const FIRST_CAPACITY = 16 * 1024;

/**
 * Bytes that arrive in parts, kept in one growing buffer: each byte is copied a constant number of times, and a part of one
 * byte costs one byte. Bounded by its own cap and by a budget that it shares.
 */
export class ByteKeeper {
	private buffer = Buffer.alloc(0);
	private used = 0;

	constructor(
		private readonly cap: number,
		private readonly budget: HeldBytes,
	) {}

	get length(): number {
		return this.used;
	}

	/** False when it would grow over the cap or the budget; then nothing is added. */
	add(bytes: Uint8Array): boolean {
		const size = this.used + bytes.length;
		if (size > this.cap || this.budget.held + bytes.length > this.budget.limit) {
			return false;
		}
		if (size > this.buffer.length) {
			const grown = Buffer.allocUnsafe(
				Math.min(Math.max(size, this.buffer.length * 2, FIRST_CAPACITY), this.cap),
			);
			this.buffer.copy(grown, 0, 0, this.used);
			this.buffer = grown;
		}
		this.buffer.set(bytes, this.used);
		this.used = size;
		this.budget.held += bytes.length;
		return true;
	}

	/** The first bytes, without taking them. */
	head(count: number): Uint8Array {
		return Uint8Array.from(this.buffer.subarray(0, Math.min(count, this.used)));
	}

	/** Hands over all bytes and starts anew. */
	take(): Uint8Array {
		const bytes = this.buffer.subarray(0, this.used);
		this.budget.held -= this.used;
		this.buffer = Buffer.alloc(0);
		this.used = 0;
		return bytes;
	}
}
