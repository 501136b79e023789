import { sayCount } from './say';

/**
 * An entry's time in the reader's zone: `14:02:11` today, `09-03 14:02` this year, `2025-09-03` before.
 * What is no date comes back unchanged (the trail may have been tampered with).
 */
export function formatTime(iso: string, now: Date): string {
	const at = new Date(iso);
	if (Number.isNaN(at.getTime())) {
		return iso;
	}
	const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
	const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
	if (at.getFullYear() !== now.getFullYear()) {
		return `${at.getFullYear()}-${day}`;
	}
	const today = at.getMonth() === now.getMonth() && at.getDate() === now.getDate();
	return today ? `${clock}:${two(at.getSeconds())}` : `${day} ${clock}`;
}

/** Date, time with milliseconds and offset from UTC, in the reader's zone. */
export function formatFullTime(iso: string): string {
	const at = new Date(iso);
	if (Number.isNaN(at.getTime())) {
		return iso;
	}
	const offset = -at.getTimezoneOffset();
	const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
	const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
	const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
	return `${day} ${clock}.${String(at.getMilliseconds()).padStart(3, '0')} ${zone}`;
}

/** Milliseconds for people: `< 1 ms`, `34 ms`, `1.2 s`, `2 min 05 s`. */
export function formatDuration(ms: number): string {
	if (ms > 0 && ms < 1) {
		return '< 1 ms';
	}
	if (ms < 999.5) {
		return `${Math.round(ms)} ms`;
	}
	const seconds = Math.round(ms / 1000);
	if (seconds < 60) {
		return `${(ms / 1000).toFixed(1)} s`;
	}
	return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
}

/** Bytes for people, in powers of 1024. */
export function formatBytes(bytes: number): string {
	if (bytes < 1024) {
		return sayCount(bytes, '{0} byte', '{0} bytes');
	}
	const kib = bytes / 1024;
	return kib < 1024 ? `${kib.toFixed(1)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

function two(value: number): string {
	return String(value).padStart(2, '0');
}
