import { say, sayCount } from './say';

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
		return sayCount(ms / DAY, '{0} day', '{0} days');
	}
	if (ms >= HOUR && ms % HOUR === 0) {
		return sayCount(ms / HOUR, '{0} hour', '{0} hours');
	}
	return ms >= MINUTE
		? sayCount(Math.round(ms / MINUTE), '{0} minute', '{0} minutes')
		: sayCount(Math.max(0, Math.round(ms / SECOND)), '{0} second', '{0} seconds');
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
		return minutes > 0 ? say('{0} h {1} min', hours, minutes) : `${String(hours)} h`;
	}
	return minutes > 0 ? say('{0} min', minutes) : say('under a minute');
}

/** How long ago something was: `just now`, `2 minutes ago`, `3 hours ago`. A moment to come is `just now`. */
export function agoText(at: number, now: number): string {
	const ms = now - at;
	if (ms < MINUTE) {
		return say('just now');
	}
	return ms < HOUR
		? sayCount(Math.floor(ms / MINUTE), '{0} minute ago', '{0} minutes ago')
		: ms < DAY
			? sayCount(Math.floor(ms / HOUR), '{0} hour ago', '{0} hours ago')
			: sayCount(Math.floor(ms / DAY), '{0} day ago', '{0} days ago');
}

function two(part: number): string {
	return String(part).padStart(2, '0');
}
