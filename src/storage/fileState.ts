import { isMissing } from '../base/errors';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { pathKey } from '../base/samePath';
import { READ_AT_ONCE } from './system';

/** Bytes of the largest file that is read. */
const MAX_BYTES = 16 * 1024 * 1024;
const CHUNK = 256 * 1024;

/** The file system that is asked. */
export interface FileHost {
	readonly platform: NodeJS.Platform;
	readonly realpath: (path: string) => Promise<string>;
}

const HERE: FileHost = { platform: process.platform, realpath };

/**
 * What a file holds now: SHA-256 in hex; `absent` where there is none; `unread` for what is no regular file, too large, not
 * readable, changed its length while it was read, or lies elsewhere by a link. Never rejects.
 */
export async function fileState(
	absolutePath: string,
	signal: AbortSignal,
	{ platform, realpath: real }: FileHost = HERE,
): Promise<string> {
	try {
		const unfollowed = platform === 'win32' ? 0 : constants.O_NOFOLLOW;
		const file = await open(absolutePath, READ_AT_ONCE | unfollowed);
		try {
			const facts = await file.stat();
			// A folder on the way may be a link since the path was judged.
			if (!facts.isFile() || facts.size > MAX_BYTES) {
				return 'unread';
			}
			if (folded(await real(absolutePath), platform) !== folded(absolutePath, platform)) {
				return 'unread';
			}
			const hash = createHash('sha256');
			const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, facts.size)));
			let length = 0;
			while (!signal.aborted && length <= facts.size) {
				const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
				if (bytesRead === 0) {
					return length === facts.size ? hash.digest('hex') : 'unread';
				}
				hash.update(buffer.subarray(0, bytesRead));
				length += bytesRead;
			}
			return 'unread';
		} finally {
			await file.close();
		}
	} catch (error) {
		return isMissing(error) ? 'absent' : 'unread';
	}
}

/** A file that was named before it was there may be spelled otherwise on the disk of a system that does not tell cases apart. */
function folded(path: string, platform: NodeJS.Platform): string {
	const isBlind = platform === 'win32' || platform === 'darwin';
	return isBlind ? pathKey(path).normalize('NFC').toLowerCase() : path;
}
