const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:Z|[+-](\d{2}):(\d{2}))$/;

/**
 * The moment (milliseconds since 1970) from which on a rule no longer counts: the end of a day in UTC, or an RFC 3339 time
 * with its offset. Undefined for days that no calendar has and for times without an offset.
 */
export function parseUntil(text: string): number | undefined {
	const day = DAY.exec(text);
	const time = TIME.exec(text);
	const parts = day ?? time;
	if (parts === null) {
		return undefined;
	}
	const [year, month, date, hour = 0, minute = 0, second = 0, offsetHour = 0, offsetMinute = 0] = parts
		.slice(1)
		.map(part => Number((part as string | undefined) ?? 0));
	const start = new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, date));
	const real = start.getUTCMonth() + 1 === month && start.getUTCDate() === date;
	if (!real || hour > 23 || minute > 59 || second > 59 || offsetHour > 14 || offsetMinute > 59) {
		return undefined;
	}
	const moment = day === null ? Date.parse(text) : start.getTime() + 24 * 3600 * 1000;
	return Number.isFinite(moment) ? moment : undefined;
}
