import { type Clock } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { errorText } from '../../base/errors';
import { phrase } from '../../base/phrase';
import { type JsonObject } from '../../base/json';
import { type Logger } from '../../base/logger';
import { type AuditEntry } from '../../domain/audit/auditRecord';
import { callSpans, otlpRequest } from '../../domain/audit/export/otlpSpans';
import { type CheckedTarget } from '../upstream/httpTarget';

/** Spans in one request, and how long (ms) the first of them waits. */
const BATCH_SPANS = 512;
const BATCH_MS = 5_000;

/** Spans that wait at the most, while a request is under way; more are dropped. */
const MAX_WAITING = 4_096;

/** Milliseconds between two tries at the most, while the collector is not there. */
const LONGEST_WAIT_MS = 60_000;

/** Answers after which the same spans may be sent again (OTLP 1.x, "Retryable Response Codes"). */
const TRY_AGAIN: readonly number[] = [429, 502, 503, 504];

/** Milliseconds for one request, and for the last ones when it is closed. */
const REQUEST_MS = 10_000;
const CLOSE_MS = 2_000;

/** Milliseconds between two lines in the log about spans that were dropped. */
const TELL_MS = 60_000;

/** Posts a JSON text; resolves with the HTTP status, rejects where there is none. Follows no redirect. */
export type Post = (target: CheckedTarget, body: string, signal: AbortSignal) => Promise<number>;

/** What a sender is made of. */
export interface OtlpSenderOptions {
	readonly target: CheckedTarget;
	readonly clock: Clock;
	readonly logger: Logger;
	/** Left out: the network. */
	readonly post?: Post;
	/** Told of the first trouble, so that a person may be: why, in a few words, and the host. */
	readonly onTrouble?: (why: string, host: string) => void;
}

/**
 * Sends the spans of calls to an OpenTelemetry collector (OTLP/HTTP, JSON), in batches. INVARIANT: no call waits for it or
 * fails by it. While the collector is not there, what waits is tried again at longer and longer intervals; what is too much, or is
 * refused, is dropped and counted, with a line in the log once a minute at most. Entries are masked
 * before they are recorded, and arguments and answers are not in their spans.
 */
export class OtlpSender implements Disposable {
	private waiting: JsonObject[] = [];
	private timer: Disposable | undefined;
	private sending: Promise<void> | undefined;
	private readonly ending = new AbortController();
	private lost = 0;
	/** Tries since the collector was last there. */
	private failures = 0;
	private closing = false;
	private toldAt: number | undefined;

	constructor(private readonly options: OtlpSenderOptions) {}

	/** How many spans were dropped so far. */
	get dropped(): number {
		return this.lost;
	}

	/** Takes the spans of an entry along. Never throws. */
	add(entry: AuditEntry): void {
		// The outcome follows, and is the same call.
		if (entry.kind === 'verdict' || this.ending.signal.aborted) {
			return;
		}
		try {
			const spans = callSpans(entry);
			if (this.waiting.length + spans.length > MAX_WAITING) {
				this.drop(spans.length, phrase('the collector is too slow').text);
			} else if (spans.length > 0) {
				this.waiting.push(...spans);
				this.plan();
			}
		} catch (error) {
			this.drop(1, errorText(error));
		}
	}

	/** Sends what waits, for two seconds at most; nothing is sent afterwards. Never rejects. */
	async close(): Promise<void> {
		this.closing = true;
		const last = this.options.clock.schedule(CLOSE_MS, () => {
			this.ending.abort();
		});
		try {
			while (!this.ending.signal.aborted && (this.sending !== undefined || this.waiting.length > 0)) {
				await this.send();
			}
		} finally {
			last.dispose();
			this.dispose();
		}
	}

	dispose(): void {
		this.timer?.dispose();
		this.ending.abort();
		this.waiting = [];
	}

	private plan(): void {
		if (this.waiting.length >= BATCH_SPANS && this.failures === 0) {
			void this.send();
			return;
		}
		const waitMs = Math.min(BATCH_MS * 2 ** this.failures, LONGEST_WAIT_MS);
		this.timer ??= this.options.clock.schedule(waitMs, () => {
			void this.send();
		});
	}

	/** One request at a time. */
	private send(): Promise<void> {
		this.sending ??= this.sendBatch().finally(() => {
			this.sending = undefined;
			if (this.waiting.length > 0 && !this.ending.signal.aborted) {
				this.plan();
			}
		});
		return this.sending;
	}

	private async sendBatch(): Promise<void> {
		this.timer?.dispose();
		this.timer = undefined;
		const batch = this.waiting.splice(0, BATCH_SPANS);
		if (batch.length === 0) {
			return;
		}
		const { target, clock, post = postJson } = this.options;
		const deadline = new AbortController();
		const timer = clock.schedule(REQUEST_MS, () => {
			deadline.abort();
		});
		try {
			const signal = AbortSignal.any([deadline.signal, this.ending.signal]);
			const status = await post(target, JSON.stringify(otlpRequest(batch)), signal);
			const why = `it answered with status ${String(status)}`;
			if (TRY_AGAIN.includes(status)) {
				this.keep(batch, why);
			} else {
				this.failures = 0;
				if (status < 200 || status > 299) {
					this.drop(batch.length, why);
				}
			}
		} catch (error) {
			if (deadline.signal.aborted) {
				// It may have them.
				this.drop(batch.length, phrase('it did not answer in time').text);
			} else {
				this.keep(batch, reasonOf(error));
			}
		} finally {
			timer.dispose();
		}
	}

	/** Puts a batch back to the front of what waits; the newest give way. */
	private keep(batch: readonly JsonObject[], why: string): void {
		if (this.closing || this.ending.signal.aborted) {
			this.drop(batch.length, why);
			return;
		}
		this.failures++;
		this.waiting.unshift(...batch);
		this.drop(this.waiting.splice(MAX_WAITING).length, why);
	}

	private drop(count: number, why: string): void {
		this.lost += count;
		if (this.toldAt === undefined) {
			this.options.onTrouble?.(why, this.options.target.url.host);
		}
		const now = this.options.clock.monotonic();
		if (this.toldAt === undefined || now - this.toldAt >= TELL_MS) {
			this.toldAt = now;
			const { host } = this.options.target.url;
			this.options.logger.warn(
				`Spans could not be sent to the OpenTelemetry collector at ${host}: ${why}. ${String(this.lost)} dropped so far; the audit trail has them all.`,
			);
		}
	}
}

/** The code of a failed connection; messages of the network may repeat what was to be sent. */
function reasonOf(error: unknown): string {
	const cause = error instanceof Error ? (error.cause ?? error) : error;
	return typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string'
		? cause.code
		: 'it cannot be reached';
}

const postJson: Post = async ({ url, headers }, body, signal) => {
	const response = await fetch(url, {
		method: 'POST',
		headers: { ...headers, 'content-type': 'application/json' },
		body,
		signal,
		// Its headers are for this address alone.
		redirect: 'manual',
	});
	await response.body?.cancel();
	return response.status;
};
