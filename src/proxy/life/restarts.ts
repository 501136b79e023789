import { type Clock } from '../../base/clock';
import { maskText } from '../../domain/inspection/maskSecrets';
import { LAST_LOG_LINES, RAN_WELL_MS, RESTART_FIRST_MS, RESTART_MOST_MS } from '../limits';
import { type UpstreamEnd } from '../upstream/upstream';

/**
 * When a server that ends by itself may be started again: after the first time at once, then after a time that doubles; one
 * that ran well for a while begins anew. One per server, whatever the number of its sessions.
 */
export class Restarts {
	private ends = 0;
	private notBefore = 0;
	private last: UpstreamEnd | undefined;

	constructor(private readonly clock: Clock) {}

	/** The server ended by itself, `ranMs` after it was started. */
	ended(end: UpstreamEnd, ranMs: number): void {
		this.ends = ranMs >= RAN_WELL_MS ? 1 : this.ends + 1;
		this.last = end;
		const delay = this.ends === 1 ? 0 : Math.min(RESTART_MOST_MS, RESTART_FIRST_MS * 2 ** (this.ends - 2));
		this.notBefore = this.clock.monotonic() + delay;
	}

	/** Why it is not started now, and when it will be: one sentence of ours; undefined when it may be. */
	refusal(): string | undefined {
		const wait = this.notBefore - this.clock.monotonic();
		if (this.last === undefined || wait <= 0) {
			return undefined;
		}
		const seconds = String(Math.ceil(wait / 1000));
		const times = `${String(this.ends)} times in a row`;
		return (
			`The server ended by itself ${times}, ${howItEnded(this.last)}. MCP Firewall starts it again in ${seconds} s at ` +
			'the earliest; its log is in "MCP Firewall: Show Log".'
		);
	}
}

/** How a process ended, for people. */
export function howItEnded({ code, signal }: UpstreamEnd): string {
	return signal === undefined ? `with code ${String(code ?? 'unknown')}` : `by the signal ${signal}`;
}

/** For our log: how a server ended, and the end of its own log with secrets masked. */
export function lastWords(end: UpstreamEnd, log: string): string {
	// Masked as a whole: the last lines of a key do not look like one.
	const last = maskText(log).trimEnd().split('\n').slice(-LAST_LOG_LINES).join('\n');
	return `A server ended by itself ${howItEnded(end)}. The end of its log:\n${last}`;
}
