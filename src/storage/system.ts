import { hash, randomBytes, randomFillSync } from 'node:crypto';
import { constants } from 'node:fs';
import { homedir, platform } from 'node:os';
import { v7 as uuidv7 } from 'uuid';
import { type Clock, type IdSource } from '../base/clock';
import { toDisposable } from '../base/disposable';
import { canonicalHostPath } from '../domain/policy/canonicalForms';
import { type HostFacts } from '../domain/policy/facts';

/** Longest single timer, ms: a machine that sleeps takes at most so much of a deadline with it. */
const SLICE_MS = 5_000;

/** Sets a timer of the host; returns what cancels it. */
export type SetTimer = (delayMs: number, run: () => void) => () => void;

/**
 * Waits in slices and counts only what each of them was to last. On Windows and macOS the monotonic clock goes on while the
 * machine sleeps, so that one long timer would be due at the moment of waking: every approval that waits would be denied,
 * every request given up, before anybody could do anything. (One timer is also at most 24.8 days long.)
 */
export function scheduleInSlices(setTimer: SetTimer): Clock['schedule'] {
	return (delayMs, run) => {
		let left = delayMs;
		let cancel: () => void;
		const next = () => {
			const slice = Math.min(left, SLICE_MS);
			left -= slice;
			cancel = setTimer(slice, left > 0 ? next : run);
		};
		next();
		return toDisposable(() => {
			cancel();
		});
	};
}

/** The operating system's clocks. Timers never keep the process alive, and deadlines outlast the machine's sleep. */
export const systemClock: Clock = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
	schedule: scheduleInSlices((delayMs, run) => {
		const timer = setTimeout(run, delayMs);
		timer.unref();
		return () => {
			clearTimeout(timer);
		};
	}),
};

/** Bytes of one identifier (RFC 9562 §5.7), and of the random bytes that are asked for at a time: each asking is a call of the system. */
const UUID_BYTES = 16;
const POOL_BYTES = 4096;
const pool = new Uint8Array(POOL_BYTES);
let poolAt = POOL_BYTES;

function randomSixteen(): Uint8Array {
	if (poolAt === POOL_BYTES) {
		randomFillSync(pool);
		poolAt = 0;
	}
	const bytes = pool.slice(poolAt, poolAt + UUID_BYTES);
	pool.fill(0, poolAt, poolAt + UUID_BYTES);
	poolAt += UUID_BYTES;
	return bytes;
}

const lastUuid = { msecs: -Infinity, seq: 0 };

/** Version 7, rising within this process (RFC 9562 §6.2, method 1): a counter that starts at random each millisecond. */
function risingUuid(): string {
	const random = randomSixteen();
	const now = Date.now();
	if (now > lastUuid.msecs) {
		lastUuid.msecs = now;
		lastUuid.seq = new DataView(random.buffer, random.byteOffset).getUint32(6) & 0x7fff_ffff;
	} else if (lastUuid.seq === 0xffff_ffff) {
		lastUuid.msecs++;
		lastUuid.seq = 0;
	} else {
		lastUuid.seq++;
	}
	return uuidv7({ random, ...lastUuid });
}

/** Ids and tokens from the operating system's random source. */
export const systemIds: IdSource = {
	uuid: risingUuid,
	token: () => randomBytes(16).toString('hex'),
};

/** Flags for opening a file that a hostile workspace may have put a pipe in the place of: nobody waits for its other end. */
export const READ_AT_ONCE = platform() === 'win32' ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK;

/** SHA-256 of bytes or of UTF-8 text by the runtime, lower-case hex: the same digest as `base/digest`, natively. */
export function nodeSha256(data: Uint8Array | string): string {
	return hash('sha256', data);
}

/**
 * What the host knows of its file system; a case-insensitive one is assumed where it is the default. The folders are in the form that
 * paths of calls are compared in: the editor's own (`c:\ws`) would hold none of them.
 */
export function systemHost(workspaceFolders: readonly string[], os: NodeJS.Platform = platform(), home = homedir()) {
	const host = {
		workspaceFolders,
		home,
		platform: os === 'win32' ? ('win32' as const) : ('posix' as const),
		caseInsensitivePaths: os === 'win32' || os === 'darwin',
	} satisfies HostFacts;
	return { ...host, workspaceFolders: workspaceFolders.map(folder => canonicalHostPath(folder, host) ?? folder) };
}
