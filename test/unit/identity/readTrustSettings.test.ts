import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTrustSettings } from '../../../src/domain/identity/readTrustSettings';
import { NO_TRUST_SETTINGS } from '../../../src/domain/identity/trustSettings';
import { freshKey } from './issuer';
import { vectors } from './vectors';

const ORIGIN = 'https://ca.example.com';
const key = freshKey();
const published = { kty: 'OKP', crv: 'Ed25519', x: vectors<{ ca: { x: string } }>('keys').ca.x };
const issuer = (over: object) => readTrustSettings({ issuers: [{ origin: ORIGIN, ...over }] });

describe('settings about identity', () => {
	it('are read whole', () => {
		const keys = [{ ...key.publicJwk, kid: 'k1' }];
		const value = {
			issuers: [{ origin: ORIGIN, maxLevel: '3', keys, privateAddresses: true, domains: ['Example.COM'] }],
			...{ acceptLevelZero: true, trustedKeys: [key.did], offline: true, maxStaleness: 60, audience: ' me ' },
		};
		expect(readTrustSettings(value)).toEqual({
			settings: {
				...value,
				issuers: [{ ...value.issuers[0], domains: ['example.com'] }],
				audience: 'me',
			},
			problems: [],
		});
	});

	it('trust nobody where they say nothing', () => {
		expect(readTrustSettings({})).toEqual({ settings: NO_TRUST_SETTINGS, problems: [] });
		expect(readTrustSettings({ issuers: undefined, audience: undefined })).toEqual({
			...{ settings: NO_TRUST_SETTINGS, problems: [] },
		});
	});

	it.each(['https://CA.example.com', 'https://ca.example.com/', 'https://ca.example.com:443'])(
		'%s is the same origin',
		origin => {
			const { settings, problems } = readTrustSettings({ issuers: [{ origin }] });
			expect(problems).toEqual([]);
			expect(settings.issuers).toEqual([{ origin: ORIGIN, maxLevel: '4' }]);
		},
	);

	it.each([
		['a DID', 'did:web:registry.example.com', /HTTPS origin/],
		['http', 'http://ca.example.com', /HTTPS origin/],
		['a path', 'https://ca.example.com/x', /without a path/],
		['a query', 'https://ca.example.com?x', /HTTPS origin/],
		['a user', 'https://me@ca.example.com', /HTTPS origin/],
		['a bare host', 'ca.example.com', /HTTPS origin/],
		['a backslash', 'https://ca.example.com\\@evil.example', /HTTPS origin/],
		['a star', 'https://*.example.com', /HTTPS origin/],
		['nothing', '', /HTTPS origin/],
	])('an origin with %s does not count, and a sentence says what to write', (_, origin, says) => {
		const { settings, problems } = readTrustSettings({ issuers: [{ origin }, { origin: ORIGIN }] });
		expect(settings.issuers).toEqual([{ origin: ORIGIN, maxLevel: '4' }]);
		expect(problems).toHaveLength(1);
		expect(problems[0]).toMatch(says);
	});

	it('of an origin that stands twice the first counts, and it is said', () => {
		const issuers = [
			{ origin: ORIGIN, maxLevel: '1' },
			{ origin: `${ORIGIN}/`, maxLevel: '4' },
		];
		const { settings, problems } = readTrustSettings({ issuers });
		expect(settings.issuers).toEqual([{ origin: ORIGIN, maxLevel: '1' }]);
		expect(problems).toEqual([expect.stringContaining('twice')]);
	});

	it.each([
		['a level that is none', { maxLevel: '5' }],
		['level 0', { maxLevel: '0' }],
		['keys that are no list', { keys: {} }],
		['no keys', { keys: [] }],
		['a key that is none', { keys: [{ kty: 'RSA' }] }],
		['a private key', { keys: [key.privateJwk] }],
		['a published test key', { keys: [published] }],
		['too many keys', { keys: Array.from({ length: 21 }, () => freshKey().publicJwk) }],
		['privateAddresses that is a text', { privateAddresses: 'false' }],
		['domains that are a text', { domains: 'example.com' }],
		['a domain that is a pattern', { domains: ['*.example.com'] }],
		['a member that there is not', { maxlevel: '1' }],
	])('an issuer with %s does not count at all: half of what was meant is not guessed', (_, over) => {
		const { settings, problems } = issuer(over);
		expect(settings.issuers).toEqual([]);
		expect(problems).toHaveLength(1);
		expect(problems[0]).not.toContain(key.privateJwk.d);
	});

	it.each([
		['acceptLevelZero', 'true', false],
		['trustedKeys', ['did:key:z1', 7, 'did:web:a.example'], []],
		['trustedKeys', 'did:key:z1', []],
		['maxStaleness', -1, 300],
		['maxStaleness', '300', 300],
		['maxStaleness', Number.POSITIVE_INFINITY, 300],
		['audience', 7, undefined],
		['audience', ' ', undefined],
		['issuers', {}, []],
	] as const)('%s: %j does not count and is told', (name, value, becomes) => {
		const { settings, problems } = readTrustSettings({ [name]: value });
		expect(settings[name]).toEqual(becomes);
		expect(problems).not.toEqual([]);
	});

	it('offline that is no flag keeps us off the network rather than on it', () => {
		expect(readTrustSettings({ offline: 'yes' })).toMatchObject({ settings: { offline: true } });
		expect(readTrustSettings({ offline: 'yes' }).problems).toHaveLength(1);
	});

	it.each(['profile', 'testKeys', 'toString', '__proto__x', 'trustedIssuers'])('no text can say %s', name => {
		const { settings, problems } = readTrustSettings(JSON.parse(`{${JSON.stringify(name)}: "dev"}`));
		expect(settings).toEqual(NO_TRUST_SETTINGS);
		expect(problems).toEqual([expect.stringContaining(JSON.stringify(name))]);
	});

	it('a key whose private half is published is trusted by nobody', () => {
		const { did_key: did } = vectors<{ agent: { did_key: string } }>('keys').agent;
		expect(readTrustSettings({ trustedKeys: [did] })).toMatchObject({ settings: { trustedKeys: [] } });
	});

	it('whatever is written, it never throws, never trusts more than is named, and problems are bounded lines', () => {
		const members = fc.constantFrom(
			'issuers',
			'acceptLevelZero',
			'trustedKeys',
			'offline',
			'maxStaleness',
			'audience',
			'x',
		);
		const value = fc.oneof(fc.jsonValue(), fc.dictionary(members, fc.jsonValue()));
		fc.assert(
			fc.property(value, given => {
				const { settings, problems } = readTrustSettings(given);
				expect(settings.issuers).toEqual([]);
				expect(settings.trustedKeys).toEqual([]);
				expect(settings.profile ?? settings.testKeys).toBeUndefined();
				expect(problems.every(problem => problem.length < 600 && !problem.includes('\n'))).toBe(true);
			}),
			{ numRuns: 1_000 },
		);
	});
});
