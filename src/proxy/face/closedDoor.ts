import { hash, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { MAX_HEADERS } from '../limits';

/** The one route of the face. */
const ROUTE = /^\/servers\/([A-Za-z0-9_-]{1,128})\/mcp$/;
const ENTRANCES: readonly Entrance[] = ['outside', 'window'];
const LOCAL_HOST = /^(localhost|127\.0\.0\.1)(:\d{1,5})?$/i;

/**
 * By which of a server's secrets a client came: `window` is known to the editor's chat of this window alone; `outside` is what
 * all other clients are given (discovery files, shims, the gateway).
 */
export type Entrance = 'window' | 'outside';

/** Who knocked: the id of a served server and the entrance, or why the door stays closed, and to whom. */
export type Knock =
	| { readonly ok: true; readonly serverId: string; readonly entrance: Entrance }
	| { readonly ok: false; readonly why: string; readonly kind: 'browser' | 'stranger' };

/** The request path of a server. */
export function routeOf(serverId: string): string {
	return `/servers/${serverId}/mcp`;
}

/**
 * Looks at the head of a request only, before any of its body is read. A browser is kept out by `Host` (DNS
 * rebinding) and by `Origin` (2025-11-25 transports#security-warning): 403, as the specification asks. The one origin that
 * is let pass is this face itself, which some clients name and no web page has: nothing here serves pages. What an editor
 * can be told looks the same whatever is wrong (`wrongToken` of the endpoint).
 */
export function knock(
	request: IncomingMessage,
	tokenOf: (serverId: string, entrance: Entrance) => string | undefined,
): Knock {
	if (request.rawHeaders.length >= 2 * MAX_HEADERS) {
		// What stands behind the last counted one was not read, and could be an Origin.
		return { ok: false, why: 'too many headers', kind: 'browser' };
	}
	const { host = '', origin } = request.headers;
	if (!LOCAL_HOST.test(host)) {
		return { ok: false, why: 'foreign Host', kind: 'browser' };
	}
	if (origin !== undefined && origin !== `http://${host}`) {
		return { ok: false, why: 'a foreign Origin', kind: 'browser' };
	}
	const serverId = ROUTE.exec(request.url ?? '')?.[1];
	const tokens = ENTRANCES.flatMap(entrance => {
		const token = serverId === undefined ? undefined : tokenOf(serverId, entrance);
		return token === undefined ? [] : [{ entrance, token }];
	});
	if (serverId === undefined || tokens.length === 0) {
		return { ok: false, why: 'unknown route', kind: 'stranger' };
	}
	const given = request.headers.authorization ?? '';
	const [found] = tokens.filter(({ token }) => sameSecret(given, `Bearer ${token}`));
	return found === undefined
		? { ok: false, why: 'wrong token', kind: 'stranger' }
		: { ok: true, serverId, entrance: found.entrance };
}

/** Compares in constant time whatever the lengths. */
function sameSecret(given: string, expected: string): boolean {
	const digest = (text: string) => hash('sha256', text, 'buffer');
	return timingSafeEqual(digest(given), digest(expected));
}
