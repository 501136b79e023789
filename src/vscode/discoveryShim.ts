/** What starts the shim for one server. Holds no secret. */
export interface ShimLaunch {
	readonly command: string;
	readonly args: readonly string[];
	readonly env: Readonly<Record<string, string>>;
}

/** The runtime that the extension host runs on; it is there even where no `node` is on the PATH. */
export interface ShimRuntime {
	/** Absolute: `process.execPath`. */
	readonly program: string;
	/** True for the desktop editor, whose program is Node only when it is told so. */
	readonly isElectron: boolean;
}

/** The launch of the shim at `file` for a server, from the folder that is open. */
export function shimLaunch(
	{ program, isElectron }: ShimRuntime,
	file: string,
	serverId: string,
	folder: string | undefined,
): ShimLaunch {
	return {
		command: program,
		args: [file, serverId, ...(folder === undefined ? [] : ['--workspace', folder])],
		env: isElectron ? { ELECTRON_RUN_AS_NODE: '1' } : {},
	};
}
