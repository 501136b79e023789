import { expect, test } from 'vitest';
import { HarmlessNotices } from '../../../src/firewall/harmlessNotices';
import { ManualClock } from '../support/manualClock';

test('S-flood: the same bytes count as read for a second, under the policy they were read under', () => {
	const clock = new ManualClock();
	const harmless = new HarmlessNotices(clock);
	expect(harmless.has('a', 'policy')).toBe(false);
	harmless.add('a', 'policy');
	expect(harmless.has('a', 'policy')).toBe(true);
	expect(harmless.has('a', 'other policy')).toBe(false);
	expect(harmless.has('b', 'policy')).toBe(false);
	clock.advance(999);
	harmless.add('b', 'policy');
	expect(harmless.has('a', 'policy')).toBe(true);
	clock.advance(1);
	expect(harmless.has('a', 'policy')).toBe(false);
	expect(harmless.has('b', 'policy')).toBe(false);
});

test('however many differ, memory stays small', () => {
	const harmless = new HarmlessNotices(new ManualClock());
	for (let at = 0; at < 10_000; at++) {
		harmless.add(String(at), 'policy');
	}
	const known = Array.from({ length: 10_000 }, (_, at) => at).filter(at => harmless.has(String(at), 'policy'));
	expect(known.length).toBeLessThanOrEqual(256);
	expect(known).toContain(9999);
});
