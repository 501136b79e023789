import { createHash, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage } from 'node:http';

/** The one route of the face. */
const ROUTE = /^\/servers\/([A-Za-z0-9_-]{1,128})\/mcp$/;
const LOCAL_HOST = /^(localhost|127\.0\.0\.1)(:\d{1,5})?$/i;

/** Who knocked: the id of a served server, or why the door stays closed. */
export type Knock = { readonly ok: true; readonly serverId: string } | { readonly ok: false; readonly why: string };

/** The request path of a server. */
export function routeOf(serverId: string): string {
	return `/servers/${serverId}/mcp`;
}

/**
 * Looks at the head of a request only, before any of its body is read. A browser is kept out by `Host` (DNS
 * rebinding) and by `Origin`, which no MCP client of ours sends (2025-11-25 transports#security-warning). Every
 * refusal looks the same from outside, 404: a 401 or 403 would make VS Code start an OAuth flow.
 */
export function knock(request: IncomingMessage, tokenOf: (serverId: string) => string | undefined): Knock {
	if (!LOCAL_HOST.test(request.headers.host ?? '')) {
		return { ok: false, why: 'foreign Host' };
	}
	if (request.headers.origin !== undefined) {
		return { ok: false, why: 'an Origin' };
	}
	const serverId = ROUTE.exec(request.url ?? '')?.[1];
	const token = serverId === undefined ? undefined : tokenOf(serverId);
	if (serverId === undefined || token === undefined) {
		return { ok: false, why: 'unknown route' };
	}
	return sameSecret(request.headers.authorization ?? '', `Bearer ${token}`)
		? { ok: true, serverId }
		: { ok: false, why: 'wrong token' };
}

/** Compares in constant time whatever the lengths. */
function sameSecret(given: string, expected: string): boolean {
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(given), digest(expected));
}
