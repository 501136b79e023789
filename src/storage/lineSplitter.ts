import { MAX_LINE_BYTES, type Unreadable } from '../domain/audit/chain';

/** One line of a file; its bytes are `start` to `end`, newline included. */
export interface JournalLine {
	/** Counts from 1. */
	readonly line: number;
	readonly start: number;
	readonly end: number;
	/** False for a last line without a newline. */
	readonly terminated: boolean;
	readonly text: string | Unreadable;
}

/** Where a stream of lines begins. */
export interface JournalOffset {
	readonly offset: number;
	/** Lines before `offset`. */
	readonly lines: number;
}

const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines, in linear time. A line beyond the limit is measured but not kept. */
export class LineSplitter {
	// A byte order mark is no part of a line that we wrote, so it must not be swallowed.
	private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
	private parts: Buffer[] = [];
	private start: number;
	private length = 0;
	private lines: number;

	constructor(
		from: JournalOffset,
		private readonly maxBytes = MAX_LINE_BYTES,
	) {
		this.start = from.offset;
		this.lines = from.lines;
	}

	/** The lines that `chunk` completes. The chunk may be reused by the caller afterwards. */
	push(chunk: Buffer): readonly JournalLine[] {
		const out: JournalLine[] = [];
		let from = 0;
		for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
			out.push(this.cut(chunk.subarray(from, at), true));
			from = at + 1;
		}
		this.keep(Buffer.from(chunk.subarray(from)));
		return out;
	}

	/** The last line, if the stream did not end with a newline. */
	end(): readonly JournalLine[] {
		return this.length === 0 ? [] : [this.cut(Buffer.alloc(0), false)];
	}

	private keep(part: Buffer): void {
		this.length += part.length;
		if (this.length > this.maxBytes) {
			this.parts = [];
		} else if (part.length > 0) {
			this.parts.push(part);
		}
	}

	private cut(last: Buffer, terminated: boolean): JournalLine {
		this.keep(last);
		const end = this.start + this.length + (terminated ? 1 : 0);
		const text = this.length > this.maxBytes ? ({ unreadable: 'too long' } as const) : this.decode();
		const line = { line: ++this.lines, start: this.start, end, terminated, text };
		this.parts = [];
		this.start = end;
		this.length = 0;
		return line;
	}

	private decode(): string | Unreadable {
		const only = this.parts.length === 1 ? this.parts[0] : undefined;
		try {
			return this.decoder.decode(only ?? Buffer.concat(this.parts));
		} catch {
			return { unreadable: 'not UTF-8' };
		}
	}
}
