import { type Clock } from '../../base/clock';
import { type Event, Emitter } from '../../base/event';
import { STDERR_LINE_CHARS, STDERR_LINES_PER_SECOND, STDERR_RING_CHARS } from '../limits';

// CSI, OSC, DCS and the like (ECMA-48 §5), then every control character but tab, then bidi and zero-width characters.
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Attacker-controlled text without terminal escapes and control characters; tab and newline stay. */
export function stripControls(text: string): string {
	return text.replace(ESCAPES, '').replace(CONTROLS, '');
}

/**
 * Takes all that an upstream writes to stderr, for ever, in bounded memory (PROTO-18): the last characters for an error
 * report and one event per line for the output channel, at most some lines per second.
 */
export class StderrTail {
	private readonly lines = new Emitter<string>();
	private readonly decoder = new TextDecoder('utf-8');
	private kept = '';
	private partial = '';
	private windowStart = 0;
	private windowLines = 0;
	private untold = 0;

	/** One cleaned, cut line. Still attacker-controlled: show as plain text. */
	readonly onLine: Event<string> = this.lines.event;

	constructor(private readonly clock: Clock) {}

	push(chunk: Uint8Array): void {
		const parts = this.decoder.decode(chunk, { stream: true }).split('\n');
		const last = parts.pop() ?? '';
		for (const part of parts) {
			this.take((this.partial + part).slice(0, STDERR_LINE_CHARS));
			this.partial = '';
		}
		this.partial = (this.partial + last).slice(0, STDERR_LINE_CHARS);
	}

	end(): void {
		if (this.partial !== '') {
			this.take(this.partial);
			this.partial = '';
		}
	}

	/** The last lines, cleaned. */
	text(): string {
		return this.kept;
	}

	private take(raw: string): void {
		const line = stripControls(raw).trimEnd();
		if (line === '') {
			return;
		}
		this.kept = `${this.kept}${line}\n`.slice(-STDERR_RING_CHARS);
		const now = this.clock.monotonic();
		if (now - this.windowStart >= 1000) {
			this.windowStart = now;
			this.windowLines = 0;
			if (this.untold > 0) {
				this.lines.fire(`… ${String(this.untold)} more lines`);
				this.untold = 0;
			}
		}
		this.windowLines++;
		if (this.windowLines <= STDERR_LINES_PER_SECOND) {
			this.lines.fire(line);
		} else {
			this.untold++;
		}
	}
}
