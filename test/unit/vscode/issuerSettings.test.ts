import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { issuerOrigin, issuersIn, levelChoices, withIssuer, withKeys } from '../../../src/vscode/issuerSettings';

const CA = 'https://ca.example.com';
const KEY = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), kid: 'one' } as const;
const choice = { origin: CA, maxLevel: '2', privateAddresses: false } as const;

describe('the origin of an issuer, as a person types it', () => {
	it.each([
		['http://ca.example.com', /https:/],
		['did:web:ca.example.com', /not a DID/],
		['ca.example.com', /such as https/],
		['', /such as https/],
		['https://user:pw@ca.example.com', /user name/],
		['https://ca.example.com/path', /behind the host/],
		['https://ca.example.com?x', /behind the host/],
		['https://ca.example.com#', /behind the host/],
		['https://ca.example.com./', /full stop/],
		['javascript:alert(1)', /https:/],
	])('%j is refused with a sentence', (text, why) => {
		const read = issuerOrigin(text);
		expect(read).not.toHaveProperty('origin');
		expect('problem' in read && read.problem).toMatch(why);
	});

	it.each([
		[' https://CA.example.com/ ', CA],
		['https://ca.example.com:443', CA],
		['https://ca.example.com:8443', 'https://ca.example.com:8443'],
	])('%j becomes %s', (text, origin) => {
		expect(issuerOrigin(text)).toEqual({ origin });
	});

	it('whatever is taken is an HTTPS origin and nothing more; nothing throws', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true, withFragments: true })), text => {
				const read = issuerOrigin(text);
				return (
					'problem' in read ||
					(new URL(read.origin).origin === read.origin && read.origin.startsWith('https://'))
				);
			}),
		);
	});
});

describe('the setting of trusted issuers', () => {
	it('gets another issuer behind those that are there, which stay as they are', () => {
		const before = [{ origin: 'https://other.example', maxLevel: '1', note: 1 }, 'odd'];
		expect(withIssuer(before, choice)).toEqual([...before, { origin: CA, maxLevel: '2' }]);
		expect(withIssuer(undefined, choice)).toEqual([{ origin: CA, maxLevel: '2' }]);
	});

	it('an issuer that is there gets another level and keeps its keys and domains', () => {
		const before = [
			{ origin: `${CA}/`, maxLevel: '4', keys: [KEY], domains: ['a.example'], privateAddresses: true },
		];
		expect(withIssuer(before, choice)).toEqual([
			{ origin: CA, maxLevel: '2', keys: [KEY], domains: ['a.example'] },
		]);
	});

	it('a private address is taken only where a person said so', () => {
		expect(withIssuer([], choice)[0]).not.toHaveProperty('privateAddresses');
		expect(withIssuer([], { ...choice, privateAddresses: true })[0]).toMatchObject({ privateAddresses: true });
	});

	it('keys go to an issuer that is trusted, public members alone; pinning trusts nobody new', () => {
		const secret = { ...KEY, d: 'private' };
		expect(withKeys([{ origin: CA, maxLevel: '1' }], CA, [secret])).toEqual([
			{ origin: CA, maxLevel: '1', keys: [KEY] },
		]);
		expect(withKeys([], CA, [KEY])).toEqual([]);
	});

	it('names its issuers, odd entries left out', () => {
		const setting = [
			null,
			5,
			{ origin: 'nope' },
			{ origin: `${CA}/` },
			{ origin: 'https://b.example', privateAddresses: true },
		];
		expect(issuersIn(setting)).toEqual([
			{ origin: CA, privateAddresses: false },
			{ origin: 'https://b.example', privateAddresses: true },
		]);
		expect(issuersIn('x')).toEqual([]);
	});

	it('offers the levels 1 to 4 by number and name, and never level 0', () => {
		expect(levelChoices().map(({ level }) => level)).toEqual(['1', '2', '3', '4']);
		expect(levelChoices()[1]?.label).toBe('Up to level 2: Domain Validated');
	});
});
