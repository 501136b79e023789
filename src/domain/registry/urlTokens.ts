import { authorityEnd } from './urlPattern';

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

/** A pattern for http brought to the shape of the addresses that it is compared with; undefined where its host cannot be read. */
export function plainPattern(pattern: string): string | undefined {
	const [, scheme = '', rest = ''] = /^(https?):\/\/(.*)$/is.exec(pattern) ?? [];
	if (scheme === '') {
		return pattern;
	}
	const end = authorityEnd(rest, 0);
	const written = rest.slice(0, end);
	const [, host, port] = /^(\[[^\]]*\]|.*?)(?::([^:]*))?$/s.exec(written.slice(written.lastIndexOf('@') + 1)) ?? [];
	if (host === undefined || host === '') {
		return undefined;
	}
	const usual = scheme.toLowerCase() === 'https' ? '443' : '80';
	const place = port === undefined || port === usual ? host : `${host}:${port}`;
	const path = rest.slice(end).replaceAll('\\', '/').replace(/#.*$/s, '');
	return `${scheme.toLowerCase()}://${place}${path === '' ? '/' : path.startsWith('?') ? `/${path}` : path}`;
}
