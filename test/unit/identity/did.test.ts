import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didDocumentUrl, didKeyOf, jwkOfDidKey, parseDid } from '../../../src/domain/identity/did';
import { isForbiddenKey, isPublishedKey, isWeakKey, thumbprintOf } from '../../../src/domain/identity/publicJwk';
import { freshKey } from './issuer';
import { vectors } from './vectors';

interface DidCase {
	readonly did: string;
	readonly ok: boolean;
	readonly strict_ok?: boolean;
	readonly method?: string;
	readonly domain?: string;
	readonly path?: readonly string[];
	readonly url?: string;
	readonly pub_hex?: string;
}

type NamedKey = Readonly<Record<'x' | 'did_key' | 'jkt' | 'pub_hex', string>>;

const hexOf = (x: string) => Buffer.from(x, 'base64url').toString('hex');
const keyOf = (x: string) => ({ kty: 'OKP', crv: 'Ed25519', x }) as const;

describe('DIDs of the vectors (did.json)', () => {
	it.each(vectors<{ cases: DidCase[] }>('did').cases)('$did', ({ did: text, ok, strict_ok: strict, ...expected }) => {
		const did = parseDid(text);
		expect(did !== undefined).toBe(strict ?? ok);
		if (did === undefined) {
			expect(jwkOfDidKey(text)).toBeUndefined();
			return;
		}
		expect(did.method).toBe(expected.method);
		if (did.method === 'key') {
			expect(hexOf(did.key.x)).toBe(expected.pub_hex);
			expect(didKeyOf(did.key)).toBe(text);
			return;
		}
		expect(didDocumentUrl(did)).toBe(expected.url ?? didDocumentUrl(did));
		expect(did.host).toBe(expected.domain ?? did.host);
		expect(did.segments).toEqual(expected.path ?? did.segments);
	});
});

describe('what no DID is (§3.4, §4.3)', () => {
	it.each([
		...['did:web:user@example.com', 'did:web:user%40example.com', 'did:web:example.com%3A443%40evil.example'],
		...['did:web:127.0.0.1', 'did:web:127.1', 'did:web:0x7f000001', 'did:web:2130706433', 'did:web:0177.0.0.1'],
		...['did:web:%5B%3A%3A1%5D', 'did:web:[::1]', 'did:web:example.com%3A', 'did:web:example.com%3A0'],
		...['did:web:example.com%3A65536', 'did:web:example.com%3A08443', 'did:web:example.com%3Aabc'],
		...['did:web:example.com:', 'did:web:example.com::a', 'did:web:example.com:.', 'did:web:example.com:%2e%2E'],
		...[
			'did:web:example.com:a%2Fb',
			'did:web:example.com:a%5Cb',
			'did:web:example.com:a%00',
			'did:web:example.com:%',
		],
		...['did:web:example.com:a%ff', 'did:web:example.com:a?b', 'did:web:example.com:a#b', 'did:web:example.com/a'],
		...['did:web:-example.com', 'did:web:example..com', 'did:web:exa mple.com', 'did:web:ex%61mple.com'],
		...['did:web:bücher.example', 'did:web:a_b.example', `did:web:${'a'.repeat(64)}.example`],
		...['DID:web:example.com', 'did:WEB:example.com', ' did:web:example.com', 'did:web:example.com\n', ''],
		...['did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK:x', `did:web:a.example:${'a'.repeat(2000)}`],
	])('%j', text => {
		expect(parseDid(text)).toBeUndefined();
	});

	it('the port that everybody means is left out, and a name is in lower case without its last dot', () => {
		expect(parseDid('did:web:Example.COM%3A443:A')).toMatchObject({ host: 'example.com', segments: ['A'] });
		expect(parseDid('did:web:example.com.')).toMatchObject({ host: 'example.com' });
	});

	it('the root of a host has its document under .well-known (§6.1 #15)', () => {
		const did = parseDid('did:web:example.com');
		expect(did?.method === 'web' && didDocumentUrl(did)).toBe('https://example.com/.well-known/did.json');
	});

	it('of whatever text, a DID that is taken leads to the host that it names, over https, without dot segments', () => {
		const part = fc.string({ unit: fc.constantFrom(...'aZ09.-_%:/@?#\\ é2eEfF5B'.split('')), maxLength: 24 });
		fc.assert(
			fc.property(fc.tuple(part, part), ([host, path]) => {
				const did = parseDid(`did:web:${host}:${path}`) ?? parseDid(`did:web:${host}`);
				if (did?.method !== 'web') {
					return;
				}
				const url = new URL(didDocumentUrl(did));
				expect(url.href).toBe(didDocumentUrl(did));
				expect(url.host).toBe(did.host);
				expect(url.username).toBe('');
				expect(url.pathname.endsWith('/did.json')).toBe(true);
				expect(url.pathname.split('/').length).toBe(did.segments.length === 0 ? 3 : did.segments.length + 2);
			}),
			{ numRuns: 2_000 },
		);
	});

	it('every key has one did:key, and that one leads back to it', () => {
		for (let n = 0; n < 50; n++) {
			const { publicJwk, did } = freshKey();
			expect(didKeyOf(publicJwk)).toBe(did);
			expect(jwkOfDidKey(did)).toEqual(publicJwk);
		}
	});
});

describe('keys (keys.json, misc.rfc7638_thumbprint)', () => {
	const named = Object.fromEntries(
		Object.entries(vectors<Record<string, NamedKey>>('keys')).filter(([name]) => !name.startsWith('_')),
	);

	it.each(Object.entries(named))('%s: did:key, thumbprint, bytes', (_, { x, did_key: did, jkt, pub_hex: hex }) => {
		expect(didKeyOf(keyOf(x))).toBe(did);
		expect(jwkOfDidKey(did)).toEqual(keyOf(x));
		expect(thumbprintOf(keyOf(x))).toBe(jkt);
		expect(hexOf(x)).toBe(hex);
	});

	it.each(Object.entries(named))(
		'%s: its private half is published, and so nobody is known by it (§6.2 10)',
		(_, { x }) => {
			expect(isPublishedKey(keyOf(x))).toBe(true);
			expect(isForbiddenKey(keyOf(x))).toBe(true);
		},
	);

	it('RFC 7638 over the three members alone', () => {
		const { jwk, jkt } = vectors<{ rfc7638_thumbprint: { jwk: ReturnType<typeof keyOf>; jkt: string } }>(
			'misc',
		).rfc7638_thumbprint;
		expect(thumbprintOf(jwk)).toBe(jkt);
		expect(thumbprintOf({ ...jwk, kid: 'other' })).toBe(jkt);
	});

	it.each([
		...['0000000000000000000000000000000000000000000000000000000000000000'],
		...['0100000000000000000000000000000000000000000000000000000000000000'],
		...['0100000000000000000000000000000000000000000000000000000000000080'],
		...['ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
		...['ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'],
		...['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
		...['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
		...['c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
		...['c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'],
		...['edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
		...['eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
		...['ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'],
	])('small order or not canonical: %s', hex => {
		const key = keyOf(Buffer.from(hex, 'hex').toString('base64url'));
		expect(isWeakKey(key)).toBe(true);
		expect(jwkOfDidKey(didKeyOf(key))).toBeUndefined();
	});

	it('a key that somebody made is none of them', () => {
		for (let n = 0; n < 200; n++) {
			expect(isForbiddenKey(freshKey().publicJwk)).toBe(false);
		}
	});
});
