import { realpath } from 'node:fs/promises';
import { type SupplyPin, type PinnedFile, type ServerSource } from '../domain/registry/supplyPin';
import { SUPPLY_GAPS } from '../domain/registry/supplyGaps';
import { type FileDigests, TreeTooLarge } from './supplyFiles';

type Role = PinnedFile['role'];

/** A pin that is being made. What cannot be read becomes a gap, never an error. */
export class SupplyDraft {
	private readonly files: PinnedFile[] = [];
	private readonly gaps = new Set<string>();
	private about: Pick<SupplyPin, 'integrity' | 'installScripts' | 'publisher'> = {};

	constructor(
		readonly digests: FileDigests,
		private source: ServerSource,
	) {}

	/** Pins a file by its bytes and gives its real path; undefined where it cannot be read. */
	async file(role: Role, path: string): Promise<string | undefined> {
		try {
			const real = await realpath(path);
			this.put({ role, path: real, digest: await this.digests.file(real) });
			return real;
		} catch {
			this.gap('unreadable');
			return undefined;
		}
	}

	/** Pins what `digest` gives, under the path that stands for it. */
	async digest(role: Role, path: string, digest: () => Promise<string>): Promise<void> {
		try {
			this.put({ role, path, digest: await digest() });
		} catch (error) {
			this.gap(error instanceof TreeTooLarge ? 'tooLarge' : 'unreadable');
		}
	}

	/** Says what cannot be pinned. */
	gap(which: keyof typeof SUPPLY_GAPS): void {
		this.gaps.add(SUPPLY_GAPS[which]);
	}

	/** Says what the program is, once more is known than the launch says. */
	is(source: ServerSource, about: Pick<SupplyPin, 'integrity' | 'installScripts' | 'publisher'> = {}): void {
		const { kind, name, version } = source;
		this.source = { kind, name, ...(version !== undefined && { version }) };
		this.about = about;
	}

	pin(): SupplyPin {
		const { kind, name, version } = this.source;
		return {
			source: { kind, name, ...(version !== undefined && { version }) },
			files: this.files,
			...this.about,
			gaps: [...this.gaps],
		};
	}

	private put(file: PinnedFile): void {
		if (!this.files.some(({ role, path }) => role === file.role && path === file.path)) {
			this.files.push(file);
		}
	}
}
