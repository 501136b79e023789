import { digestJson } from '../../base/digest';
import { pathKey } from '../../base/samePath';

/** How a stdio upstream is started (MCP 2025-11-25 transports#stdio). Never run through a shell. */
export interface StdioLaunch {
	readonly kind: 'stdio';
	readonly command: string;
	readonly args: readonly string[];
	/** Absolute, or with `${workspaceFolder}`; absent means the workspace folder. */
	readonly cwd?: string;
	/** Names of the variables that are set for this server; values live in secret storage, never here. */
	readonly env: readonly string[];
}

/** How an upstream is reached over HTTP (MCP 2025-11-25 transports#streamable-http, or HTTP+SSE of 2024-11-05). */
export interface HttpLaunch {
	readonly kind: 'http';
	/** Absolute; `https:`, or `http:` on this machine. May hold variables, but never a secret. */
	readonly url: string;
	/** Names of the headers that are sent to this server; values live in secret storage, never here. */
	readonly headers: readonly string[];
}

/** What starts or reaches an upstream. */
export type Launch = StdioLaunch | HttpLaunch;

/**
 * The id of a server: SHA-256 over the canonical launch, lower-case hex. Two definitions with the same id start the same
 * thing; one changed argument is another server. `boundTo`: the folder that is part of the id (placedServer.ts),
 * however it is spelled.
 */
export function serverIdOf(launch: Launch, boundTo?: string): string {
	const bound = boundTo === undefined ? {} : { boundTo: pathKey(boundTo) };
	if (launch.kind === 'http') {
		const headers = launch.headers.map(name => name.toLowerCase()).sort();
		return digestJson({ kind: launch.kind, url: launch.url, headers, ...bound });
	}
	return digestJson({
		...bound,
		kind: launch.kind,
		command: launch.command,
		args: launch.args,
		cwd: launch.cwd ?? null,
		env: [...launch.env].sort(),
	});
}

/** The launch as one line for people: command and arguments, or the URL; no environment, no headers. */
export function describeLaunch(launch: Launch): string {
	if (launch.kind === 'http') {
		return launch.url;
	}
	return [launch.command, ...launch.args].map(part => (/[\s"]/.test(part) ? JSON.stringify(part) : part)).join(' ');
}
