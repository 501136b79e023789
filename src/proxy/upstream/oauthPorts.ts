import { type Disposable } from '../../base/disposable';
import { type JsonObject } from '../../base/json';

/** Keeps what OAuth gave us for one upstream: client registration and tokens, all of it secret. */
export interface OAuthStore {
	load(): Promise<JsonObject | undefined>;
	save(value: JsonObject): Promise<void>;
	/**
	 * Runs while no other process renews the same tokens: a refresh token that rotates is good for one of them only. Rejects with
	 * a sentence for people when it is not its turn for too long. Absent where there is one process.
	 */
	exclusive?<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** The person's part of signing in. */
export interface Authorizer {
	/** Readies the place where the browser is sent afterwards, for one sign-in. */
	open(): Promise<AuthorizationDoor>;
}

/** Where one sign-in comes back to. */
export interface AuthorizationDoor extends Disposable {
	/** Where the browser is sent afterwards (RFC 8252 §7). */
	readonly redirectUrl: string;
	/**
	 * An address is opened in a browser, and what the authorization server sends back is told: resolves with the query of that
	 * redirection. The address is attacker-controlled, but `https`, or on this machine where the upstream is. Rejects when the
	 * person says no.
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
