import { describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { CallerIdentities } from '../../../src/vscode/callerBadges';
import { readImportedBadge } from '../../../src/vscode/importedBadge';

const START = 1_735_689_600_000;
const SERVER = 'did:web:api.example';
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string) =>
	JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

function issued(more: Record<string, unknown> = {}): string {
	const now = START / 1000;
	const claims = {
		...{ jti: '8d6f6c4e-9f0e-4d0e-8a59-1c1d5b3f6d10', iss: 'https://ca.example', sub: 'did:web:me.example' },
		...{ aud: [SERVER], iat: now, exp: now + 300, ial: '0' },
		vc: { type: ['VerifiableCredential', 'AgentIdentity'], credentialSubject: { level: '1' } },
		...more,
	};
	return `${encode({ alg: 'EdDSA', typ: 'JWT' })}.${encode(claims)}.${Buffer.alloc(64, 7).toString('base64url')}`;
}

function room() {
	const values = new Map<string, string>();
	const changed = new Emitter<{ key: string }>();
	let broken = false;
	const turn = async () => {
		await new Promise<void>(resolve => setImmediate(resolve));
		if (broken) {
			throw new Error('The keyring is locked.');
		}
	};
	const storage = {
		get: async (key: string) => (await turn(), values.get(key)),
		store: async (key: string, value: string) => {
			await turn();
			values.set(key, value);
			changed.fire({ key });
		},
		delete: async (key: string) => {
			await turn();
			values.delete(key);
			changed.fire({ key });
		},
	};
	let now = START;
	let count = 0;
	const ids = { uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}` };
	const kept: boolean[] = [];
	const open = () =>
		new CallerIdentities({
			...{ storage, onDidChange: changed.event, clock: { now: () => now }, ids },
			onKept: there => kept.push(there),
		});
	return {
		...{ values, open, kept },
		pass: (ms: number) => (now += ms),
		break: () => (broken = true),
		keep: async (caller: CallerIdentities, token: string) => {
			const read = readImportedBadge(token, now / 1000);
			await caller.keepBadge('badge' in read ? read.badge : expect.unreachable());
		},
	};
}

describe('a local identity', () => {
	it('signs a badge for one server, good for a minute at most, of level 0 and its own key', async () => {
		const { open } = room();
		const caller = open();
		const did = await caller.createLocal();
		const badge = await caller.badgeFor(SERVER);
		const claims = claimsOf(badge!.token);
		expect(claims).toMatchObject({ iss: did, sub: did, aud: [SERVER], jti: badge!.jti });
		expect(Number(claims.exp) - Number(claims.iat)).toBeLessThanOrEqual(60);
		expect(claims.vc).toMatchObject({ credentialSubject: { level: '0' } });
		expect(await caller.current()).toEqual({ kind: 'local', did });
	});

	it('§6.1 #20: one server never gets the badge of another', async () => {
		const caller = room().open();
		await caller.createLocal();
		const [one, other] = [await caller.badgeFor(SERVER), await caller.badgeFor('did:web:evil.example')];
		expect(claimsOf(other!.token).aud).toEqual(['did:web:evil.example']);
		expect(one!.jti).not.toBe(other!.jti);
	});

	it('is used again for calls in quick succession, and renewed before it ends', async () => {
		const { open, pass } = room();
		const caller = open();
		await caller.createLocal();
		const first = await caller.badgeFor(SERVER);
		pass(20_000);
		expect((await caller.badgeFor(SERVER))?.jti).toBe(first?.jti);
		pass(20_000);
		expect((await caller.badgeFor(SERVER))?.jti).not.toBe(first?.jti);
	});

	it('another window that removes it is heard', async () => {
		const { open } = room();
		const [here, there] = [open(), open()];
		await here.createLocal();
		expect(await here.badgeFor(SERVER)).toBeDefined();
		await there.remove();
		expect(await here.badgeFor(SERVER)).toBeUndefined();
		expect(await here.current()).toEqual({ kind: 'none' });
	});

	it('whether there is one to remove is told at the start and after each change, also of what is over or damaged', async () => {
		const { open, kept, values, keep, pass } = room();
		const last = (wanted: boolean) => vi.waitFor(() => expect(kept.at(-1)).toBe(wanted));
		const caller = open();
		await last(false);
		await keep(caller, issued());
		await last(true);
		await caller.remove();
		await last(false);
		await caller.createLocal();
		await last(true);
		await open().remove();
		await last(false);
		values.set('callerKey', 'damaged');
		pass(400_000);
		open();
		await last(true);
	});

	it('a damaged key is none', async () => {
		const { open, values } = room();
		const caller = open();
		await caller.createLocal();
		for (const odd of ['', '{}', '{"kty":"OKP","crv":"Ed25519","x":"short","d":"short"}', 'x'.repeat(100)]) {
			values.set('callerKey', odd);
			expect(await open().badgeFor(SERVER)).toBeUndefined();
		}
	});
});

describe('an imported badge', () => {
	it('goes to the servers that it names, and to no other', async () => {
		const { open, keep } = room();
		const caller = open();
		await keep(caller, issued());
		expect((await caller.badgeFor(SERVER))?.token).toBe(issued());
		expect(await caller.badgeFor('did:web:evil.example')).toBeUndefined();
		expect(await caller.badgeFor(`${SERVER}:below`)).toBeUndefined();
	});

	it('is not given out once it is over, nor in its last seconds', async () => {
		const { open, keep, pass } = room();
		const caller = open();
		await keep(caller, issued());
		pass(296_000);
		expect(await caller.badgeFor(SERVER)).toBeUndefined();
		expect(await caller.current()).toEqual({ kind: 'none' });
	});

	it('takes the place of the local key, and the key the place of the badge: one identity at a time', async () => {
		const { open, keep, values } = room();
		const caller = open();
		await caller.createLocal();
		await keep(caller, issued());
		expect([...values.keys()]).toEqual(['callerBadge']);
		await caller.createLocal();
		expect([...values.keys()]).toEqual(['callerKey']);
		await caller.remove();
		expect([...values.keys()]).toEqual([]);
	});
});

describe('without an identity, or with a storage that fails', () => {
	it('there is no badge, and nothing is thrown', async () => {
		const { open, break: lock } = room();
		const caller = open();
		expect(await caller.badgeFor(SERVER)).toBeUndefined();
		lock();
		expect(await caller.badgeFor(SERVER)).toBeUndefined();
		expect(await caller.current()).toEqual({ kind: 'none' });
	});
});
