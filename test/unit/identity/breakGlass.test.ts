import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inEnglish } from '../../../src/base/phrase';
import { type JsonValue } from '../../../src/base/json';
import { type BreakGlassScope, readBreakGlass, scopeCovers } from '../../../src/domain/identity/breakGlass';
import { signCompactJws } from '../../../src/domain/identity/compactJws';
import { readPublicKeys } from '../../../src/domain/identity/readPublicKeys';
import { aKeyPair, aToken } from './adminKeys';
import { vectors } from './vectors';

const { breakglass_scope } = vectors<{
	breakglass_scope: { cases: (BreakGlassScope & { method: string; route: string; match: boolean })[] };
}>('misc');
const PUBLISHED = vectors<Readonly<Record<string, { readonly x?: string }>>>('keys');

const NOW = 1_790_000_000;
const admin = aKeyPair();
const keys = [admin.publicJwk];

describe('the scope of a break-glass token (misc.breakglass_scope)', () => {
	it.each(breakglass_scope.cases.map(one => [JSON.stringify(one), one] as const))('%s', (_, one) => {
		expect(scopeCovers(one, one.method, one.route)).toBe(one.match);
	});
});

describe('a break-glass token', () => {
	it('holds where an administrator signed it', async () => {
		expect(await readBreakGlass(await aToken(admin, NOW), keys, NOW)).toEqual({
			ok: true,
			token: {
				...{ jti: 'token-1', iss: 'https://admin.example', sub: 'ops@example', iat: NOW, exp: NOW + 300 },
				reason: 'the decision service burns',
				scope: { methods: ['tools/call'], routes: ['*'] },
				signedBy: admin.publicJwk.x,
			},
		});
	});

	it('holds with the second of two keys', async () => {
		expect((await readBreakGlass(await aToken(admin, NOW), [aKeyPair().publicJwk, ...keys], NOW)).ok).toBe(true);
	});

	it.each([
		['by nobody that is configured', aToken(aKeyPair(), NOW)],
		['as a badge', aToken(admin, NOW, {}, 'JWT')],
		['as an envelope', aToken(admin, NOW, {}, 'capiscio-authority-envelope+jws')],
	])('signed %s is refused', async (_, token) => {
		expect((await readBreakGlass(await token, keys, NOW)).ok).toBe(false);
	});

	it('is refused where no key is configured, or one that everybody has', async () => {
		expect((await readBreakGlass(await aToken(admin, NOW), [], NOW)).ok).toBe(false);
		const known = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;
		const d = 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A';
		const token = await aToken({ publicJwk: known, privateJwk: { ...known, d } }, NOW);
		expect((await readBreakGlass(token, [known], NOW)).ok).toBe(false);
	});

	it('without signature, or under none, is refused', async () => {
		const [header, payload = ''] = (await aToken(admin, NOW)).split('.');
		const none = Buffer.from('{"alg":"none","typ":"capiscio-breakglass+jwt"}').toString('base64url');
		for (const token of [
			`${header}.${payload}.`,
			`${none}.${payload}.`,
			`${header}.${payload}`,
			'',
			'{}',
			'a.b.c',
		]) {
			expect((await readBreakGlass(token, keys, NOW)).ok).toBe(false);
		}
	});

	it.each<[string, Record<string, unknown>, RegExp]>([
		['no id', { jti: undefined }, /which token/],
		['an empty id', { jti: ' ' }, /which token/],
		['no issuer', { iss: undefined }, /which token/],
		['no subject', { sub: 7 }, /which token/],
		['no reason', { reason: undefined }, /no reason/],
		['an empty reason', { reason: '' }, /no reason/],
		['a reason without end', { reason: 'x'.repeat(257) }, /no reason/],
		['no scope', { scope: undefined }, /scope/],
		['a scope without routes', { scope: { methods: ['*'] } }, /scope/],
		['a route that is no path', { scope: { methods: ['*'], routes: ['files'] } }, /scope/],
		['a route that is every path', { scope: { methods: ['*'], routes: ['/'] } }, /scope/],
		['an empty route', { scope: { methods: ['*'], routes: [''] } }, /scope/],
		['no end', { exp: undefined }, /from when to when/],
		['an end as a text', { exp: String(NOW + 300) }, /from when to when/],
		['an end before its beginning', { exp: NOW }, /from when to when/],
		['half a second', { exp: NOW + 300.5 }, /from when to when/],
		['a life of 901 s', { exp: NOW + 901 }, /longer than 15 minutes/],
		['an end that has come', { iat: NOW - 300, exp: NOW }, /expired/],
		['a beginning in 61 s', { iat: NOW + 61, exp: NOW + 300 }, /future/],
	])('with %s is refused', async (_, over, why) => {
		const read = await readBreakGlass(await aToken(admin, NOW, over), keys, NOW);
		expect(read.ok ? 'ok' : inEnglish(read.why)).toMatch(why);
	});

	it.each<[string, Record<string, unknown>]>([
		['a life of 900 s', { exp: NOW + 900 }],
		['one second left', { iat: NOW - 300, exp: NOW + 1 }],
		['a signer whose clock is a minute ahead', { iat: NOW + 60, exp: NOW + 300 }],
		['a member that nobody knows', { note: 1 }],
	])('with %s holds', async (_, over) => {
		expect((await readBreakGlass(await aToken(admin, NOW, over), keys, NOW)).ok).toBe(true);
	});

	it('with a claim twice is refused: another parser would read another token', async () => {
		const text = `{"jti":"a","jti":"b","iss":"i","sub":"s","reason":"r","iat":${NOW},"exp":${NOW + 60},"scope":{"methods":["*"],"routes":["*"]}}`;
		const token = await signCompactJws(
			{ typ: 'capiscio-breakglass+jwt' },
			new TextEncoder().encode(text),
			admin.privateJwk,
		);
		expect((await readBreakGlass(token, keys, NOW)).ok).toBe(false);
	});

	it('never holds with any character changed, and never throws (property)', async () => {
		const token = await aToken(admin, NOW);
		await fc.assert(
			fc.asyncProperty(
				fc.nat(token.length - 1),
				fc.constantFrom(...'A B C X Y Z a b c x y z 0 1 8 9 - _ . ='.split(' '), ' ', '\n'),
				async (at, char) => {
					const changed = token.slice(0, at) + char + token.slice(at + 1);
					const read = await readBreakGlass(changed, keys, NOW);
					expect(read.ok).toBe(changed === token);
				},
			),
			{ numRuns: 300 },
		);
	});
});

