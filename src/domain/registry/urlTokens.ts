import { authorityEnd } from './urlAuthority';

/** One part of a pattern for addresses. */
export type UrlToken =
	/** One character, whatever its case. */
	| { readonly kind: 'char'; readonly char: string }
	/** `host-star`: anything that no part of an address behind the host begins with. */
	| { readonly kind: 'star' | 'host-star' }
	/** `:*`: a port, or none. */
	| { readonly kind: 'port' };

/**
 * The parts of a pattern that has the shape of the addresses it is compared with. INVARIANT: a star in the host ends where the
 * host ends, so that it can take in no user, path or other host.
 */
export function urlTokens(pattern: string): readonly UrlToken[] {
	const scheme = pattern.indexOf('://');
	const end = authorityEnd(pattern, scheme < 0 ? 0 : scheme + 3);
	const tokens: UrlToken[] = [];
	for (let at = 0; at < pattern.length; at++) {
		const char = pattern.charAt(at);
		if (at < end && char === ':' && pattern[at + 1] === '*') {
			tokens.push({ kind: 'port' });
			at++;
		} else if (char === '*') {
			tokens.push({ kind: at < end ? 'host-star' : 'star' });
		} else {
			tokens.push({ kind: 'char', char });
		}
	}
	return tokens;
}
