import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import { answerChallenge, type ProofSigner } from '../../../src/domain/identity/answerChallenge';
import { jwkOfDidKey } from '../../../src/domain/identity/did';
import {
	challengeMeta,
	isPopNonce,
	LEGACY_NONCE_KEY,
	LEGACY_SIGNATURE_KEY,
	type PopChallenge,
	popNonce,
	PROOF_KEY,
	verifyLegacyProof,
	verifyProof,
} from '../../../src/domain/identity/proofOfPossession';
import { type PublicJwk } from '../../../src/domain/identity/publicJwk';
import { freshKey, signJws, type TestKey } from './issuer';
import { vectors } from './vectors';

interface PopCase {
	readonly id: string;
	readonly desc: string;
	readonly nonce: string;
	readonly did: string;
	readonly jws?: string;
	readonly age_s?: number;
	readonly ok?: boolean;
	readonly ok_go?: boolean;
	readonly ok_python?: boolean;
	readonly upstream_jws?: string;
	readonly sign_must_be_refused?: boolean;
}

const NOW = 1_800_000_000;
const HEX = 'a1'.repeat(32);
const ORIGIN = 'origin:https://mcp.example';
const CHALLENGE: PopChallenge = { v: 2, nonce: popNonce(HEX), aud: 'mcp-firewall', bind: ORIGIN };
const { cases } = vectors<{ cases: readonly PopCase[] }>('pop');

function signerFor(key: TestKey, over: Partial<ProofSigner> = {}): ProofSigner {
	const place = { kind: 'http', origins: ['https://mcp.example'] } as const;
	return { did: key.did, privateJwk: key.privateJwk, place, ...over };
}

const expected = (key: TestKey, over = {}) => ({
	...{ did: key.did, key: key.publicJwk, askedAt: NOW, answeredAt: NOW + 1 },
	...over,
});

async function proofOf(key: TestKey, signer: Partial<ProofSigner> = {}, challenge = CHALLENGE): Promise<string> {
	const meta = await answerChallenge(challengeMeta(challenge), signerFor(key, signer), NOW);
	return meta[PROOF_KEY] as string;
}

describe('proofs of the first form (pop.json)', () => {
	it.each(cases.filter(({ jws }) => jws !== undefined))(
		'$id $desc',
		async ({ jws, nonce, did, age_s = 0, ...known }) => {
			const key = jwkOfDidKey(did) as PublicJwk;
			const at = (maxAge: number) =>
				verifyLegacyProof(jws ?? '', nonce, { key, askedAt: NOW, answeredAt: NOW + age_s }, maxAge);
			const { ok, ok_go: go, ok_python: python } = known;
			expect((await at(30)) === 'ok').toBe(go ?? ok);
			expect((await at(300)) === 'ok').toBe(python ?? ok);
		},
	);

	it('P-07, P-08: an answer that is right and too old is expired, not failed', async () => {
		for (const { jws = '', nonce, did } of cases.filter(({ id }) => id === 'P-07' || id === 'P-08')) {
			const key = jwkOfDidKey(did) as PublicJwk;
			expect(await verifyLegacyProof(jws, nonce, { key, askedAt: NOW, answeredAt: NOW + 301 })).toBe('expired');
		}
	});

	it.each(cases.filter(each => each.sign_must_be_refused === true))('$id: the signer refuses', async ({ nonce }) => {
		const key = freshKey();
		const meta = { [LEGACY_NONCE_KEY]: nonce };
		expect(await answerChallenge(meta, signerFor(key, { legacy: true }), NOW)).toEqual({});
	});

	it('the typ is checked: what is signed as a badge, or as the second form, is no proof', async () => {
		const key = freshKey();
		const nonce = popNonce(HEX);
		const given = { key: key.publicJwk, askedAt: NOW, answeredAt: NOW };
		expect(await verifyLegacyProof(signJws(key, { typ: 'pop+jws' }, nonce), nonce, given)).toBe('ok');
		for (const typ of ['JWT', 'mcp-pop+jws', undefined]) {
			const jws = signJws(key, typ === undefined ? {} : { typ }, nonce);
			expect(await verifyLegacyProof(jws, nonce, given)).toBe('failed');
		}
	});

	it('signed only where the server says so, and verified against its key', async () => {
		const key = freshKey();
		const nonce = popNonce(HEX);
		const meta = { [LEGACY_NONCE_KEY]: nonce };
		expect(await answerChallenge(meta, signerFor(key), NOW)).toEqual({});
		const answer = await answerChallenge(meta, signerFor(key, { legacy: true }), NOW);
		const jws = answer[LEGACY_SIGNATURE_KEY] as string;
		const given = { key: key.publicJwk, askedAt: NOW, answeredAt: NOW };
		expect(await verifyLegacyProof(jws, nonce, given)).toBe('ok');
		expect(await verifyLegacyProof(jws, nonce, { ...given, key: freshKey().publicJwk })).toBe('failed');
	});
});

