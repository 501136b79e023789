import { digestJson } from '../../base/digest';

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

/** What starts or reaches an upstream. A union, so that URL launches join without touching what exists. */
export type Launch = StdioLaunch;

/**
 * The id of a server: SHA-256 over the canonical launch, lower-case hex. Two definitions with the same id start the same
 * thing; one changed argument is another server.
 */
export function serverIdOf(launch: Launch): string {
	return digestJson({
		kind: launch.kind,
		command: launch.command,
		args: launch.args,
		cwd: launch.cwd ?? null,
		env: [...launch.env].sort(),
	});
}

/** The launch as one line for people: command and arguments, no environment. */
export function describeLaunch(launch: Launch): string {
	return [launch.command, ...launch.args].map(part => (/[\s"]/.test(part) ? JSON.stringify(part) : part)).join(' ');
}
