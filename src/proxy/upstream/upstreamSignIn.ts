/** What a server said when it refused a request for want of a sign-in. Attacker-controlled. */
export interface SignInRefusal {
	readonly status: number;
	/** The `WWW-Authenticate` header. */
	readonly challenge: string | undefined;
	/** The `Authorization` header that was refused. */
	readonly authorization: string | undefined;
}

/** Credentials of our own for one upstream. Those of the editor or client are never passed on. */
export interface UpstreamSignIn {
	/** The `Authorization` header to send, if there is one. A secret. */
	authorization(): Promise<string | undefined>;
	/**
	 * Gets credentials that the refusal asks for. Rejects with `upstream-failed` and a sentence for people when that cannot be,
	 * `aborted` when the signal aborts.
	 */
	renew(refusal: SignInRefusal, signal: AbortSignal): Promise<void>;
}
