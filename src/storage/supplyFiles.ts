import { createHash } from 'node:crypto';
import {
	type BigIntStats,
	closeSync,
	fstatSync,
	lstatSync,
	openSync,
	readdirSync,
	readFileSync,
	readlinkSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeSha256, READ_AT_ONCE } from './system';

/** What a folder may hold to be pinned as a whole; honest packages with all they depend on are far below. */
export interface TreeBounds {
	files: number;
	bytes: number;
}

/** Thrown by {@link FileDigests.tree} for a folder over its bounds. */
export class TreeTooLarge extends Error {
	override readonly name = 'TreeTooLarge';
}

/** Facts are not trusted for a file that was written so shortly before, ns: a second write may leave the same times. */
const FRESH_NS = 2_000_000_000n;
/** Files whose digests are remembered. */
const MAX_KNOWN = 200_000;
/** Milliseconds of work between two turns of others. */
const TURN_MS = 8;
const CHUNK = 256 * 1024;
/** Up to here a file is read in one go. */
const SMALL_BYTES = 512n * 1024n;

/**
 * Digests of files and folders. A file is read once, and again only when its facts changed (size, times, inode, mode): the
 * time of the last change (`st_ctime`, inode(7)) cannot be set back by whoever owns a file. Remembered in memory alone, so
 * that every window reads everything once.
 */
export class FileDigests {
	private breathed = 0;
	private readonly known = new Map<string, { readonly facts: string; readonly digest: string }>();

	/** SHA-256 of a file's bytes, lower-case hex. Rejects for what is no plain file, or changes while it is read. */
	async file(path: string): Promise<string> {
		const handle = await open(path, READ_AT_ONCE);
		try {
			const before = await handle.stat({ bigint: true });
			if (!before.isFile()) {
				throw new Error('it is no plain file');
			}
			const facts = factsOf(before);
			const known = this.known.get(path);
			if (known?.facts === facts) {
				return known.digest;
			}
			const hash = createHash('sha256');
			const chunk = Buffer.allocUnsafe(Math.min(CHUNK, Number(before.size) + 1));
			for (let read = 1; read > 0;) {
				({ bytesRead: read } = await handle.read(chunk, 0, chunk.length));
				hash.update(chunk.subarray(0, read));
			}
			if (factsOf(await handle.stat({ bigint: true })) !== facts) {
				throw new Error('it is being written');
			}
			const digest = hash.digest('hex');
			this.remember(path, facts, digest, before.ctimeNs);
			return digest;
		} finally {
			await handle.close();
		}
	}

	/**
	 * SHA-256 over the names, kinds and digests of all that lies in a folder. Symlinks count by where they lead and are not
	 * followed. `isLeftOut` is asked about each child. What is used is taken off the bounds. Rejects with {@link TreeTooLarge}.
	 */
	async tree(
		folder: string,
		left: TreeBounds,
		isLeftOut: (name: string, isFolder: boolean) => boolean,
	): Promise<string> {
		const lines: string[] = [];
		const pending = [''];
		for (let inside = pending.pop(); inside !== undefined; inside = pending.pop()) {
			// Thousands of small files: asked one by one in the kernel's memory they take a tenth of what threads take.
			for (const child of readdirSync(join(folder, inside), { withFileTypes: true })) {
				if (isLeftOut(child.name, child.isDirectory())) {
					continue;
				}
				if (--left.files < 0) {
					throw new TreeTooLarge('it holds too many files');
				}
				const name = inside === '' ? child.name : `${inside}/${child.name}`;
				if (child.isDirectory()) {
					pending.push(name);
					lines.push(`${name}\0folder`);
				} else if (child.isSymbolicLink()) {
					lines.push(`${name}\0link\0${readlinkSync(join(folder, name))}`);
				} else {
					lines.push(`${name}\0file\0${await this.inTree(join(folder, name), left)}`);
				}
				await this.breathe();
			}
		}
		return digestOfLines(lines);
	}

	private async inTree(path: string, left: TreeBounds): Promise<string> {
		const found = lstatSync(path, { bigint: true });
		left.bytes -= Number(found.size);
		if (left.bytes < 0) {
			throw new TreeTooLarge('it holds too many bytes');
		}
		const facts = factsOf(found);
		const known = this.known.get(path);
		if (known?.facts === facts) {
			return known.digest;
		}
		return found.size > SMALL_BYTES ? await this.file(path) : this.smallFile(path);
	}

	private smallFile(path: string): string {
		const handle = openSync(path, READ_AT_ONCE);
		try {
			const before = fstatSync(handle, { bigint: true });
			if (!before.isFile()) {
				throw new Error('it is no plain file');
			}
			const digest = nodeSha256(readFileSync(handle));
			const facts = factsOf(before);
			if (factsOf(fstatSync(handle, { bigint: true })) !== facts) {
				throw new Error('it is being written');
			}
			this.remember(path, facts, digest, before.ctimeNs);
			return digest;
		} finally {
			closeSync(handle);
		}
	}

	/** Lets others have a turn, now and then: this runs in the process that every extension shares. */
	private async breathe(): Promise<void> {
		if (performance.now() - this.breathed > TURN_MS) {
			await new Promise(resolve => setImmediate(resolve));
			this.breathed = performance.now();
		}
	}

	private remember(path: string, facts: string, digest: string, ctimeNs: bigint): void {
		if (BigInt(Date.now()) * 1_000_000n - ctimeNs < FRESH_NS) {
			this.known.delete(path);
			return;
		}
		if (this.known.size >= MAX_KNOWN) {
			this.known.clear();
		}
		this.known.set(path, { facts, digest });
	}
}

function factsOf({ dev, ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): string {
	return [dev, ino, size, mtimeNs, ctimeNs, mode].join(' ');
}

/** One digest for several things: SHA-256 over the sorted lines, whatever characters they hold. */
export function digestOfLines(lines: readonly string[]): string {
	return nodeSha256(JSON.stringify([...lines].sort()));
}
