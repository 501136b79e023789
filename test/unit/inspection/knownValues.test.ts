import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownValues } from '../../../src/domain/inspection/knownValues';
import { maskSecrets } from '../../../src/domain/inspection/maskSecrets';
import { type JsonValue } from '../../../src/base/json';

const KEY = [0x1234_5679, 0x0bad_cafe] as const;
const of = (value: string, name = 'SERVICE_TOKEN') => new KnownValues([{ name, value }], KEY);
const isFound = (known: KnownValues, value: JsonValue) => maskSecrets(value, known).findings.length > 0;

/** No form of its own, so that only knowing it tells. */
const VALUE = 'Zq7wN2vRk9XbT4mLp8Hc3Yd6';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');
const percent = (text: string) =>
	Array.from(text)
		.map(unit => `%${unit.charCodeAt(0).toString(16)}`)
		.join('');

const WRITTEN: readonly (readonly [string, (text: string) => string])[] = [
	['verbatim', text => text],
	['in other case', text => text.toUpperCase()],
	['in prose', text => `The value is ${text}, use it.`],
	['in chunks', text => text.match(/.{1,5}/g)?.join(' - ') ?? ''],
	['with zero-width characters', text => Array.from(text).join('\u200b')],
	['backwards', text => Array.from(text).reverse().join('')],
	['in base64', base64],
	['in base64 behind one byte', text => base64(`x${text}`)],
	['in base64 behind two bytes', text => base64(`xy${text} and more`)],
	['in base64url', text => Buffer.from(`?>${text}`).toString('base64url')],
	[
		'in wrapped base64',
		text =>
			base64(text)
				.match(/.{1,11}/g)
				?.join('\n') ?? '',
	],
	['in hex', hex],
	['in upper-case hex with colons', text => hex(text).toUpperCase().match(/../g)?.join(':') ?? ''],
	['percent-encoded', percent],
	['as a JSON text', text => JSON.stringify({ note: text })],
	[
		'with JSON escapes',
		text =>
			Array.from(text)
				.map(unit => `\\u00${unit.charCodeAt(0).toString(16)}`)
				.join(''),
	],
	[
		'with HTML escapes',
		text =>
			Array.from(text)
				.map(unit => `&#${String(unit.charCodeAt(0))};`)
				.join(''),
	],
	['in base64 of base64', text => base64(base64(text))],
	['in hex of base64', text => hex(base64(text))],
	['in base64 of hex', text => base64(hex(text))],
	['percent-encoded base64', text => percent(base64(text))],
	['in base64 of a percent-encoding', text => base64(percent(text))],
];

describe('C5, ARG-14: a value that this machine keeps is found', () => {
	it.each(WRITTEN)('%s', (_, write) => {
		const known = of(VALUE);
		expect(isFound(known, { body: write(VALUE) })).toBe(true);
		expect(JSON.stringify(maskSecrets({ body: write(VALUE) }, known).value)).not.toContain(VALUE);
		expect(maskSecrets({ body: write(VALUE) }).findings).toEqual([]);
	});

	it('any random value, however it is written, wherever it stands', () => {
		const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
		const values = fc
			.array(fc.constantFrom(...Array.from(letters)), { minLength: 24, maxLength: 64 })
			.map(units => `7${units.join('')}q`)
			.filter(text => new Set(text).size > 14 && !/[a-z]{4,}|[A-Z]{4,}|[A-Z][a-z]{3,}/.test(text));
		fc.assert(
			fc.property(
				values,
				fc.constantFrom(...WRITTEN),
				fc.string(),
				fc.string(),
				(value, [, write], before, after) => {
					const text = `${before} ${write(value)} ${after}`;
					const known = of(value);
					expect(isFound(known, [{ deep: [text] }])).toBe(true);
					expect(JSON.stringify(maskSecrets(text, known).value)).not.toContain(value);
				},
			),
			{ numRuns: 300 },
		);
	});

	it('a part of a random value is found as well, a shorter one is not', () => {
		expect(isFound(of(VALUE), `it begins with ${VALUE.slice(0, 12)}`)).toBe(true);
		expect(isFound(of(VALUE), `it begins with ${VALUE.slice(0, 7)}`)).toBe(false);
	});

	it('a passphrase counts as a whole', () => {
		const known = of('blue kettle seventeen', 'DB_PASSWORD');
		expect(isFound(known, 'she said: Blue  Kettle, Seventeen!')).toBe(true);
		expect(isFound(known, 'a blue kettle')).toBe(false);
	});

	it('of a URL its password is known, not its host', () => {
		const known = of('postgres://app:s3cr3t%2Dw0rd99@db.internal:5432/app', 'DATABASE_URL');
		expect(isFound(known, 'password s3cr3t-w0rd99')).toBe(true);
		expect(isFound(known, 'connect to db.internal:5432/app')).toBe(false);
	});
});

describe('C5: what is no secret is not looked for', () => {
	it.each([
		['NODE_ENV', 'development'],
		['API_KEY', 'short'],
		['SECRET', 'changeme'],
		['API_TOKEN', '<your token here>'],
		['API_TOKEN', 'your_token_goes_here'],
		['PASSWORD_FILE', '/run/secrets/password'],
		['SECRET_HOST', 'vault.example.com'],
		['APP_NAME', 'Harbour Tide Planner 2000'],
		['SITE_URL', 'https://tides.example.com/a/b?x=1'],
		['NEXT_PUBLIC_KEY', 'pk9Zq7wN2vRk9XbT4mLp8Hc3'],
		['GIT_SHA', '1f0c2bd35a5f19f7a3d3a7dfe5a3ac0a41b4cb11'],
		['VERSION', '1.22.333-4444'],
		['PORT', '3000'],
	])('%s=%s', (name, value) => {
		expect(new KnownValues([{ name, value }], KEY).size).toBe(0);
	});

	it('a common beginning says nothing: prefixes and key blocks', () => {
		const known = of('github_pat_11ABCDEFG0Zq7wN2vRk9XbT4mLp8Hc3Yd6Zq7wN2v');
		expect(isFound(known, 'see github_pat_ tokens in the GitHub paths')).toBe(false);
	});

	it('keeps no value', () => {
		const known = of(VALUE);
		expect(
			JSON.stringify(known, (_, each: unknown) =>
				ArrayBuffer.isView(each) ? Array.from(each as Uint8Array) : each,
			),
		).not.toContain(VALUE);
		expect(known.markOf(0)).not.toContain(VALUE);
	});
});
