/** What a document is fetched for; the limits follow from it. */
export type IdentityDocument = 'jwks' | 'did' | 'badge-status' | 'agent-status' | 'revocations' | 'discovery';

/** One GET. INVARIANT: whoever makes it has decided before that the origin may be asked. */
export interface IdentityRequest {
	/** Absolute HTTPS URL without user information. */
	readonly url: string;
	readonly document: IdentityDocument;
	/** Set where the person named this origin as one that may lie at a private or loopback address. */
	readonly privateAddresses?: boolean;
	readonly signal?: AbortSignal;
}

/** How a GET ended. `blocked`: an address that may not be asked, a redirect, no HTTPS. */
export type IdentityAnswer =
	| { readonly ok: true; readonly status: number; readonly contentType: string; readonly body: string }
	| { readonly ok: false; readonly why: 'blocked' | 'timeout' | 'too-large' | 'unreachable' | 'aborted' };

/** Fetches public documents of issuers, DIDs and servers. Never rejects, never follows a redirect, sends no credentials. */
export type IdentityFetch = (request: IdentityRequest) => Promise<IdentityAnswer>;
