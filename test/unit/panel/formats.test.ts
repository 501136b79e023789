import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatFullTime, formatTime } from '../../../src/webview/formats';

const local = (...parts: [number, number, number, number, number, number]) => new Date(...parts).toISOString();
const now = new Date(2026, 8, 3, 18, 0, 0);

describe('formats', () => {
	it('tells the time as briefly as it stays clear', () => {
		expect(formatTime(local(2026, 8, 3, 4, 5, 6), now)).toBe('04:05:06');
		expect(formatTime(local(2026, 8, 2, 23, 59, 59), now)).toBe('09-02 23:59');
		expect(formatTime(local(2025, 8, 3, 4, 5, 6), now)).toBe('2025-09-03');
		expect(formatTime('no date', now)).toBe('no date');
	});

	it('tells the whole time', () => {
		expect(formatFullTime(local(2026, 8, 3, 4, 5, 6))).toMatch(/^2026-09-03 04:05:06\.000 [+-]\d\d:\d\d$/);
		expect(formatFullTime('no date')).toBe('no date');
	});

	it.each([
		[0, '0 ms'],
		[0.2, '< 1 ms'],
		[12.4, '12 ms'],
		[999.6, '1.0 s'],
		[4210, '4.2 s'],
		[59_990, '1 min 00 s'],
		[125_000, '2 min 05 s'],
	])('%d ms is %s', (ms, shown) => {
		expect(formatDuration(ms)).toBe(shown);
	});

	it('counts', () => {
		expect(formatBytes(1)).toBe('1 byte');
		expect(formatBytes(2048)).toBe('2.0 KiB');
		expect(formatBytes(5 * 1024 * 1024)).toBe('5.0 MiB');
	});
});
