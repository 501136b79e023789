import { ByteKeeper, type HeldBytes } from './byteKeeper';
import { MAX_EVENT_ID_CHARS, MAX_LINE_BYTES, OVERSIZE_HEAD_BYTES, RUNAWAY_CAPS } from '../limits';

/** Receives what the parser finds. Called synchronously from `push`. */
export interface SseSink {
	/** One event with data. `type` is empty where the server gave none. */
	event(data: Uint8Array, type: string): void;
	/** An event grew over the cap: the first bytes of its data. The rest is dropped. Once per event. */
	oversize(head: Uint8Array): void;
	/** An over-long event does not end. Once per event, after `oversize`. */
	runaway(): void;
	/** The server says how long to wait before the stream is opened again, milliseconds; not yet bounded. */
	retry(ms: number): void;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BOM = [0xef, 0xbb, 0xbf] as const;
const EMPTY = new Uint8Array(0);
const LINE_END = Uint8Array.of(NEWLINE);
const PRINTABLE = /^[\x20-\x7e]+$/;
/** A field other than `data` is never longer than this. */
const MAX_FIELD_BYTES = 8 * 1024;

/**
 * Reads an attacker-controlled event stream (WHATWG HTML §9.2.6) as bytes, in linear time however small the chunks are: line
 * ends CR, LF and CRLF, a BOM, comments, data over several lines. An event that the stream's end cuts off is dropped, as the
 * standard says.
 */
export class SseParser {
	private readonly line: ByteKeeper;
	private readonly data: ByteKeeper;
	private hasData = false;
	private type = '';
	private id: string | undefined;
	private afterReturn = false;
	private first = true;
	/** Bytes dropped of the event that is over the cap. */
	private dropped: number | undefined;
	private lineEmpty = true;
	/** What to send as `Last-Event-ID`; undefined when the server gave none that can be sent. */
	lastEventId: string | undefined;

	constructor(
		private readonly sink: SseSink,
		budget: HeldBytes,
		private readonly cap = MAX_LINE_BYTES,
	) {
		this.line = new ByteKeeper(cap + 16, budget);
		this.data = new ByteKeeper(cap, budget);
	}

	push(chunk: Uint8Array): void {
		let start = this.afterReturn && chunk[0] === NEWLINE ? 1 : 0;
		this.afterReturn &&= chunk.length === 0;
		let newline = chunk.indexOf(NEWLINE, start);
		let carriage = chunk.indexOf(RETURN, start);
		for (;;) {
			const end = newline === -1 || (carriage !== -1 && carriage < newline) ? carriage : newline;
			if (end === -1) {
				break;
			}
			this.lineEnds(chunk.subarray(start, end));
			start = end + 1;
			if (end === carriage) {
				this.afterReturn = start === chunk.length;
				start += chunk[start] === NEWLINE ? 1 : 0;
			}
			newline = newline !== -1 && newline < start ? chunk.indexOf(NEWLINE, start) : newline;
			carriage = carriage !== -1 && carriage < start ? chunk.indexOf(RETURN, start) : carriage;
		}
		if (start < chunk.length) {
			this.keep(chunk.subarray(start));
		}
	}

	/** The stream is over: gives back what was held. */
	end(): void {
		this.line.take();
		this.data.take();
	}

	private lineEnds(tail: Uint8Array): void {
		if (this.dropped !== undefined) {
			const blank = this.lineEmpty && tail.length === 0;
			this.lineEmpty = true;
			if (blank) {
				this.dropped = undefined;
				this.reset();
			} else {
				this.drop(tail.length);
			}
			return;
		}
		if (this.line.length === 0) {
			this.takeLine(tail);
		} else if (this.line.add(tail)) {
			this.takeLine(this.line.take());
		} else {
			this.overflow(this.line.take());
			this.lineEmpty = true;
		}
	}

	private keep(bytes: Uint8Array): void {
		if (this.dropped !== undefined) {
			this.lineEmpty = false;
			this.drop(bytes.length);
		} else if (!this.line.add(bytes)) {
			const held = this.line.take();
			this.overflow(held.length > 0 ? held : bytes);
			this.lineEmpty = false;
		}
	}

	private takeLine(raw: Uint8Array): void {
		const line = this.first && BOM.every((byte, at) => raw[at] === byte) ? raw.subarray(BOM.length) : raw;
		this.first = false;
		if (line.length === 0) {
			this.dispatch();
			return;
		}
		const colon = line.indexOf(COLON);
		const name = fieldName(colon === -1 ? line : line.subarray(0, colon));
		const rest = colon === -1 ? EMPTY : line.subarray(colon + 1);
		const value = rest[0] === SPACE ? rest.subarray(1) : rest;
		if (name === 'data') {
			if ((this.hasData && !this.data.add(LINE_END)) || !this.data.add(value)) {
				this.overflow(value);
				return;
			}
			this.hasData = true;
		} else if (name !== undefined && value.length <= MAX_FIELD_BYTES) {
			this.field(name, Buffer.from(value).toString('utf8'));
		}
	}

	private field(name: string, value: string): void {
		switch (name) {
			case 'event':
				this.type = value;
				return;
			case 'id':
				// One that cannot stand in a header cannot be sent back, and so is none.
				this.id = !value.includes('\0') ? value : this.id;
				return;
			case 'retry':
				if (/^\d{1,9}$/.test(value)) {
					this.sink.retry(Number(value));
				}
		}
	}

	private dispatch(): void {
		if (this.id !== undefined) {
			this.lastEventId = this.id.length <= MAX_EVENT_ID_CHARS && PRINTABLE.test(this.id) ? this.id : undefined;
		}
		const { type, hasData } = this;
		const data = this.data.take();
		this.reset();
		if (hasData && data.length > 0) {
			this.sink.event(data, type);
		}
	}

	private overflow(line: Uint8Array): void {
		const head = this.data.length > 0 ? this.data.head(OVERSIZE_HEAD_BYTES) : withoutField(line);
		this.data.take();
		this.dropped = 0;
		this.sink.oversize(head.slice(0, OVERSIZE_HEAD_BYTES));
		this.drop(this.cap);
	}

	private drop(count: number): void {
		const limit = this.cap * RUNAWAY_CAPS;
		const before = this.dropped ?? 0;
		this.dropped = before + count;
		if (before < limit && this.dropped >= limit) {
			this.sink.runaway();
		}
	}

	private reset(): void {
		this.hasData = false;
		this.type = '';
	}
}

/** The field names that count; undefined for all others, comments among them. */
function fieldName(bytes: Uint8Array): string | undefined {
	if (bytes.length < 2 || bytes.length > 5) {
		return undefined;
	}
	const name = Buffer.from(bytes).toString('latin1');
	return name === 'data' || name === 'event' || name === 'id' || name === 'retry' ? name : undefined;
}

function withoutField(line: Uint8Array): Uint8Array {
	const colon = line.indexOf(COLON);
	return line.subarray(colon === -1 || colon > 'data'.length ? 0 : colon + 1);
}
