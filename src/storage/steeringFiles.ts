import { type Stats } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type SteeringText } from '../domain/registry/steeringChanges';
import { type SteeringPlace } from '../domain/registry/steeringPlaces';
import { nodeSha256, READ_AT_ONCE } from './system';

/** Files of one place; a place with more is cut off, so that a hostile folder costs no more. */
const MAX_FILES = 500;
/** Folders below a place: a skill has folders of its own. */
const MAX_DEPTH = 5;
const MAX_BYTES = 2 * 1024 * 1024;

/** Reads the digests of texts that steer agents; what is as it was by its facts is not read again. */
export class SteeringFiles {
	private seen = new Map<string, { readonly sign: string; readonly digest: string }>();

	/** All files of the places. One that is not there is left out. Never rejects. */
	async find(places: readonly SteeringPlace[]): Promise<readonly SteeringText[]> {
		const found: SteeringText[] = [];
		const seen = new Map<string, { readonly sign: string; readonly digest: string }>();
		for (const place of places) {
			for (const path of (await filesBelow(place.path, MAX_DEPTH)).slice(0, MAX_FILES)) {
				const facts = await factsOf(path);
				if (facts === undefined) {
					continue;
				}
				const sign = [facts.ino, facts.size, facts.mtimeMs, facts.ctimeMs].join(' ');
				const before = this.seen.get(path);
				const digest = before?.sign === sign ? before.digest : await digestOf(path, facts);
				seen.set(path, { sign, digest });
				found.push({ ...place, path, digest });
			}
		}
		this.seen = seen;
		return found;
	}
}

/** The path itself where it is a file, else the files below it. */
async function filesBelow(path: string, depth: number): Promise<readonly string[]> {
	const facts = await factsOf(path);
	if (facts?.isDirectory() !== true || depth === 0) {
		return facts?.isFile() === true ? [path] : [];
	}
	const names = await readdir(path).catch(() => []);
	const files: string[] = [];
	for (const name of names.sort()) {
		if (files.length < MAX_FILES) {
			files.push(...(await filesBelow(join(path, name), depth - 1)));
		}
	}
	return files;
}

async function factsOf(path: string): Promise<Stats | undefined> {
	return stat(path).catch(() => undefined);
}

async function digestOf(path: string, { size, mtimeMs }: Stats): Promise<string> {
	if (size > MAX_BYTES) {
		return `large ${String(size)} ${String(mtimeMs)}`;
	}
	try {
		const handle = await open(path, READ_AT_ONCE);
		try {
			const { bytesRead, buffer } = await handle.read(Buffer.alloc(size), 0, size, 0);
			return nodeSha256(buffer.subarray(0, bytesRead));
		} finally {
			await handle.close();
		}
	} catch {
		return 'unreadable';
	}
}
