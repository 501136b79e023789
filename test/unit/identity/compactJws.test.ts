import fc from 'fast-check';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readCompactJws, signCompactJws, verifyCompactJws } from '../../../src/domain/identity/compactJws';
import { type PublicJwk } from '../../../src/domain/identity/publicJwk';
import { freshKey, signJws } from './issuer';

const key = freshKey();
const bytes = (text: string) => new TextEncoder().encode(text);
const part = (text: string | Buffer) => Buffer.from(text).toString('base64url');
const good = signJws(key, { typ: 'x+jws' }, { a: 1 });
const [header = '', payload = '', signature = ''] = good.split('.');
const verify = (token: string, typ = 'x+jws', by: PublicJwk = key.publicJwk) => verifyCompactJws(token, by, { typ });

describe('a compact JWS', () => {
	it('verifies with the key that signed it, under its typ, and gives the very bytes', async () => {
		expect(new TextDecoder().decode(await verify(good))).toBe('{"a":1}');
		const own = await signCompactJws({ typ: 'x+jws', kid: 'k' }, bytes('{"b":2}'), key.privateJwk);
		expect(new TextDecoder().decode(await verify(own))).toBe('{"b":2}');
		expect(readCompactJws(own)?.header).toEqual({ alg: 'EdDSA', typ: 'x+jws', kid: 'k' });
	});

	it('no other key, no other typ, no absent typ (P-10: what was signed for one purpose serves no other)', async () => {
		expect(await verify(good, 'x+jws', freshKey().publicJwk)).toBeUndefined();
		expect(await verify(good, 'JWT')).toBeUndefined();
		expect(await verify(good, 'X+JWS')).toBeUndefined();
		expect(await verify(signJws(key, {}, { a: 1 }))).toBeUndefined();
	});

	it.each([
		['no parts', ''],
		['two parts', `${header}.${payload}`],
		['four parts', `${good}.`],
		['an empty header', `.${payload}.${signature}`],
		['an empty payload', `${header}..${signature}`],
		['an empty signature', `${header}.${payload}.`],
		['padding', `${header}=.${payload}.${signature}`],
		['a blank at the end', `${good} `],
		['a line break at the end', `${good}\n`],
		['the other alphabet', good.replace(/[-_]/g, '+')],
		['a header that is no object', `${part('[]')}.${payload}.${signature}`],
		[
			'a header with a member twice',
			`${part('{"alg":"EdDSA","alg":"EdDSA","typ":"x+jws"}')}.${payload}.${signature}`,
		],
		['a header that is no UTF-8', `${part(Buffer.from([0x22, 0xff]))}.${payload}.${signature}`],
		['a header with a byte order mark', `${part('\uFEFF{"alg":"EdDSA","typ":"x+jws"}')}.${payload}.${signature}`],
		['JSON serialisation', JSON.stringify({ protected: header, payload, signature })],
		['too many characters', `${header}.${'A'.repeat(16_384)}.${signature}`],
	])('with %s is none', async (_, token) => {
		if (token !== good) {
			expect(readCompactJws(token)).toBeUndefined();
			expect(await verify(token)).toBeUndefined();
		}
	});

	it('bits to spare in a last character are not free to choose', () => {
		const loose = part('{"alg":"EdDSA"}').replace(/.$/, last => String.fromCharCode(last.charCodeAt(0) + 1));
		expect(readCompactJws(`${part('{"a":1}x').slice(0, -1)}R.${payload}.${signature}`)).toBeUndefined();
		expect(readCompactJws(`${loose}.${payload}.${signature}`)?.header.alg).not.toBe('HS256');
	});

	it.each([
		['alg none', { alg: 'none' }],
		['alg HS256', { alg: 'HS256' }],
		['alg ES256', { alg: 'ES256' }],
		['alg Ed25519', { alg: 'Ed25519' }],
		['alg eddsa', { alg: 'eddsa' }],
		['alg that is a list', { alg: ['EdDSA'] }],
		['crit', { crit: ['x'], x: 1 }],
		['an empty crit', { crit: [] }],
		['b64', { b64: false, crit: ['b64'] }],
		['b64 that changes nothing', { b64: true }],
	])('with %s does not verify, although its key signed it', async (_, over) => {
		expect(await verify(signJws(key, { typ: 'x+jws', ...over }, { a: 1 }))).toBeUndefined();
	});

	it('keys that a token brings along are never looked at (§4.2 2)', async () => {
		const attacker = freshKey();
		const jwk = { ...attacker.publicJwk };
		const over = { typ: 'x+jws', jwk, jku: 'https://evil.example/k', x5u: 'https://evil.example/c', x5c: ['MIIB'] };
		expect(await verify(signJws(attacker, over, { a: 1 }))).toBeUndefined();
		expect(await verify(signJws(key, over, { a: 1 }))).toBeDefined();
	});

	it('a key of small order verifies nothing, whatever the signature', async () => {
		const weak = { kty: 'OKP', crv: 'Ed25519', x: part(Buffer.from([1, ...Array<number>(31).fill(0)])) } as const;
		const zero = `${header}.${payload}.${part(Buffer.from([1, ...Array<number>(63).fill(0)]))}`;
		expect(await verify(zero, 'x+jws', weak)).toBeUndefined();
	});

	it('S is canonical: the same signature plus the order of the group does not verify', async () => {
		const raw = Buffer.from(signature, 'base64url');
		const order = 2n ** 252n + 27742317777372353535851937790883648493n;
		let s = BigInt(`0x${Buffer.from(raw.subarray(32)).reverse().toString('hex')}`) + order;
		for (let at = 32; at < 64; at++, s >>= 8n) {
			raw[at] = Number(s & 255n);
		}
		expect(await verify(`${header}.${payload}.${part(raw)}`)).toBeUndefined();
	});

	it('any character changed, anywhere, and it never verifies', async () => {
		const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n{"\u00e9';
		for (let at = 0; at < good.length; at++) {
			const other = alphabet[(at * 7 + good.charCodeAt(at)) % alphabet.length] ?? '';
			if (other !== good[at]) {
				expect(await verify(`${good.slice(0, at)}${other}${good.slice(at + 1)}`), String(at)).toBeUndefined();
			}
		}
	});

	it('nothing throws, whatever the text', async () => {
		await fc.assert(
			fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), async text => {
				expect(readCompactJws(text)).toBeUndefined();
				expect(await verify(`${header}.${part(text)}.${signature}`)).toBeUndefined();
				expect(await verify(`${part(text)}.${payload}.${signature}`)).toBeUndefined();
			}),
			{ numRuns: 300 },
		);
	});

	it('signing refuses what is no Ed25519 private key', async () => {
		const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
		const wrong = { kty: 'OKP', crv: 'Ed25519', x, d: d.slice(0, 8) } as const;
		await expect(signCompactJws({ typ: 'x' }, bytes('{}'), wrong)).rejects.toThrow();
	});
});
