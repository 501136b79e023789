import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importedBadgeText, readImportedBadge } from '../../../src/vscode/importedBadge';

const NOW = 1_735_689_600;
const encode = (value: unknown) =>
	Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const HEADER = { alg: 'EdDSA', typ: 'JWT', kid: 'one' };
const CLAIMS = {
	...{ jti: '8d6f6c4e-9f0e-4d0e-8a59-1c1d5b3f6d10', iss: 'https://ca.example', sub: 'did:web:me.example' },
	...{ aud: ['did:web:api.example'], iat: NOW - 10, exp: NOW + 100, ial: '0' },
	vc: { type: ['VerifiableCredential', 'AgentIdentity'], credentialSubject: { level: '2', domain: 'me.example' } },
};
const token = (claims: unknown = CLAIMS, header: unknown = HEADER) =>
	`${encode(header)}.${encode(claims)}.${Buffer.alloc(64, 7).toString('base64url')}`;

describe('the badge that a person imports', () => {
	it('says subject, issuer, level, audience and end', () => {
		const read = readImportedBadge(token(), NOW);
		expect(read).toMatchObject({ badge: { jti: CLAIMS.jti, level: '2', aud: ['did:web:api.example'] } });
		const text = 'badge' in read ? importedBadgeText(read.badge, NOW * 1000) : '';
		for (const part of [
			'did:web:me.example',
			'https://ca.example',
			'level 2 (Domain Validated)',
			'did:web:api.example',
		]) {
			expect(text).toContain(part);
		}
		expect(text).not.toContain(token());
	});

	it.each([
		['no audience', { ...CLAIMS, aud: undefined }, /names no audience/],
		[
			'an audience that is a text (RFC-002: an array)',
			{ ...CLAIMS, aud: 'did:web:api.example' },
			/names no audience/,
		],
		[
			'several audiences',
			{ ...CLAIMS, aud: ['did:web:api.example', 'did:web:other.example'] },
			/several audiences/,
		],
		['a life that no server of ours is shown', { ...CLAIMS, iat: NOW - 10, exp: NOW + 3_600 }, /lives too long/],
		['no beginning', { ...CLAIMS, iat: undefined }, /does not hold now/],
		['an empty audience', { ...CLAIMS, aud: [] }, /names no audience/],
		['an odd audience', { ...CLAIMS, aud: ['did:web:api.example', 5] }, /names no audience/],
		['over', { ...CLAIMS, exp: NOW }, /has expired/],
		['an end that is no number', { ...CLAIMS, exp: '9' }, /when it ends/],
		['a level that is a number', { ...CLAIMS, vc: { credentialSubject: { level: 2 } } }, /lacks/],
		['no subject', { ...CLAIMS, sub: 'me' }, /lacks/],
		['claims that are an array', [], /lacks/],
		['a member twice', `{"jti":"a","jti":"b"}`, /lacks/],
	])('%s: refused with a sentence that quotes nothing', (_, claims, why) => {
		const read = readImportedBadge(token(claims), NOW);
		expect('problem' in read && read.problem).toMatch(why);
	});

	it.each([
		{ ...HEADER, alg: 'none' },
		{ ...HEADER, alg: 'HS256' },
		{ ...HEADER, typ: 'pop+jws' },
	])('a header %j is none of a badge (typ separation, §6.1 #12)', header => {
		expect(readImportedBadge(token(CLAIMS, header), NOW)).toHaveProperty('problem');
	});

	it('no token at all, JSON serialisation, a token that is too long', () => {
		for (const odd of ['', 'x', 'a.b', 'a.b.c.d', '{"payload":""}', `${token()}${'A'.repeat(20_000)}`]) {
			expect(readImportedBadge(odd, NOW)).toHaveProperty('problem');
		}
	});

	it('property: nothing throws, and nothing is taken without an audience', () => {
		fc.assert(
			fc.property(fc.string(), fc.anything(), (text, value) => {
				readImportedBadge(text, NOW);
				const read = readImportedBadge(token({ ...CLAIMS, aud: value }), NOW);
				return 'problem' in read || read.badge.aud.length > 0;
			}),
		);
	});
});
