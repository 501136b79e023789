import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	isLockedTo,
	joinLocks,
	LOCK_KEYS,
	type LockKey,
	LOCKS,
	underLock,
} from '../../../src/domain/policy/organisationLocks';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';

const settingsOf = (text: string, file = 'org.yaml') => {
	const { policy, problems } = parsePolicy(text, file);
	expect(problems).toEqual([]);
	return policy?.settings ?? [];
};
const locksOf = (...texts: readonly string[]) =>
	joinLocks(texts.map((text, index) => settingsOf(`settings:\n  ${text}\n`, `${String(index)}.yaml`)));
const value = (key: LockKey, ...texts: readonly string[]) => locksOf(...texts).locked.get(key)?.value;

describe('what an organisation locks', () => {
	it('a locked value holds whatever the person wrote', () => {
		const locks = locksOf('prompts: both\n  audit.durability: synced\n  notices: true');
		for (const own of ['firewallOnly', undefined, null, 7, {}]) {
			expect(underLock('prompts', own, locks)).toBe('both');
			expect(underLock('audit.durability', own, locks)).toBe('synced');
			expect(underLock('notices', own, locks)).toBe(true);
		}
		expect(underLock('approvalSurface', 'panel', locks)).toBe('panel');
	});
	it.each([
		[30, 30],
		[600, 60],
		[undefined, 60],
		['600', 60],
		[NaN, 60],
	])('a longest time is a bound: of %s holds %s', (own, holds) => {
		expect(underLock('approvalTimeout', own, locksOf('approvalTimeout: 60'))).toBe(holds);
	});
	it.each([
		[365, 30, 365],
		[365, 400, 400],
		[365, 0, 0],
		[0, 400, 0],
		[365, 'no', 365],
	])('a least time is a bound, and 0 is for ever: locked %s, own %s, holds %s', (locked, own, holds) => {
		expect(underLock('audit.retentionDays', own, locksOf(`audit.retentionDays: ${String(locked)}`))).toBe(holds);
	});

	it('of several files the strictest value holds, whatever their order', () => {
		for (const [key, mild, strict] of [
			['preset', 'observe', 'strict'],
			['prompts', 'firewallOnly', 'both'],
			['approvalSurface', 'panel', 'notification'],
			['approvalTimeout', 600, 60],
			['audit.durability', 'written', 'synced'],
			['audit.retentionDays', 30, 0],
			['identity.acceptLevelZero', true, false],
			['identity.maxStaleness', 600, 60],
			['grants.workspace', true, false],
			['grants.maxHours', 24, 1],
			['releaseWithheld', true, false],
			['policyFile', '/etc/own.yaml', false],
		] as const) {
			const [a, b] = [`${key}: ${String(mild)}`, `${key}: ${String(strict)}`];
			expect([value(key, a, b), value(key, b, a)], key).toEqual([strict, strict]);
		}
	});
	it('where none is stricter the upper file’s holds', () => {
		const [a, b] = ['audit.otlpEndpoint: https://a.example/', "audit.otlpEndpoint: 'https://b.example/'"];
		expect([value('audit.otlpEndpoint', a, b), value('audit.otlpEndpoint', b, a)]).toEqual([
			'https://a.example/',
			'https://b.example/',
		]);
	});
	it('of lists only what every file names', () => {
		const [a, b] = [
			"identity.trustedIssuers: [{origin: 'https://a.example'}, {origin: 'https://b.example'}]",
			"identity.trustedIssuers: [{origin: 'https://b.example'}]",
		];
		expect(value('identity.trustedIssuers', a, b)).toEqual([{ origin: 'https://b.example' }]);
		expect(value('breakGlass.keys', 'breakGlass.keys: []', 'breakGlass.keys: []')).toEqual([]);
	});
	it('lists of servers stay apart: each has to let a server run', () => {
		const { serverLists } = locksOf('allowedServers: [{serverName: a}]', 'deniedServers: [{serverName: a}]');
		expect(serverLists.map(({ source, allowed, denied }) => [source, allowed?.length, denied.length])).toEqual([
			['0.yaml:2', 1, 0],
			['1.yaml:2', undefined, 1],
		]);
	});
	it('knows where each stands', () => {
		expect(locksOf('preset: strict\n  prompts: both').locked.get('prompts')?.at).toMatchObject({
			file: '0.yaml',
			line: 3,
		});
		expect(isLockedTo('releaseWithheld', false, locksOf('releaseWithheld: false'))).toBe(true);
		expect(isLockedTo('releaseWithheld', false, locksOf('prompts: both'))).toBe(false);
	});

	it('a further file never loosens a bound or a flag that has a strict side (property)', () => {
		const strictTo = (key: LockKey) => {
			const lock = LOCKS[key];
			return lock.kind === 'flag' && 'strict' in lock ? lock.strict : undefined;
		};
		const valuesOf = (key: LockKey): readonly unknown[] => {
			const lock = LOCKS[key];
			if (lock.kind === 'word') {
				return lock.words;
			}
			if (lock.kind === 'most' || lock.kind === 'least') {
				return [lock.min, lock.min + 1, 300];
			}
			return strictTo(key) === undefined ? [] : [true, false];
		};
		const line = fc.constantFrom(
			...LOCK_KEYS.flatMap(key => valuesOf(key).map(each => [key, `${key}: ${String(each)}`] as const)),
		);
		const rank = (key: LockKey, held: unknown): number => {
			const lock = LOCKS[key];
			if (lock.kind === 'word') {
				return -lock.words.indexOf(held as never);
			}
			if (lock.kind === 'most') {
				return -Number(held);
			}
			if (lock.kind === 'least') {
				return held === 0 ? Infinity : Number(held);
			}
			return held === strictTo(key) ? 1 : 0;
		};
		fc.assert(
			fc.property(line, line, ([key, first], [, second]) => {
				const alone = value(key, first);
				expect(rank(key, value(key, first, second))).toBeGreaterThanOrEqual(rank(key, alone));
				expect(rank(key, value(key, second, first))).toBeGreaterThanOrEqual(rank(key, alone));
			}),
		);
	});
});
