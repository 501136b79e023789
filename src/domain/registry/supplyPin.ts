/** What kind of thing a launch starts or reaches. */
export type SourceKind = 'npm' | 'pypi' | 'oci' | 'path' | 'url' | 'unknown';

/** Where the program of a server comes from. */
export interface ServerSource {
	readonly kind: SourceKind;
	/** Package, image, file or origin of the URL. */
	readonly name: string;
	/** The version that is started: exact, or absent where the launch names none. */
	readonly version?: string;
}

/** One file whose bytes decide what runs. */
export interface PinnedFile {
	/** What it is to the launch; `registry` is where packages come from (the lines of an `.npmrc` that say so). */
	readonly role: 'executable' | 'entry' | 'manifest' | 'lockfile' | 'package' | 'dependencies' | 'registry';
	/** Absolute, free of symlinks. */
	readonly path: string;
	/** SHA-256, lower-case hex; of a folder (`package`, `dependencies`) over the sorted list of files and their digests. */
	readonly digest: string;
}

/** What a server was when it was reviewed; every part is compared before each start (C2, C10). */
export interface SupplyPin {
	readonly source: ServerSource;
	readonly files: readonly PinnedFile[];
	/** Subresource integrity of the package as its registry or lockfile says, `sha512-…`, or `sha256:…` of an image. */
	readonly integrity?: string;
	/** True where installing runs scripts of the package. */
	readonly installScripts?: boolean;
	/** Who published it, as the package says. Attacker-controlled. */
	readonly publisher?: string;
	/** What could not be pinned, one sentence of ours each; a person accepted that at review. */
	readonly gaps: readonly string[];
}
