/** A scheme by which a server can be reached. */
export type WebScheme = 'http' | 'https';

/** The port that addresses do not say (WHATWG URL §3.1, special schemes). */
export const USUAL_PORT: Readonly<Record<WebScheme, string>> = { http: '80', https: '443' };

/** What stands behind the `//` of an address, as it is written. */
export interface AuthorityParts {
	/** With its `@`; empty where there is none. */
	readonly user: string;
	readonly host: string;
	/** Without its colon; undefined where there is none. */
	readonly port: string | undefined;
	/** Path, query and fragment. */
	readonly rest: string;
}

/** Takes apart what stands behind the `//` of an address, with stars or without. */
export function authorityParts(text: string): AuthorityParts {
	const end = authorityEnd(text, 0);
	const authority = text.slice(0, end);
	const at = authority.lastIndexOf('@') + 1;
	const [, host = '', port] = /^(\[[^\]]*\]|.*?)(?::([^:]*))?$/s.exec(authority.slice(at)) ?? [];
	return { user: authority.slice(0, at), host, port, rest: text.slice(end) };
}

/** Where the part of a text ends that names user, host and port. */
export function authorityEnd(text: string, from: number): number {
	const at = text.slice(from).search(/[/\\?#]/);
	return at < 0 ? text.length : from + at;
}
