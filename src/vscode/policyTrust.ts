import { type LayerTrust } from '../domain/policy/layers';

/** Where trust is remembered: the editor's own storage, out of reach of any workspace. A value that was set is had at once. */
export interface TrustMemory {
	get(key: string): unknown;
	update(key: string, value: unknown): Thenable<void>;
}

/** The text of a trusted file is kept for showing what changed since, up to this many UTF-16 units. */
const MAX_KEPT_TEXT = 128 * 1024;
/** So many digests are remembered as asked about for one file. */
const MAX_ASKED = 32;

interface Remembered {
	/** Digest of the bytes that the person trusted. */
	readonly digest?: string;
	readonly text?: string;
	/** ISO 8601. */
	readonly at?: string;
	/** Digests about which the person was asked, newest last. */
	readonly asked: readonly string[];
	readonly never: boolean;
}

/**
 * Which workspace policies the person trusted, by path and digest, and about which they were asked. Changes hold at once;
 * the promises resolve when they are remembered.
 */
export class PolicyTrust {
	constructor(private readonly memory: TrustMemory) {}

	/** What `composeLayers` needs for these files. */
	layerTrust(files: readonly string[], workspaceTrusted: boolean): LayerTrust {
		const trustedFiles = new Map(
			files.flatMap(file => {
				const { digest } = this.recall(file);
				return digest === undefined ? [] : [[file, digest] as const];
			}),
		);
		return { workspaceTrusted, trustedDigests: new Set(), trustedFiles };
	}

	/** What the person trusted last at this path. */
	trusted(file: string): { readonly digest: string; readonly text?: string; readonly at?: string } | undefined {
		const { digest, text, at } = this.recall(file);
		return digest === undefined
			? undefined
			: { digest, ...(text !== undefined && { text }), ...(at !== undefined && { at }) };
	}

	/** False once the person was asked about this digest, trusted it, or does not want to be asked about the file. */
	mayAsk(file: string, digest: string): boolean {
		const { asked, never, digest: trusted } = this.recall(file);
		return !never && trusted !== digest && !asked.includes(digest);
	}

	noteAsked(file: string, digest: string): Thenable<void> {
		const old = this.recall(file);
		return this.keep(file, { ...old, asked: [...old.asked, digest].slice(-MAX_ASKED) });
	}

	neverAsk(file: string): Thenable<void> {
		return this.keep(file, { ...this.recall(file), never: true });
	}

	/** `text` is what the person was shown, `digest` the SHA-256 of it; `at` is an ISO 8601 time. */
	trust(file: string, digest: string, text: string, at: string): Thenable<void> {
		const { asked, never } = this.recall(file);
		return this.keep(file, { asked, never, digest, at, ...(text.length <= MAX_KEPT_TEXT && { text }) });
	}

	withdraw(file: string): Thenable<void> {
		const { asked, never } = this.recall(file);
		return this.keep(file, { asked, never });
	}

	private recall(file: string): Remembered {
		return readRemembered(this.memory.get(keyOf(file)));
	}

	private keep(file: string, value: Remembered): Thenable<void> {
		return this.memory.update(keyOf(file), value);
	}
}

function keyOf(file: string): string {
	return `workspacePolicy ${file}`;
}

/** What another version of the product may have stored is taken only as far as it has our shape. */
function readRemembered(value: unknown): Remembered {
	const found = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
	const text = (name: string) => (typeof found[name] === 'string' ? { [name]: found[name] } : {});
	const asked = Array.isArray(found['asked']) ? found['asked'].filter(each => typeof each === 'string') : [];
	return { ...text('digest'), ...text('text'), ...text('at'), asked, never: found['never'] === true };
}
