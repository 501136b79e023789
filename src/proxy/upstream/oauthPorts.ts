import { type JsonObject } from '../../base/json';

/** Keeps what OAuth gave us for one upstream: client registration and tokens, all of it secret. */
export interface OAuthStore {
	load(): Promise<JsonObject | undefined>;
	save(value: JsonObject): Promise<void>;
}

/** The person's part: an address is opened in a browser, and what the authorization server sends back is told. */
export interface Authorizer {
	/** Where the browser is sent afterwards (RFC 8252 §7). */
	readonly redirectUrl: string;
	/**
	 * Resolves with the query of that redirection. The address is attacker-controlled, but `https`, or on this machine where
	 * the upstream is. Rejects when the person says no.
	 */
	authorize(address: URL, signal: AbortSignal): Promise<URLSearchParams>;
}

/** Keeps it as long as the process lives. */
export function memoryOAuthStore(): OAuthStore {
	let kept: JsonObject | undefined;
	return {
		load: () => Promise.resolve(kept),
		save: value => {
			kept = value;
			return Promise.resolve();
		},
	};
}
