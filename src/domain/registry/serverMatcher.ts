import { RE2JS } from 're2js';
import { isJsonArray, isJsonObject, type JsonValue } from '../../base/json';
import { urlOf } from '../../base/urlOf';
import { plainPattern, readUrlPattern } from './urlPattern';
import { type UrlToken, urlTokens } from './urlTokens';

/**
 * One entry of VS Code's `chat.mcp.allowedServers` and `chat.mcp.deniedServers` (policies ChatAllowedMcpServers and
 * ChatDeniedMcpServers), and of the same lists in an organisation's policy.
 */
export type ServerMatcher =
	| { readonly kind: 'name'; readonly name: string }
	/** As {@link readUrlPattern} gives it. */
	| { readonly kind: 'url'; readonly pattern: string }
	| { readonly kind: 'command'; readonly argv: readonly string[] };

/** One way to see a server: what it is called, and what would be started or reached. May hold secrets; never shown. */
export interface ServerForm {
	readonly name: string;
	readonly url?: string;
	/** The program and its arguments. */
	readonly command?: readonly string[];
}

/** The keys of an entry, of which it has exactly one. */
export const MATCHER_KEYS = ['serverName', 'serverUrl', 'serverCommand'] as const;

/**
 * What an entry matches by. An entry that is right gives one; one with several keys is not right, and VS Code leaves it out:
 * here a denied one counts for each key that can be read, and an allowed one for none. So does one whose address has a host that
 * cannot be compared: `all` then means at least what it says.
 */
export function readMatchers(entry: JsonValue | undefined): {
	readonly ok: boolean;
	readonly all: readonly ServerMatcher[];
	/** What is wrong with its one key: a part of a sentence, nothing of the entry. */
	readonly why?: string;
} {
	if (!isJsonObject(entry)) {
		return { ok: false, all: [] };
	}
	const { serverName, serverUrl, serverCommand } = entry;
	const all: ServerMatcher[] = [];
	if (isText(serverName)) {
		all.push({ kind: 'name', name: serverName });
	}
	const url = isText(serverUrl) ? readUrlPattern(serverUrl) : undefined;
	if (url !== undefined) {
		all.push({ kind: 'url', pattern: url.pattern });
	}
	if (
		isJsonArray(serverCommand) &&
		serverCommand.length > 0 &&
		serverCommand.every(part => typeof part === 'string')
	) {
		all.push({ kind: 'command', argv: serverCommand });
	}
	const why = all.length === 1 ? url?.why : undefined;
	return { ok: all.length === 1 && why === undefined, all, ...(why !== undefined && { why }) };
}

/** Whether an entry means a server, by the rules of VS Code 1.139: names and arguments exactly, URLs whatever their case. */
export function matchesServer(matcher: ServerMatcher, form: ServerForm): boolean {
	switch (matcher.kind) {
		case 'name':
			return matcher.name === form.name;
		case 'url':
			return form.url !== undefined && matchesUrl(matcher.pattern, form.url);
		case 'command': {
			const { argv } = matcher;
			const { command } = form;
			return command?.length === argv.length && argv.every((part, index) => part === command[index]);
		}
	}
}

function isText(value: JsonValue | undefined): value is string {
	return typeof value === 'string' && value !== '';
}

/**
 * The URL as it is reached (WHATWG), without user, password, fragment and the dot that ends a full host name (RFC 1034 §3.1: it
 * is the same host); any other scheme as it is written.
 */
function destination(url: string): string | undefined {
	const read = urlOf(url);
	if (read === undefined) {
		return undefined;
	}
	const { protocol, origin, pathname, search } = read;
	return protocol === 'http:' || protocol === 'https:'
		? origin.replace(/\.(?=(?::\d+)?$)/, '') + pathname + search
		: url;
}

function matchesUrl(pattern: string, url: string): boolean {
	const reached = destination(url);
	if (reached === undefined) {
		return false;
	}
	if (!pattern.includes('*')) {
		return destination(pattern)?.toLowerCase() === reached.toLowerCase();
	}
	const plain = plainPattern(pattern);
	return (
		plain !== undefined && RE2JS.compile(expression(plain), RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL).matches(reached)
	);
}

function expression(pattern: string): string {
	const sourceOf = (token: UrlToken): string => {
		switch (token.kind) {
			case 'char':
				return RE2JS.quote(token.char);
			case 'star':
				return '.*';
			case 'host-star':
				return '[^/@\\\\?#]*';
			case 'port':
				return '(?::[^/@\\\\?#]*)?';
		}
	};
	return urlTokens(pattern).map(sourceOf).join('');
}
