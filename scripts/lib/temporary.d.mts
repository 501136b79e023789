/** What the machine and its environment say; all paths absolute. */
export interface TemporaryHost {
	readonly platform: NodeJS.Platform;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly tmpdir: string;
	readonly home: string;
	/** Resolves links and short names. */
	readonly real: (path: string) => string;
}
export function plainTemporary(host?: TemporaryHost): string;
export function usePlainTemporary(): void;
