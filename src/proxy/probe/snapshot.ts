import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What is remembered of one file, link or folder. */
interface FileMark {
	/** Another one when it is another file, or another text. */
	readonly state: string;
	/** The same after a move, and never that of another file: the number of an inode alone is given away again. */
	readonly identity: string;
}

/** Everything below a folder at one moment, by its path relative to it; folders end in `/`. */
export interface Snapshot {
	readonly files: ReadonlyMap<string, FileMark>;
	/** False where there was more than was looked at. */
	readonly whole: boolean;
}

/** What became of one path between two snapshots. */
export interface FileChange {
	readonly kind: 'written' | 'deleted' | 'moved';
	readonly path: string;
}

/** How closely a folder is looked at. */
export interface SnapshotOptions {
	/** Files are read, so that a text that was replaced within a tick of the clock shows. */
	readonly digests: boolean;
	readonly maxFiles: number;
}

/** Longer files are told by their facts (inode, size, times) alone. */
const MAX_DIGEST_BYTES = 1024 * 1024;

/** Looks at everything below a folder, without following links. What vanishes meanwhile is not there. Never rejects. */
export async function takeSnapshot(root: string, options: SnapshotOptions): Promise<Snapshot> {
	const files = new Map<string, FileMark>();
	const folders = [''];
	for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
		const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
		for (const entry of entries) {
			if (files.size >= options.maxFiles) {
				return { files, whole: false };
			}
			const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
			const mark = await markOf(join(root, path), options.digests).catch(() => undefined);
			if (mark !== undefined) {
				files.set(entry.isDirectory() ? `${path}/` : path, mark);
			}
			if (entry.isDirectory()) {
				folders.push(path);
			}
		}
	}
	return { files, whole: true };
}

/** What changed between two snapshots of one folder. A file that lies elsewhere now, unchanged, was moved. */
export function compareSnapshots(before: Snapshot, after: Snapshot): readonly FileChange[] {
	const gone = [...before.files].filter(([path]) => !after.files.has(path));
	const vanished = new Set(gone.map(([, mark]) => mark.identity));
	const arrived = new Set<string>();
	const changes: FileChange[] = [];
	for (const [path, mark] of after.files) {
		const old = before.files.get(path);
		if (old === undefined && vanished.has(mark.identity)) {
			arrived.add(mark.identity);
			changes.push({ kind: 'moved', path });
		} else if (old?.state !== mark.state) {
			changes.push({ kind: 'written', path });
		}
	}
	const deleted = gone.filter(([, mark]) => !arrived.has(mark.identity));
	return [...changes, ...deleted.map(([path]) => ({ kind: 'deleted' as const, path }))];
}

async function markOf(path: string, digests: boolean): Promise<FileMark> {
	const stats = await lstat(path, { bigint: true });
	const inode = [stats.dev, stats.ino, stats.birthtimeNs].join(':');
	if (stats.isDirectory()) {
		return { state: `folder ${inode}`, identity: inode };
	}
	const target = stats.isSymbolicLink() ? await readlink(path) : '';
	const read = digests && stats.isFile() && stats.size <= MAX_DIGEST_BYTES;
	const content = [stats.size, stats.mtimeNs, target, read ? await digestOf(path) : ''].join(' ');
	return { state: [inode, stats.ctimeNs, content].join(' '), identity: `${inode} ${content}` };
}

async function digestOf(path: string): Promise<string> {
	const hash = createHash('sha256');
	for await (const chunk of createReadStream(path)) {
		hash.update(chunk as Buffer);
	}
	return hash.digest('hex');
}
