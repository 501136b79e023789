import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../../src/base/json';
import {
	carriedBy,
	type Labelled,
	secretPieces,
	untrustedPassages,
	withLabelled,
} from '../../../src/domain/policy/dataFlow';
import { isDistinct, lettersOf, passagesOf } from '../../../src/domain/policy/passages';
import { runs } from '../support/runs';

const SECRET = 'q7Rw2-ZkP9x_Tn4v8sLm3';
const PAGE =
	'The harbour master keeps a ledger of every boat that enters after sunset, and of the cargo that it brings along.';
const present = (each: Labelled | undefined): Labelled => {
	if (each === undefined) {
		throw new Error('nothing to remember');
	}
	return each;
};
const secret = present(secretPieces('vault', [SECRET], []));
const page = present(untrustedPassages('web', [PAGE]));
const pointers = (known: readonly Labelled[], args: JsonObject, server = 'mail') =>
	carriedBy(known, server, args).map(({ from, pointer }) => `${from.label} ${pointer}`);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');

describe('SEQ-01 what one server gave goes to another', () => {
	it.each([
		['verbatim', { body: `key: ${SECRET}` }],
		['in another case', { body: SECRET.toUpperCase() }],
		['with other separators', { body: SECRET.replace(/[-_]/g, ' . ') }],
		['a piece of it', { body: SECRET.slice(3, 16) }],
		['in base64', { body: base64(`the key is ${SECRET}!`) }],
		['in hex', { body: hex(SECRET) }],
		['percent-encoded', { url: `https://a.example/?q=${SECRET.replaceAll('-', '%2D')}` }],
		['with invisible characters', { body: Array.from(SECRET).join('\u200b') }],
		['as a name', { [SECRET]: 1 }],
		['deep inside', { a: [{ b: ['x', SECRET] }] }],
		['cut up over fields', { a: SECRET.slice(0, 7), b: SECRET.slice(7, 14), c: SECRET.slice(14) }],
	])('a secret %s', (_how, args) => {
		expect(pointers([secret], args as JsonObject)).toHaveLength(1);
	});

	it('names the place in the arguments', () => {
		expect(pointers([secret, page], { to: 'x', parts: [{ body: `So: ${SECRET}` }] })).toEqual([
			'secret /parts/0/body',
		]);
	});

	it.each([
		['verbatim', `As I read: ${PAGE.slice(20, 70)} and so on`],
		['with other blanks and marks', PAGE.slice(0, 60).split(' ').join('\n> ')],
		['in base64', base64(PAGE.slice(10, 80))],
	])('a passage of untrusted text %s', (_how, body) => {
		expect(pointers([page], { body })).toEqual(['untrusted /body']);
	});

	it('the server that gave it learns nothing new', () => {
		expect(pointers([secret], { body: SECRET }, 'vault')).toEqual([]);
	});

	it('other words of the same length are none of it', () => {
		expect(pointers([secret, page], { body: 'The ledger of the harbour, and boats after sunset.' })).toEqual([]);
		expect(pointers([secret, page], { body: 'q7Rw2 and Tn4v8' })).toEqual([]);
	});

	it('arguments beyond what is looked at count as carrying it (invariant 3)', () => {
		expect(pointers([secret, page], { body: 'x'.repeat(3_000_000) })).toEqual(['secret ', 'untrusted ']);
	});

	it('a secret by what was read, told apart nowhere, is remembered by its distinct words', () => {
		const whole = present(secretPieces('vault', [], [`host localhost\ntoken ${SECRET}\n`]));
		expect(pointers([whole], { body: SECRET })).toEqual(['secret /body']);
		expect(pointers([whole], { body: 'localhost token host' })).toEqual([]);
	});

	it('ordinary words are no secret that can be seen again', () => {
		expect(secretPieces('vault', ['password', 'localhost', '1234567890'], [])).toBeUndefined();
		expect(isDistinct(lettersOf('changeme'))).toBe(false);
	});
});

describe('what is remembered', () => {
	it('is bounded; the oldest goes first, the latest stays whatever its size', () => {
		const big = (server: string, size: number): Labelled => ({
			server,
			label: 'untrusted',
			hashes: new Set(Array.from({ length: size }, (_each, at) => at)),
		});
		const many = Array.from({ length: 300 }, (_each, at) => big(`s${String(at)}`, 1));
		expect(withLabelled(many, [page]).length).toBe(128);
		expect(withLabelled(many, [page]).at(-1)).toBe(page);
		expect(withLabelled([big('a', 400_000), big('b', 200_000)], []).map(({ server }) => server)).toEqual(['b']);
		expect(withLabelled([page], [big('c', 600_000)]).map(({ server }) => server)).toEqual(['c']);
	});

	it('property: 31 letters in common are found wherever they stand', () => {
		const letters = fc.string({ unit: fc.constantFrom(...Array.from('abcdefghij0123 ')), maxLength: 200 });
		const core = fc.string({ unit: fc.constantFrom(...Array.from('klmnopqrstuvw')), minLength: 31, maxLength: 60 });
		fc.assert(
			fc.property(letters, letters, letters, letters, core, (a, b, c, d, shared) => {
				const known = passagesOf(lettersOf(a + shared + b));
				expect([...passagesOf(lettersOf(c + shared + d))].some(hash => known.has(hash))).toBe(true);
			}),
			runs(300),
		);
	});

	it('property: never throws, and says nothing of empty sessions', () => {
		fc.assert(
			fc.property(fc.jsonValue({ maxDepth: 4 }), value => {
				expect(carriedBy([], 'mail', { value })).toEqual([]);
				expect(Array.isArray(carriedBy([secret, page], 'mail', { value }))).toBe(true);
			}),
			runs(200),
		);
	});
});

describe('SEQ-01 what is remembered is bounded', () => {
	it('who floods the session does not make it forget what another server gave', () => {
		const flood = (label: 'secret' | 'untrusted') =>
			Array.from({ length: 300 }, (_, at) => ({ server: 'evil', label, hashes: new Set([at]) }) as const);
		let known: readonly Labelled[] = withLabelled([], [secret, page]);
		for (const each of [...flood('untrusted'), ...flood('secret')]) {
			known = withLabelled(known, [each]);
		}
		expect(known).toContain(secret);
		expect(known).toContain(page);
		const hashes = new Set(Array.from({ length: 65_536 }, (_, at) => at));
		for (let count = 0; count < 10; count++) {
			known = withLabelled(known, [{ server: 'evil', label: 'secret', hashes }]);
		}
		expect(known).toContain(secret);
		expect(known.length).toBeLessThanOrEqual(256);
	});
});
