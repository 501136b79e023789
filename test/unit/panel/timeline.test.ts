import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TimelineBucket } from '../../../src/domain/audit/auditFilter';
import {
	barsOf,
	bucketAt,
	bucketText,
	fillTimeline,
	rangeOf,
	SERIES,
	ticksOf,
	timelineText,
} from '../../../src/webview/timeline';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 28, 8);
const NOW = new Date(START + 10 * HOUR);

const bucket = (hour: number, counts: Partial<TimelineBucket['counts']> = {}): TimelineBucket => ({
	from: new Date(START + hour * HOUR).toISOString(),
	counts: { allow: 0, require_approval: 0, deny: 0, none: 0, ...counts },
});

describe('the timeline', () => {
	it('fills the gaps that a host leaves, and keeps every count', () => {
		const filled = fillTimeline([bucket(0, { allow: 3 }), bucket(4, { deny: 1 })], HOUR);
		expect(filled.map(({ counts }) => counts.allow + counts.deny)).toEqual([3, 0, 0, 0, 1]);
		expect(filled[3]?.from).toBe(bucket(3).from);
	});

	it('draws nothing for times that are none, backwards or without a length, and never very many', () => {
		expect(fillTimeline([], HOUR)).toEqual([]);
		expect(fillTimeline([{ ...bucket(0), from: 'yesterday' }], HOUR)).toEqual([]);
		expect(fillTimeline([bucket(4), bucket(0)], HOUR)).toEqual([]);
		expect(fillTimeline([bucket(0), bucket(1)], 0)).toEqual([]);
		expect(fillTimeline([bucket(0), bucket(9_000)], HOUR).length).toBe(400);
	});

	it('one denied call among ten thousand is seen, and no bar grows out of the chart', () => {
		const counts = fc.record({
			allow: fc.nat(20_000),
			require_approval: fc.nat(9),
			deny: fc.nat(9),
			none: fc.nat(9),
		});
		fc.assert(
			fc.property(fc.array(counts, { minLength: 1, maxLength: 120 }), list => {
				const bars = barsOf(
					list.map((each, at) => bucket(at, each)),
					480,
					84,
				);
				for (const [at, { parts }] of bars.entries()) {
					expect(parts.map(({ series }) => series)).toEqual(
						SERIES.filter(series => (list[at]?.[series] ?? 0) > 0),
					);
					expect(parts.every(({ height }) => height >= 2)).toBe(true);
					expect(parts.every(({ y }) => y >= -0.001)).toBe(true);
				}
			}),
		);
	});

	it('a stretch goes from the start of one bucket to the end of another, whichever was taken first', () => {
		const buckets = [bucket(0), bucket(1), bucket(2)];
		expect(rangeOf(buckets, HOUR, 2, 1)).toEqual({ from: bucket(1).from, to: bucket(3).from });
		expect(rangeOf(buckets, HOUR, 1, 1)).toEqual({ from: bucket(1).from, to: bucket(2).from });
		expect(rangeOf(buckets, HOUR, 0, 7)).toBeUndefined();
	});

	it('a pointer outside of the chart is at its edge', () => {
		expect([-20, 0, 99.9, 100, 5000].map(x => bucketAt(x, 100, 10))).toEqual([0, 0, 9, 9, 9]);
	});

	it('says its numbers in words', () => {
		const text = bucketText(bucket(0, { allow: 1200, deny: 1 }), HOUR, NOW);
		expect(text).toMatch(/^.+ to .+: 1,200 allowed, 1 denied$/);
		expect(bucketText(bucket(0), HOUR, NOW)).toMatch(/: nothing$/);
		expect(timelineText([bucket(0, { allow: 2 }), bucket(1, { deny: 5 })], NOW)).toMatch(
			/^Since .+: 2 allowed, 5 denied; most at .+ \(5 entries\)\.$/,
		);
		expect(timelineText([], NOW)).toBe('Nothing to show.');
	});

	it('marks first and last bucket, and no more than fit', () => {
		const buckets = Array.from({ length: 60 }, (_, at) => bucket(at));
		const ticks = ticksOf(buckets, 480, NOW);
		expect(ticks.map(({ anchor }) => anchor)).toEqual(['start', 'middle', 'middle', 'end']);
		expect(ticks.every(({ x }, at) => at === 0 || x - (ticks[at - 1]?.x ?? 0) > 100)).toBe(true);
		expect(ticksOf([bucket(0)], 480, NOW).length).toBe(1);
		expect(ticksOf([], 480, NOW)).toEqual([]);
	});

	it('gives all marks in one form: times within a day, days and times over some, days over many', () => {
		const forms = (hours: number, step: number) =>
			ticksOf(
				Array.from({ length: hours / step }, (_, at) => bucket(at * step)),
				480,
				NOW,
			).map(({ text }) => text.replaceAll(/\d/gu, '0'));
		expect(new Set(forms(3, 1))).toEqual(new Set(['00:00:00']));
		expect(new Set(forms(60, 1))).toEqual(new Set(['00-00 00:00']));
		expect(new Set(forms(600, 10))).toEqual(new Set(['0000-00-00']));
	});
});
