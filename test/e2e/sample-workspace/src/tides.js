/** Hours between two high tides. */
const PERIOD_HOURS = 12.42;

/** The next `count` high tides after `first`, as dates. */
export function highTides(first, count) {
	return Array.from({ length: count }, (_, n) => new Date(first.getTime() + n * PERIOD_HOURS * 3_600_000));
}