describe('the administrators’ keys', () => {
	const { publicJwk, privateJwk } = admin;

	it.each([
		['one', publicJwk],
		['a list', [publicJwk]],
		['a set', { keys: [publicJwk] }],
	])('are read from %s', (_, value) => {
		expect(readPublicKeys(value as unknown as JsonValue)).toEqual({ ok: true, keys: [publicJwk] });
	});

	it.each([
		['nothing', undefined],
		['an empty list', []],
		['a text', 'key'],
		['a private key', privateJwk],
		['a good one and a bad one', [publicJwk, { kty: 'RSA' }]],
		['another curve', { ...publicJwk, crv: 'X25519' }],
		['seventeen', Array.from({ length: 17 }, () => publicJwk)],
	])('are refused as %s, as a whole', (_, value) => {
		const read = readPublicKeys(value as unknown as JsonValue | undefined);
		expect(read.ok).toBe(false);
		expect(JSON.stringify(read)).not.toContain(privateJwk.d);
	});

	it('are refused where their private half is published (keys.json)', () => {
		const published = Object.values(PUBLISHED).flatMap(({ x }) => (x === undefined ? [] : [x]));
		expect(published.length).toBeGreaterThan(2);
		for (const x of published) {
			expect(readPublicKeys({ kty: 'OKP', crv: 'Ed25519', x }).ok).toBe(false);
		}
	});
});
