import { createHash } from 'node:crypto';
import { type BigIntStats } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
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
/** Reads at a time: enough to keep a disk busy, few enough to leave handles to others. */
const WIDTH = 24;
const CHUNK = 256 * 1024;

/**
 * Digests of files and folders. A file is read once, and again only when its facts changed (size, times, inode, mode): the
 * time of the last change (`st_ctime`, inode(7)) cannot be set back by whoever owns a file. Remembered in memory alone, so
 * that every window reads everything once.
 */
export class FileDigests {
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
			const children = (await readdir(join(folder, inside), { withFileTypes: true })).filter(
				child => !isLeftOut(child.name, child.isDirectory()),
			);
			left.files -= children.length;
			if (left.files < 0) {
				throw new TreeTooLarge('it holds too many files');
			}
			for (let from = 0; from < children.length; from += WIDTH) {
				const some = children.slice(from, from + WIDTH);
				const told = await Promise.all(
					some.map(async child => {
						const name = inside === '' ? child.name : `${inside}/${child.name}`;
						if (child.isDirectory()) {
							pending.push(name);
							return `${name}\0folder`;
						}
						const path = join(folder, name);
						if (child.isSymbolicLink()) {
							return `${name}\0link\0${await readlink(path)}`;
						}
						left.bytes -= (await lstat(path)).size;
						if (left.bytes < 0) {
							throw new TreeTooLarge('it holds too many bytes');
						}
						return `${name}\0file\0${await this.file(path)}`;
					}),
				);
				lines.push(...told);
			}
		}
		return digestOfLines(lines);
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
