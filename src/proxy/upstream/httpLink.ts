import { type IncomingMessage } from 'node:http';
import { type Clock } from '../../base/clock';
import { type Disposable } from '../../base/disposable';
import { errorText } from '../../base/errors';
import { type HeldBytes } from './byteKeeper';
import { HttpClient, type HttpFailure, type HttpRequest } from './httpClient';
import { HttpFlow } from './httpFlow';
import { type CheckedTarget } from './httpTarget';
import { MAX_SIGN_INS, MAX_UPSTREAM_HELD_BYTES } from '../limits';
import { TROUBLE } from './troubleWords';
import { type UpstreamSignIn } from './upstreamSignIn';

/** A request as the parts of an HTTP upstream make it; the link adds what goes with every one. */
export interface LinkRequest extends Omit<HttpRequest, 'url'> {
	/** The address of the server when absent. */
	readonly url?: URL;
	/** A message that belongs to no session. */
	readonly sessionless?: boolean;
}

/** A response, or one sentence that says why there is none. The sentence holds nothing that the server said. */
export type LinkOutcome =
	| {
			readonly ok: true;
			readonly status: number;
			readonly response: IncomingMessage;
			/** The session that the request named. */
			readonly session: string | undefined;
	  }
	| { readonly ok: false; readonly why: HttpFailure | 'refused'; readonly reused: boolean; readonly text: string };

/** What all requests of one session share: connections, credentials, session id, the bounds on what is held. */
export class HttpLink implements Disposable {
	private readonly client: HttpClient;
	/** The session that the server opened, and the revision that was agreed on. */
	session: string | undefined;
	revision: string | undefined;
	readonly flow = new HttpFlow();
	readonly held: HeldBytes = { held: 0, limit: MAX_UPSTREAM_HELD_BYTES };

	constructor(
		readonly target: CheckedTarget,
		readonly clock: Clock,
		private readonly signIn: UpstreamSignIn | undefined,
	) {
		this.client = new HttpClient(target.url.origin, clock);
	}

	/**
	 * Posts one message, as Streamable HTTP wants it. `headers`: those of a request without a session. Ends like
	 * {@link request}.
	 */
	post(
		bytes: Uint8Array,
		headers: Readonly<Record<string, string>> | undefined,
		rest: Omit<LinkRequest, 'method' | 'headers' | 'body'>,
	): Promise<LinkOutcome> {
		return this.request({
			method: 'POST',
			headers: {
				'content-type': 'application/json',
				'content-length': String(bytes.length),
				accept: 'application/json, text/event-stream',
				...headers,
			},
			body: bytes,
			...rest,
		});
	}

	/** Makes a request; signs in where the server asks for it, but for a farewell, which asks nobody. Never rejects. */
	async request(request: LinkRequest): Promise<LinkOutcome> {
		const signIn = this.target.headers.authorization === undefined ? this.signIn : undefined;
		for (let signIns = 0; ; signIns++) {
			let authorization: string | undefined;
			try {
				authorization = await signIn?.authorization();
			} catch (error) {
				return refused(errorText(error));
			}
			const session = request.sessionless === true ? undefined : this.session;
			const outcome = await this.client.send({
				...request,
				url: request.url ?? this.target.url,
				headers: {
					...this.target.headers,
					...(authorization !== undefined && { authorization }),
					...(session !== undefined && { 'mcp-session-id': session }),
					...(request.sessionless !== true &&
						this.revision !== undefined && { 'mcp-protocol-version': this.revision }),
					...request.headers,
				},
			});
			if (!outcome.ok) {
				return { ...outcome, text: FAILURES[outcome.why] };
			}
			const challenge = outcome.response.headers['www-authenticate'];
			if (signIn === undefined || request.method === 'DELETE' || !asksToSignIn(outcome.status, challenge)) {
				return { ...outcome, session };
			}
			outcome.response.destroy();
			if (signIns >= MAX_SIGN_INS) {
				return refused(TROUBLE.wantsAgain.text);
			}
			try {
				await signIn.renew({ status: outcome.status, challenge, authorization }, request.signal);
			} catch (error) {
				return refused(errorText(error));
			}
		}
	}

	dispose(): void {
		this.client.dispose();
	}
}

const FAILURES: Readonly<Record<HttpFailure, string>> = {
	unreachable: TROUBLE.unreachable.text,
	untrusted: TROUBLE.untrusted.text,
	broken: TROUBLE.broken.text,
	'too-slow': TROUBLE.tooSlow.text,
	redirected: TROUBLE.redirected.text,
	aborted: TROUBLE.aborted.text,
	unsendable: TROUBLE.unsendable.text,
};

function refused(text: string): LinkOutcome {
	return { ok: false, why: 'refused', reused: false, text };
}

/** RFC 6750 §3.1: 401 for no or a bad token; 403 with `insufficient_scope` for one that covers too little. */
function asksToSignIn(status: number, challenge: string | undefined): boolean {
	return status === 401 || (status === 403 && /\berror="?insufficient_scope\b/.test(challenge ?? ''));
}
