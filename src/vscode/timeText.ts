import { counted } from '../base/counted';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A moment on the person's own clock: `14:03` or `14:03:20`, with the date in front when it is not today. Both times are
 * milliseconds since 1970.
 */
export function clockText(at: number, now: number, precision: 'minutes' | 'seconds' = 'minutes'): string {
	const date = new Date(at);
	const today = new Date(now);
	const time = [date.getHours(), date.getMinutes(), ...(precision === 'seconds' ? [date.getSeconds()] : [])]
		.map(two)
		.join(':');
	const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
	return date.toDateString() === today.toDateString() ? time : `${day} ${time}`;
}

/** A length of time in words, in the largest unit that says it without a fraction: `8 hours`, `90 minutes`, `30 days`. */
export function durationText(ms: number): string {
	if (ms >= DAY && ms % DAY === 0) {
		return counted(ms / DAY, 'day');
	}
	if (ms >= HOUR && ms % HOUR === 0) {
		return counted(ms / HOUR, 'hour');
	}
	return ms >= MINUTE
		? counted(Math.round(ms / MINUTE), 'minute')
		: counted(Math.max(0, Math.round(ms / SECOND)), 'second');
}

/** How long until something, rounded down so that it never says more than there is: `7 h 12 min`, `3 d 4 h`, `under a minute`. */
export function remainingText(ms: number): string {
	const [days, hours, minutes] = [
		Math.floor(ms / DAY),
		Math.floor((ms % DAY) / HOUR),
		Math.floor((ms % HOUR) / MINUTE),
	];
	if (days > 0) {
		return hours > 0 ? `${String(days)} d ${String(hours)} h` : `${String(days)} d`;
	}
	if (hours > 0) {
		return minutes > 0 ? `${String(hours)} h ${String(minutes)} min` : `${String(hours)} h`;
	}
	return minutes > 0 ? `${String(minutes)} min` : 'under a minute';
}

/** How long ago something was: `just now`, `2 minutes ago`, `3 hours ago`. A moment to come is `just now`. */
export function agoText(at: number, now: number): string {
	const ms = now - at;
	if (ms < MINUTE) {
		return 'just now';
	}
	const [size, unit] = ms < HOUR ? [MINUTE, 'minute'] : ms < DAY ? [HOUR, 'hour'] : [DAY, 'day'];
	return `${counted(Math.floor(ms / size), unit)} ago`;
}

function two(part: number): string {
	return String(part).padStart(2, '0');
}
