import { isMissing } from '../base/errors';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { platform } from 'node:os';
import { READ_AT_ONCE } from './system';

/** Bytes of the largest file that is read. */
const MAX_BYTES = 16 * 1024 * 1024;
const CHUNK = 256 * 1024;

const FLAGS = platform() === 'win32' ? READ_AT_ONCE : READ_AT_ONCE | constants.O_NOFOLLOW;

/**
 * What a file holds now: SHA-256 in hex; `absent` where there is none; `unread` for what is no regular file, too large, not
 * readable, changed its length while it was read, or lies elsewhere by a link. Never rejects.
 */
export async function fileState(absolutePath: string, signal: AbortSignal): Promise<string> {
	try {
		const file = await open(absolutePath, FLAGS);
		try {
			const facts = await file.stat();
			// A folder on the way may be a link since the path was judged.
			if (!facts.isFile() || facts.size > MAX_BYTES || (await realpath(absolutePath)) !== absolutePath) {
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
