import { type Stats } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { sha256Hex } from '../base/digest';
import { errorText, isMissing } from '../base/errors';
import { MAX_DOCUMENT_CHARS } from '../domain/registry/jsonDocument';
import { replaceFile } from './privateFile';
import { READ_AT_ONCE } from './system';

/** A configuration file as it is on the disk. Its text is attacker-controlled and may hold secrets. */
export interface OriginFile {
	readonly kind: 'file';
	/** Free of symlinks. */
	readonly realPath: string;
	/** Decoded strictly; a byte order mark is kept, so that encoding it gives the bytes again. */
	readonly text: string;
	/** SHA-256 of the bytes, lower-case hex. */
	readonly digest: string;
}

/** What reading gives. `missing` is no trouble, `problem` is one sentence for the person. */
export type OriginRead =
	OriginFile | { readonly kind: 'missing' } | { readonly kind: 'problem'; readonly problem: string };

const MAX_BYTES = MAX_DOCUMENT_CHARS * 3;

/**
 * Reads a regular UTF-8 file that lies, all symlinks resolved, inside the directory `within`. Everything else is a
 * problem: a workspace must not lead the firewall to files outside of it.
 */
export async function readOriginFile(file: string, within: string): Promise<OriginRead> {
	let realPath: string;
	try {
		realPath = await realpath(file);
		if (!(await isWithin(realPath, within))) {
			return { kind: 'problem', problem: 'it is a link to a place outside its folder' };
		}
	} catch (error) {
		return isMissing(error) ? { kind: 'missing' } : { kind: 'problem', problem: errorText(error) };
	}
	try {
		const bytes = await readRegular(realPath);
		if (bytes === undefined) {
			return { kind: 'problem', problem: 'it is no regular file, or too large' };
		}
		const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
		return { kind: 'file', realPath, text, digest: sha256Hex(bytes) };
	} catch (error) {
		return { kind: 'problem', problem: error instanceof TypeError ? 'it is not UTF-8 text' : errorText(error) };
	}
}

/**
 * Replaces the bytes of a file that was read before, atomically and with its mode kept, unless it was changed since.
 * Gives the problem, or nothing.
 */
export async function replaceOriginFile(read: OriginFile, within: string, text: string): Promise<string | undefined> {
	const now = await readOriginFile(read.realPath, within);
	if (now.kind !== 'file' || now.realPath !== read.realPath || now.digest !== read.digest) {
		return 'it was changed meanwhile';
	}
	try {
		await replaceFile(read.realPath, Buffer.from(text, 'utf8'));
		return undefined;
	} catch (error) {
		return errorText(error);
	}
}

async function readRegular(path: string): Promise<Uint8Array | undefined> {
	const handle = await open(path, READ_AT_ONCE);
	try {
		const stats: Stats = await handle.stat();
		return stats.isFile() && stats.size <= MAX_BYTES ? await handle.readFile() : undefined;
	} finally {
		await handle.close();
	}
}

/** True when a path is a directory or lies inside of it, all symlinks resolved. Rejects when one of them is missing. */
export async function isWithin(path: string, directory: string): Promise<boolean> {
	const way = relative(await realpath(directory), await realpath(path));
	return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
