import { type Disposable } from './disposable';

/** Time comes in through this port only; tests move a clock of their own and never sleep. */
export interface Clock {
	/** Wall clock, milliseconds since the epoch. */
	now(): number;
	/** Monotonic milliseconds, for durations. */
	monotonic(): number;
	/** Runs `run` once after `delayMs`; disposing cancels. The timer never keeps the process alive. */
	schedule(delayMs: number, run: () => void): Disposable;
}

/** Source of unique ids (UUIDv7, RFC 9562 §5.7) and of unguessable tokens. */
export interface IdSource {
	uuid(): string;
	/** 128 random bits, lower-case hex. */
	token(): string;
}
