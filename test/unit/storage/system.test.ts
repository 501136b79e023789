import { describe, expect, it } from 'vitest';
import { isWithin } from '../../../src/domain/policy/pathSegments';
import { canonicalForms } from '../../../src/domain/policy/canonicalForms';
import { scheduleInSlices, systemHost } from '../../../src/storage/system';

/** Timers as a host has them: due by a clock that may go on while the machine sleeps. */
function host() {
	let now = 0;
	let timers: { readonly at: number; readonly run: () => void }[] = [];
	const schedule = scheduleInSlices((delayMs, run) => {
		const timer = { at: now + delayMs, run };
		timers.push(timer);
		return () => void (timers = timers.filter(other => other !== timer));
	});
	/** What is due runs once, however late: whatever it sets counts from now. */
	const jump = (ms: number) => {
		now += ms;
		const due = timers.filter(timer => timer.at <= now);
		timers = timers.filter(timer => timer.at > now);
		due.forEach(timer => timer.run());
	};
	const pass = (ms: number) => {
		for (let passed = 0; passed < ms; passed += 100) {
			jump(100);
		}
	};
	return { schedule, jump, pass, left: () => timers.length };
}

describe('the clock of the system', () => {
	it('a machine that sleeps for a night denies no approval and gives no request up on waking', () => {
		const { schedule, jump, pass } = host();
		let late = false;
		schedule(120_000, () => (late = true));
		pass(30_000);
		jump(8 * 3_600_000);
		expect(late).toBe(false);
		pass(80_000);
		expect(late).toBe(false);
		pass(10_000);
		expect(late).toBe(true);
	});

	it('without sleep it is on time, also beyond what one timer can last, and fires once', () => {
		const { schedule, pass, jump, left } = host();
		const fired: string[] = [];
		schedule(0, () => fired.push('now'));
		schedule(4_000, () => fired.push('short'));
		schedule(12_300, () => fired.push('long'));
		schedule(2 ** 33, () => fired.push('never here'));
		jump(0);
		expect(fired).toEqual(['now']);
		pass(12_200);
		expect(fired).toEqual(['now', 'short']);
		pass(100);
		expect(fired).toEqual(['now', 'short', 'long']);
		expect(left()).toBe(1);
	});

	it('what is cancelled between two slices does not fire', () => {
		const { schedule, pass, left } = host();
		const timer = schedule(12_000, () => expect.unreachable());
		pass(6_000);
		timer.dispose();
		pass(20_000);
		expect(left()).toBe(0);
	});
});

describe('the folders of the host hold what calls name in them', () => {
	it.each([
		['win32', 'c:\\ws', 'C:\\WS\\a.txt', 'C:/ws'],
		['win32', '\\\\Host\\share\\ws', '\\\\host\\share\\ws\\a.txt', '//host/share/ws'],
		['darwin', '/private/tmp/ws/', '/tmp/ws/a.txt', '/tmp/ws'],
		['linux', '/ws', '/ws/a.txt', '/ws'],
	] as const)('%s: %s', (os, folder, file, canonical) => {
		const host = systemHost([folder], os, os === 'win32' ? 'C:\\Users\\p' : '/home/p');
		expect(host.workspaceFolders).toEqual([canonical]);
		const { candidates } = canonicalForms(file, { host, root: canonical });
		expect(candidates.length).toBeGreaterThan(0);
		expect(candidates.every(path => isWithin(path, canonical, host))).toBe(true);
	});

	it('one that has no such form stays as it is, and holds nothing', () => {
		const folder = 'C:\\Users\\RUNNER~1\\ws';
		const host = systemHost([folder], 'win32', 'C:\\Users\\p');
		expect(host.workspaceFolders).toEqual([folder]);
	});
});
