import { describe, expect, it } from 'vitest';
import { counted } from '../../../src/base/counted';
import { agoText, clockText, durationText, remainingText } from '../../../src/vscode/timeText';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = new Date(2026, 10, 21, 12, 0, 5).getTime();

describe('times in words', () => {
	it.each([
		[8 * HOUR, '8 hours'],
		[HOUR, '1 hour'],
		[90 * MINUTE, '90 minutes'],
		[DAY, '1 day'],
		[30 * DAY, '30 days'],
		[36 * HOUR, '36 hours'],
		[45 * SECOND, '45 seconds'],
		[0, '0 seconds'],
	])('%d ms lasts %s', (ms, text) => {
		expect(durationText(ms)).toBe(text);
	});

	it.each([
		[7 * HOUR + 12 * MINUTE + 59 * SECOND, '7 h 12 min'],
		[8 * HOUR, '8 h'],
		[3 * DAY + 4 * HOUR, '3 d 4 h'],
		[2 * DAY, '2 d'],
		[59 * SECOND, 'under a minute'],
		[-1, 'under a minute'],
	])('of %d ms %s are left, never more than there is', (ms, text) => {
		expect(remainingText(ms)).toBe(text);
	});

	it.each([
		[59 * SECOND, 'just now'],
		[2 * MINUTE, '2 minutes ago'],
		[HOUR, '1 hour ago'],
		[3 * DAY, '3 days ago'],
		[-HOUR, 'just now'],
	])('%d ms ago is %s', (ms, text) => {
		expect(agoText(NOON - ms, NOON)).toBe(text);
	});

	it('the clock has a date only on another day', () => {
		expect(clockText(NOON + HOUR, NOON)).toBe('13:00');
		expect(clockText(NOON, NOON, 'seconds')).toBe('12:00:05');
		expect(clockText(NOON + 13 * HOUR, NOON)).toBe('2026-11-22 01:00');
	});

	it('counts', () => {
		expect([0, 1, 2].map(count => counted(count, 'call'))).toEqual(['0 calls', '1 call', '2 calls']);
	});
});
