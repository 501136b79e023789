import { describe, expect, it } from 'vitest';
import { phrase } from '../../../src/base/phrase';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { OverrideDesk, type UsedTokens } from '../../../src/firewall/overrideDesk';
import { aKeyPair, aToken } from '../identity/adminKeys';
import { randomIds } from '../support/auditRecords';
import { ManualClock } from '../support/manualClock';

const admin = aKeyPair();

/** Remembers in memory what was used. */
function inMemory(): UsedTokens {
	const used = new Set<string>();
	return {
		take: jti => Promise.resolve(used.has(jti) ? { kind: 'used' } : (used.add(jti), { kind: 'taken' })),
	};
}

function aDesk(used: UsedTokens = inMemory()) {
	const clock = new ManualClock();
	const records: AuditRecord[] = [];
	const log: string[] = [];
	const note = (message: string) => void log.push(message);
	const events = {
		trail: {
			append: (record: AuditRecord) => {
				records.push(record);
				return Promise.reject(new Error('nobody waits for it'));
			},
		},
		ids: randomIds,
		clock,
		logger: { trace: note, info: note, warn: note, error: note },
	};
	let keys = [admin.publicJwk];
	const desk = new OverrideDesk({ keys: () => keys, used, clock, events });
	const told = () => records.map(({ event }) => event);
	return {
		desk,
		clock,
		records,
		log,
		told,
		keep: (left: typeof keys) => void (keys = left),
		token: (over?: object) => aToken(admin, clock.now() / 1000, { ...over }),
	};
}

const covers = (desk: OverrideDesk) => desk.covering('tools/call', '/files/read_file') !== undefined;

describe('a break-glass token', () => {
	it('covers nothing from the moment on when the key that it is signed with is taken away', async () => {
		const { desk, keep, token } = aDesk();
		const other = aKeyPair().publicJwk;
		keep([other, admin.publicJwk]);
		expect(await desk.use(await token())).toMatchObject({ ok: true });
		expect(covers(desk)).toBe(true);
		keep([other]);
		expect(covers(desk)).toBe(false);
		keep([]);
		expect(covers(desk)).toBe(false);
	});

	it('stands above the decision service from its use to its end, and everybody is told', async () => {
		const { desk, clock, told, token, records, log } = aDesk();
		let changes = 0;
		desk.onDidChange(() => changes++);
		expect(covers(desk)).toBe(false);
		const text = await token();
		expect(await desk.use(`${text}\n`)).toMatchObject({
			ok: true,
			override: { jti: 'token-1', sub: 'ops@example' },
		});
		expect(desk.covering('tools/call', '/files/read_file')).toMatchObject({ reason: 'the decision service burns' });
		expect(told()).toEqual(['break-glass-used']);
		expect(records[0]!.detail).toMatch(/^token-1 by .* for ops@example until .*: the decision service burns$/);
		expect(log.join()).toMatch(/break-glass token is in use/);
		clock.advance(299_999);
		expect(covers(desk)).toBe(true);
		clock.advance(1);
		expect(covers(desk)).toBe(false);
		expect(told()).toEqual(['break-glass-used', 'break-glass-ended']);
		expect([changes, desk.list(), clock.waiting]).toEqual([2, [], 0]);
		expect(JSON.stringify([records, log])).not.toContain(text.split('.')[2]);
	});

	it('covers only its scope', async () => {
		const { desk, token } = aDesk();
		await desk.use(await token({ scope: { methods: ['tools/call'], routes: ['/files'] } }));
		expect(desk.covering('tools/call', '/files/read_file')).toBeDefined();
		expect(desk.covering('tools/call', '/filesystem/read_file')).toBeUndefined();
		expect(desk.covering('resources/read', '/files/read_file')).toBeUndefined();
	});

	it('is put to use once, whether it is still in use, has ended, or was used elsewhere', async () => {
		const used = inMemory();
		const { desk, token, told } = aDesk(used);
		const text = await token();
		expect((await desk.use(text)).ok).toBe(true);
		expect(await desk.use(text)).toEqual({ ok: false, why: phrase('it was used before') });
		desk.end();
		expect((await desk.use(text)).ok).toBe(false);
		const other = aDesk(used);
		expect((await other.desk.use(text)).ok).toBe(false);
		expect(covers(other.desk)).toBe(false);
		expect(told()).toEqual(['break-glass-used', 'break-glass-refused', 'break-glass-ended', 'break-glass-refused']);
	});

	it('is refused where it cannot be told whether it was used before', async () => {
		for (const used of [
			{ take: () => Promise.resolve({ kind: 'trouble', why: 'x' } as const) },
			{ take: () => Promise.reject(new Error('kaput')) },
		]) {
			const { desk, token, told } = aDesk(used);
			expect((await desk.use(await token())).ok).toBe(false);
			expect(covers(desk)).toBe(false);
			expect(told()).toEqual(['break-glass-refused']);
		}
	});

	it('that does not hold is not even taken', async () => {
		let taken = 0;
		const { desk, token } = aDesk({ take: () => Promise.resolve({ kind: (taken++, 'taken') }) });
		expect((await desk.use(await token({ exp: 1 }))).ok).toBe(false);
		expect((await desk.use('no token')).ok).toBe(false);
		expect(taken).toBe(0);
	});

	it('ends where the clock is set ahead, and is no longer where it is set back', async () => {
		const { desk, clock, token } = aDesk();
		await desk.use(await token());
		const wall = clock.now();
		clock.setWall(wall + 300_000);
		expect(covers(desk)).toBe(false);
		clock.setWall(wall - 3_600_000);
		expect(covers(desk)).toBe(true);
		clock.advance(300_000);
		expect(covers(desk)).toBe(false);
	});

	it('ends with its window', async () => {
		const { desk, token, told, clock } = aDesk();
		await desk.use(await token());
		desk.dispose();
		expect([covers(desk), told().at(-1), clock.waiting]).toEqual([false, 'break-glass-ended', 0]);
	});
});
