import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type Clock, type IdSource } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { FirewallError } from '../../base/errors';
import { type JsonObject } from '../../base/json';
import { type DecisionPoint, type DecisionPointAnswer } from '../../domain/identity/decisionPoint';
import { decisionBody, type DecisionKind, readDecision } from '../../domain/identity/readDecision';
import { type CheckedTarget } from '../upstream/httpTarget';

/** Milliseconds from the question to the whole answer (RFC-005 v1.0; identity.md §2.4). */
export const DECISION_MS = 500;

/** Bytes of an answer. */
const MAX_ANSWER = 64 * 1024;

/** What a decision service is reached with. */
export interface DecisionPointOptions {
	readonly target: CheckedTarget;
	readonly kind: DecisionKind;
	readonly clock: Pick<Clock, 'schedule'>;
	readonly ids: Pick<IdSource, 'uuid'>;
	/** Certificates (PEM) that count beside the system's; for tests. */
	readonly ca?: string;
}

/**
 * A decision service over HTTP: one POST for each question, over connections that are kept. INVARIANT: whatever happens there is
 * no decision unless it is exactly one: no 2xx, a redirect, silence for 500 ms, more than 64 KiB, a broken connection, other
 * words. Never rejects. The address is the person's own, so it may lie on this machine or in a private network.
 */
export class HttpDecisionPoint implements DecisionPoint, Disposable {
	private readonly agent: HttpAgent | HttpsAgent;

	constructor(private readonly options: DecisionPointOptions) {
		const { target, ca } = options;
		const kept = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: 60_000 };
		this.agent =
			target.url.protocol === 'https:'
				? new HttpsAgent({ ...kept, ...(ca !== undefined && { ca }) })
				: new HttpAgent(kept);
	}

	async ask(request: JsonObject, signal: AbortSignal): Promise<DecisionPointAnswer> {
		const { kind, clock, ids } = this.options;
		const deadline = new AbortController();
		const timer = clock.schedule(DECISION_MS, () => {
			deadline.abort();
		});
		try {
			const body = JSON.stringify(decisionBody(kind, request));
			const text = await this.post(body, AbortSignal.any([deadline.signal, signal]));
			return readDecision(kind, text, `opa:${ids.uuid()}`);
		} catch (error) {
			const late = deadline.signal.aborted && !signal.aborted;
			return { kind: 'unavailable', why: late ? 'it did not answer in 500 ms' : whyOf(error) };
		} finally {
			timer.dispose();
		}
	}

	dispose(): void {
		this.agent.destroy();
	}

	private post(body: string, signal: AbortSignal): Promise<string> {
		const { url, headers } = this.options.target;
		const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
		return new Promise((resolve, reject) => {
			const sent = send(
				url,
				{
					method: 'POST',
					agent: this.agent,
					signal,
					headers: {
						...headers,
						'content-type': 'application/json',
						accept: 'application/json',
						'content-length': Buffer.byteLength(body),
					},
				},
				answer => {
					readAnswer(answer, signal).then(resolve, (error: unknown) => {
						// What is left of such an answer must not be taken for the next one's.
						sent.destroy();
						reject(error instanceof Error ? error : trouble('it broke off'));
					});
				},
			);
			sent.on('error', reject);
			sent.end(body);
		});
	}
}

async function readAnswer(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
	const status = answer.statusCode ?? 0;
	if (status < 200 || status > 299) {
		throw trouble(`it answered with status ${String(status)}`);
	}
	if (answer.headers['content-encoding'] !== undefined) {
		throw trouble('its answer is encoded, which nobody asked for');
	}
	const pieces: Buffer[] = [];
	let size = 0;
	for await (const piece of answer as AsyncIterable<Buffer>) {
		size += piece.length;
		if (size > MAX_ANSWER) {
			throw trouble('its answer is longer than 64 KiB');
		}
		pieces.push(piece);
	}
	if (signal.aborted || !answer.complete) {
		throw trouble('its answer broke off');
	}
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
	} catch {
		throw trouble('its answer is no UTF-8');
	}
}

/** Messages of the network may repeat what was sent; their codes do not. */
function whyOf(error: unknown): string {
	if (error instanceof FirewallError) {
		return error.message;
	}
	const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
	return code === undefined ? 'it cannot be reached' : `it cannot be reached (${code})`;
}

/** Its message is ours. */
function trouble(why: string): FirewallError {
	return new FirewallError('upstream-failed', why);
}
