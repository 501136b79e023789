import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { homedir, platform } from 'node:os';
import { v7 as uuidv7 } from 'uuid';
import { type Clock, type IdSource } from '../base/clock';
import { toDisposable } from '../base/disposable';

/** The operating system's clocks. Timers never keep the process alive. */
export const systemClock: Clock = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
	schedule(delayMs, run) {
		const timer = setTimeout(run, delayMs);
		timer.unref();
		return toDisposable(() => {
			clearTimeout(timer);
		});
	},
};

/** Ids and tokens from the operating system's random source. */
export const systemIds: IdSource = {
	uuid: () => uuidv7(),
	token: () => randomBytes(16).toString('hex'),
};

/** Flags for opening a file that a hostile workspace may have put a pipe in the place of: nobody waits for its other end. */
export const READ_AT_ONCE = platform() === 'win32' ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK;

/** SHA-256 of bytes or of UTF-8 text by the runtime, lower-case hex: the same digest as `base/digest`, natively. */
export function nodeSha256(data: Uint8Array | string): string {
	return createHash('sha256').update(data).digest('hex');
}

/** What the host knows of its file system; a case-insensitive one is assumed where it is the default. */
export function systemHost(workspaceFolders: readonly string[]) {
	const os = platform();
	return {
		workspaceFolders,
		home: homedir(),
		platform: os === 'win32' ? ('win32' as const) : ('posix' as const),
		caseInsensitivePaths: os === 'win32' || os === 'darwin',
	};
}
