import { urlOf } from '../../base/urlOf';

/** Where a server is, as far as its identity can be bound to it. For one on stdio its launch stands for the origin. */
export type ServerPlace =
	/** `endpoint`: absolute URL of its MCP endpoint. */
	| { readonly kind: 'http'; readonly endpoint: string }
	/** `launchDigest`: SHA-256 of its launch, lower-case hex (`serverIdOf`). */
	| { readonly kind: 'stdio'; readonly launchDigest: string };

/** What a proof names as the place that it was made for (identity.md §3.5); undefined for an endpoint that is no URL. */
export function bindOf(place: ServerPlace): string | undefined {
	if (place.kind === 'stdio') {
		return `stdio:${place.launchDigest}`;
	}
	const origin = urlOf(place.endpoint)?.origin;
	return origin === undefined ? undefined : `origin:${origin}`;
}
