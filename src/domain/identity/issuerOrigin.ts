import { urlOf } from '../../base/urlOf';

/**
 * The one form of an HTTPS origin (RFC 6454 §6.1): lower case, the port only where it is not 443. Undefined for what has a path, a
 * query, a fragment or user information, and for other schemes. Attacker-controlled.
 */
export function originOf(text: string): string | undefined {
	// A URL parser forgives blanks, backslashes and control characters that another one would not.
	const url = /^https:\/\/[A-Za-z0-9.:[\]-]+\/?$/i.test(text) ? urlOf(text) : undefined;
	if (url === undefined) {
		return undefined;
	}
	const { origin, protocol, username, password, pathname } = url;
	return protocol === 'https:' && username === '' && password === '' && pathname === '/' ? origin : undefined;
}

/** True for hosts below `.invalid` (RFC 6761 §6.4), which no issuer can have. */
export function isInvalidHost(origin: string): boolean {
	return /(?:^|\.)invalid\.?$/.test(new URL(origin).hostname);
}
