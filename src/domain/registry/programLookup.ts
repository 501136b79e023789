/** How the programs of one launch are found: the same way in which they are when it is started. */
export interface ProgramLookup {
	/** The whole environment that the upstream will get. Holds secrets. */
	readonly env: Readonly<Record<string, string>>;
	/** As Node names it. */
	readonly platform: string;
	/** The absolute path of what a command names there; it may be a symlink. Rejects with `upstream-failed`. */
	find(command: string): Promise<string>;
}