describe('proofs of the second form (identity.md §3.5)', () => {
	it('what our signer signs verifies, over HTTP and on stdio', async () => {
		const key = freshKey();
		expect(await verifyProof(await proofOf(key), CHALLENGE, expected(key))).toBe('ok');
		const stdio = { ...CHALLENGE, bind: `stdio:${'c'.repeat(64)}` };
		const jws = await proofOf(key, { place: { kind: 'stdio' } }, stdio);
		expect(await verifyProof(jws, stdio, expected(key))).toBe('ok');
	});

	it('relay: a server signs for no place but its own, whatever it is asked', async () => {
		const key = freshKey();
		const ask = (bind: string, place: ProofSigner['place']) =>
			answerChallenge(challengeMeta({ ...CHALLENGE, bind }), signerFor(key, { place }), NOW);
		const http = { kind: 'http', origins: ['https://mcp.example'] } as const;
		expect(await ask('origin:https://evil.example', http)).toEqual({});
		expect(await ask('origin:https://mcp.example.evil.example', http)).toEqual({});
		expect(await ask(`stdio:${'c'.repeat(64)}`, http)).toEqual({});
		expect(await ask(ORIGIN, { kind: 'stdio' })).toEqual({});
		expect(await ask(`stdio:${'c'.repeat(64)}`, { kind: 'stdio', launchDigest: 'd'.repeat(64) })).toEqual({});
		expect(Object.keys(await ask(ORIGIN, http))).toEqual([PROOF_KEY]);
	});

	it('relay: a proof for another place fails', async () => {
		const key = freshKey();
		const jws = await proofOf(key);
		const here = { ...CHALLENGE, bind: 'origin:https://evil.example' };
		expect(await verifyProof(jws, here, expected(key))).toBe('failed');
	});

	it.each<[string, JsonObject]>([
		['another nonce (replay)', { nonce: popNonce('b2'.repeat(32)) }],
		['another subject', { sub: 'did:web:other.example' }],
		['another audience', { aud: 'someone-else' }],
		['another place', { bind: 'origin:https://evil.example' }],
		['version 1', { v: 1 }],
		['a version as text', { v: '2' }],
		['no time', { iat: null }],
		['a life over 60 s', { exp: NOW + 61 }],
		['an end before its beginning', { exp: NOW - 1 }],
	])('%s fails', async (_, over) => {
		const key = freshKey();
		const claims = { ...CHALLENGE, sub: key.did, iat: NOW, exp: NOW + 60, ...over };
		const jws = signJws(key, { typ: 'mcp-pop+jws' }, claims);
		expect(await verifyProof(jws, CHALLENGE, expected(key))).toBe('failed');
	});

	it('the same claims verify; under another typ, by another key, or with members twice, they do not', async () => {
		const key = freshKey();
		const claims = { ...CHALLENGE, sub: key.did, iat: NOW, exp: NOW + 60 };
		const good = signJws(key, { typ: 'mcp-pop+jws' }, claims);
		expect(await verifyProof(good, CHALLENGE, expected(key))).toBe('ok');
		const twice = `{"nonce":"x",${JSON.stringify(claims).slice(1)}`;
		const bad = [
			signJws(key, { typ: 'JWT' }, claims),
			signJws(key, { typ: 'pop+jws' }, claims),
			signJws(freshKey(), { typ: 'mcp-pop+jws' }, claims),
			signJws(key, { typ: 'mcp-pop+jws' }, twice),
			signJws(key, { typ: 'mcp-pop+jws' }, 'not json'),
			good.slice(0, -4),
			'',
			'a.b.c',
		];
		for (const jws of bad) {
			expect(await verifyProof(jws, CHALLENGE, expected(key))).toBe('failed');
		}
	});

	it('an answer that took more than 60 s by our clock is expired, whatever it says itself', async () => {
		const key = freshKey();
		const claims = { ...CHALLENGE, sub: key.did, iat: NOW + 70, exp: NOW + 130 };
		const jws = signJws(key, { typ: 'mcp-pop+jws' }, claims);
		expect(await verifyProof(jws, CHALLENGE, expected(key, { answeredAt: NOW + 70 }))).toBe('expired');
		expect(await verifyProof(jws, CHALLENGE, expected(key, { answeredAt: NOW + 5 }))).toBe('expired');
		expect(await verifyProof(jws, CHALLENGE, expected(key, { answeredAt: NOW + 20 }))).toBe('ok');
	});

	it('P-10: the signer signs 32 bytes in base64url, and nothing else that is chosen for it', async () => {
		const key = freshKey();
		await fc.assert(
			fc.asyncProperty(
				fc.oneof(
					fc.string(),
					fc.jsonValue().map(value => JSON.stringify(value)),
				),
				async nonce => {
					fc.pre(!isPopNonce(nonce));
					const meta = { ...challengeMeta({ ...CHALLENGE, nonce }), [LEGACY_NONCE_KEY]: nonce };
					expect(await answerChallenge(meta, signerFor(key, { legacy: true }), NOW)).toEqual({});
				},
			),
		);
		expect(isPopNonce(popNonce(HEX))).toBe(true);
		expect(isPopNonce(`${popNonce(HEX)}\n`)).toBe(false);
		// 43 characters whose last one says more than 32 bytes.
		expect(isPopNonce(`${'A'.repeat(42)}B`)).toBe(false);
	});

	it('mutation of any character of a proof never verifies', async () => {
		const key = freshKey();
		const jws = await proofOf(key);
		await fc.assert(
			fc.asyncProperty(
				fc.nat(jws.length - 1),
				fc.constantFrom('A', 'B', 'a', 'b', '0', '1', '-', '_', '.'),
				async (at, char) => {
					fc.pre(jws[at] !== char);
					const other = jws.slice(0, at) + char + jws.slice(at + 1);
					expect(await verifyProof(other, CHALLENGE, expected(key))).toBe('failed');
				},
			),
		);
	});
});
