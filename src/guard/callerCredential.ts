import { AsyncLocalStorage } from 'node:async_hooks';
import { type Caller, provenCaller } from '../domain/identity/toolAccess';

/** What a caller shows. A badge wins over an API key; neither is anonymous. */
export interface CallerCredential {
	/** Compact JWS. Attacker-controlled. */
	readonly badge?: string;
	/** Never suffices: it is here so that who shows one alone is told apart from who shows nothing. */
	readonly apiKey?: string;
}

/** The part of what the MCP SDK hands to a tool that says who calls. */
export interface CallerExtra {
	readonly _meta?: Readonly<Record<string, unknown>> | undefined;
	readonly requestInfo?: { readonly headers?: unknown } | undefined;
}

/** The header that carries a caller's badge over HTTP (RFC-002 §9.1); `Authorization` stays with OAuth. */
export const BADGE_HEADER = 'x-capiscio-badge';

/** Members of `_meta` of a request that carry a caller's credential. */
export const CALLER_META = { badge: 'capiscio_caller_badge', apiKey: 'capiscio_caller_api_key' } as const;

const CREDENTIALS: ReadonlySet<string> = new Set(Object.values(CALLER_META));

/** What was found out about who calls, for what runs below. */
export interface CallerContext {
	readonly credential: CallerCredential;
	/** Absent: nobody has verified it yet. */
	readonly caller?: Caller;
}

const context = new AsyncLocalStorage<CallerContext>();

/** Runs something on behalf of a caller: guards below it, however deep, take the credential from here. */
export function withCaller<T>(caller: CallerContext, run: () => T): T {
	return context.run(caller, run);
}

/** The caller on whose behalf this runs. */
export function currentCaller(): CallerContext | undefined {
	return context.getStore();
}

/**
 * The credential that came with a request: header first, then `_meta`. What is there and cannot be a badge (repeated, no text,
 * different in both places) is a badge that is not one: it denies, and never becomes anonymous. Never throws.
 */
export function readCredential(extra: CallerExtra | undefined): CallerCredential {
	const headers = extra?.requestInfo?.headers;
	const found = [...headerValues(headers), ownValue(extra?._meta, CALLER_META.badge)].filter(
		value => value !== undefined && value !== null,
	);
	const apiKey = ownValue(extra?._meta, CALLER_META.apiKey);
	const [badge, ...others] = found;
	if (badge !== undefined) {
		return { badge: typeof badge === 'string' && others.every(other => other === badge) ? badge : '' };
	}
	return apiKey === undefined || apiKey === null ? {} : { apiKey: typeof apiKey === 'string' ? apiKey : '' };
}

/** The same `extra` without the credential: a tool needs to know who calls, not to be able to call as them. */
export function withoutCredential<E extends CallerExtra>(extra: E): E {
	const meta = Object.fromEntries(Object.entries(extra._meta ?? {}).filter(([key]) => !CREDENTIALS.has(key)));
	const { requestInfo } = extra;
	return {
		...extra,
		...(extra._meta !== undefined && { _meta: meta }),
		...(requestInfo !== undefined && { requestInfo: { ...requestInfo, headers: dropHeader(requestInfo.headers) } }),
	};
}

function* headerValues(headers: unknown): Generator {
	if (headers instanceof Headers) {
		yield headers.get(BADGE_HEADER) ?? undefined;
	} else if (typeof headers === 'object' && headers !== null) {
		for (const [name, value] of Object.entries(headers)) {
			if (name.toLowerCase() === BADGE_HEADER) {
				yield* Array.isArray(value) ? (value as unknown[]) : [value as unknown];
			}
		}
	}
}

function dropHeader(headers: unknown): unknown {
	if (headers instanceof Headers) {
		const kept = new Headers(headers);
		kept.delete(BADGE_HEADER);
		return kept;
	}
	return typeof headers === 'object' && headers !== null
		? Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== BADGE_HEADER))
		: headers;
}

function ownValue(object: unknown, key: string): unknown {
	return typeof object === 'object' && object !== null && Object.hasOwn(object, key)
		? (object as Readonly<Record<string, unknown>>)[key]
		: undefined;
}

/** Who calls, as far as it is proven, for tools that act differently for different callers; empty for the anonymous. */
export function callerIdentity(): ReturnType<typeof provenCaller> {
	const caller = context.getStore()?.caller;
	return caller === undefined ? {} : provenCaller(caller);
}
