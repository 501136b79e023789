import { type Phrase, phrase } from '../../base/phrase';
import { isJsonArray, isJsonObject, type JsonValue, ownMember } from '../../base/json';
import { printable } from '../../base/printable';
import { readJson, verifyCompactJws } from './compactJws';
import { isForbiddenKey, type PublicJwk } from './publicJwk';

/** `typ` of a break-glass token: nothing else that an administrator signs has it, and no badge passes for one. */
export const BREAK_GLASS_TYP = 'capiscio-breakglass+jwt';

/** Seconds that a token lives at most; 300 are recommended (RFC-005 v1.0). */
export const BREAK_GLASS_LIFE = 15 * 60;
/** Seconds that the clock of whoever signed may be ahead. */
const SKEW = 60;

const MAX_CHARS = 8 * 1024;
const MAX_KEYS = 16;
const MAX_SCOPE = 64;
const MAX_TEXT = 256;

/** What a token stands above the decision service for. */
export interface BreakGlassScope {
	/** `*`, or exact. Empty: none. */
	readonly methods: readonly string[];
	/** `*`, or the beginning of a route up to a `/`. Empty: none. */
	readonly routes: readonly string[];
}

/** A token that holds now. Times are unix seconds; texts are one line, bounded. */
export interface BreakGlassToken {
	readonly jti: string;
	readonly iss: string;
	readonly sub: string;
	readonly reason: string;
	readonly iat: number;
	readonly exp: number;
	readonly scope: BreakGlassScope;
	/** The administrator's key that it is signed with, `x` of it. */
	readonly signedBy: string;
}

/** What reading a token gives. `why` is one line of ours; nothing of the token is quoted. */
export type BreakGlassResult =
	{ readonly ok: true; readonly token: BreakGlassToken } | { readonly ok: false; readonly why: Phrase };

/**
 * Verifies a break-glass token (RFC-005 v1.0; identity.md §2.4): a compact EdDSA JWS by one of the administrators' keys, with an
 * id, who gave it to whom, a reason, and a life of 15 minutes at most. That it was not used before is another question
 * (overrideDesk.ts). `now` is unix seconds. Never throws.
 */
export async function readBreakGlass(text: string, keys: readonly PublicJwk[], now: number): Promise<BreakGlassResult> {
	if (keys.length === 0) {
		return { ok: false, why: phrase('no administrator key is configured') };
	}
	if (text.length > MAX_CHARS) {
		return { ok: false, why: phrase('it is too long') };
	}
	for (const key of keys.slice(0, MAX_KEYS)) {
		const payload = isForbiddenKey(key) ? undefined : await verifyCompactJws(text, key, { typ: BREAK_GLASS_TYP });
		if (payload !== undefined) {
			return readClaims(payload, key, now);
		}
	}
	return { ok: false, why: phrase('it is not signed with a configured administrator key') };
}

/** True when a scope has a method and a route. A route counts with what lies below it, at a `/` (vectors: misc.breakglass_scope). */
export function scopeCovers({ methods, routes }: BreakGlassScope, method: string, route: string): boolean {
	return (
		methods.some(one => one === '*' || one === method) &&
		routes.some(one => one === '*' || one === route || route.startsWith(one.endsWith('/') ? one : `${one}/`))
	);
}

function readClaims(payload: Uint8Array, { x: signedBy }: PublicJwk, now: number): BreakGlassResult {
	const claims = readJson(payload);
	const [jti, iss, sub, reason] = ['jti', 'iss', 'sub', 'reason'].map(key => textOf(ownMember(claims, key)));
	const iat = ownMember(claims, 'iat');
	const exp = ownMember(claims, 'exp');
	const scope = scopeOf(ownMember(claims, 'scope'));
	if (jti === undefined || iss === undefined || sub === undefined) {
		return {
			ok: false,
			why: phrase('it does not say which token it is, who gave it, and to whom (jti, iss, sub)'),
		};
	}
	if (reason === undefined) {
		return { ok: false, why: phrase('it gives no reason') };
	}
	if (scope === undefined) {
		return { ok: false, why: phrase('its scope cannot be read') };
	}
	if (!isTime(iat) || !isTime(exp) || exp <= iat) {
		return { ok: false, why: phrase('it does not say from when to when it holds') };
	}
	if (exp - iat > BREAK_GLASS_LIFE) {
		return { ok: false, why: phrase('it lives longer than 15 minutes') };
	}
	if (now >= exp) {
		return { ok: false, why: phrase('it has expired') };
	}
	return iat > now + SKEW
		? { ok: false, why: phrase('it is from the future') }
		: { ok: true, token: { jti, iss, sub, reason, iat, exp, scope, signedBy } };
}

function textOf(value: JsonValue | undefined): string | undefined {
	return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TEXT ? printable(value) : undefined;
}

function scopeOf(value: JsonValue | undefined): BreakGlassScope | undefined {
	if (!isJsonObject(value)) {
		return undefined;
	}
	const methods = textsOf(ownMember(value, 'methods'));
	const routes = textsOf(ownMember(value, 'routes'));
	// `/` alone would be everything, which only `*` says.
	return methods === undefined || routes?.every(route => route === '*' || /^\/./.test(route)) !== true
		? undefined
		: { methods, routes };
}

function textsOf(value: JsonValue | undefined): readonly string[] | undefined {
	return isJsonArray(value) &&
		value.length <= MAX_SCOPE &&
		value.every(item => typeof item === 'string' && item !== '' && item.length <= MAX_TEXT)
		? (value as readonly string[])
		: undefined;
}

function isTime(value: JsonValue | undefined): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
