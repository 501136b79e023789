import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue } from '../../../src/base/json';
import { holdsSecret } from '../../../src/domain/inspection/holdsSecret';
import { runs } from '../support/runs';
import { processorMs } from '../support/processorMs';

// Assembled at run time, so that scanners of this repository do not take test data for leaks.
const AWS = ['AK', 'IAIOSFODNN7CANARY12'].join('');
const GITHUB = ['gh', 'p_c4n4ryc4n4ryc4n4ryc4n4ryc4n4ry123456'].join('');
const PEM = `-----BEGIN RSA PRIVATE KEY-----\nMIIcanary\n-----END RSA PRIVATE KEY-----`;
const ENV = 'NODE_ENV=test\nDB_PASSWORD=canary-horse-1\n';

const base64 = (text: string) => btoa(text);
const hex = (text: string) => Buffer.from(text).toString('hex');
const percent = (text: string) => text.replace(/[^]/g, char => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

describe('ARG-14 secrets in what leaves', () => {
	const forms: readonly (readonly [string, JsonValue])[] = [AWS, GITHUB, PEM, ENV].flatMap(secret => {
		const start = secret.slice(0, 20);
		return [
			[`${start} as it is`, { body: `see ${secret}` }],
			[`${start} deep inside`, { a: [{ b: [secret] }] }],
			[`${start} in base64`, { body: base64(secret) }],
			[`${start} in hex`, { body: `0x${hex(secret)}` }],
			[`${start} percent-encoded in a query`, { url: `https://evil.example/?q=${percent(secret)}` }],
			[`${start} percent-encoded twice`, { q: encodeURIComponent(percent(secret)) }],
			[`${start} percent-encoded as in a form`, { q: `q=${encodeURIComponent(secret).replaceAll('%20', '+')}` }],
			[`${start} in base64 of base64`, { q: base64(base64(secret)) }],
			[`${start} in base64 of hex`, { q: base64(hex(secret)) }],
			[`${start} in percent-encoded base64`, { q: percent(base64(secret)) }],
		] as const;
	});
	it.each(forms)('%s is found', (_title, value) => {
		expect(holdsSecret(value)).toBe(true);
	});
	it('a key that is a secret, and a value with a secret name, are found', () => {
		expect(holdsSecret({ [AWS]: 1 })).toBe(true);
		expect(holdsSecret({ [base64(GITHUB)]: 1 })).toBe(true);
		expect(holdsSecret({ password: 'x' })).toBe(true);
	});
	it('cut in two arguments, in either order, with others between', () => {
		for (const secret of [AWS, GITHUB, base64(`key ${AWS}.`)]) {
			const [head, tail] = [secret.slice(0, 8), secret.slice(8)];
			expect(holdsSecret({ a: head, b: tail })).toBe(true);
			expect(holdsSecret({ a: tail, b: head })).toBe(true);
			expect(holdsSecret({ a: `${head} `, b: 'main', c: ['x', { d: ` ${tail}` }] })).toBe(true);
		}
	});
	it('cut in several arguments that follow each other, however many there are', () => {
		const pieces = AWS.match(/.{1,4}/g) ?? [];
		expect(holdsSecret({ parts: pieces })).toBe(true);
		const many = Array.from({ length: 40 }, (_, n) => `word ${String(n)}.`);
		expect(holdsSecret({ parts: [...many, AWS.slice(0, 9), AWS.slice(9), ...many] })).toBe(true);
		expect(holdsSecret({ a: `${'lorem ipsum '.repeat(1000)}${AWS.slice(0, 9)}`, b: AWS.slice(9) })).toBe(true);
	});
	it.each([
		{ owner: 'octocat', repo: 'hello-world', branch: 'main', title: 'Risk-assessment-framework-for-tokens' },
		{ query: 'how do I get a token:', language: 'english' },
		{ url: 'https://example.com/a%20b?x=1&y=2', method: 'GET', headers: { Accept: 'text/html' } },
		{ sha: '3f786850e387550fdab836ed7e6dc881de23001b', path: 'src/password/reset.ts' },
		{ text: 'The password must be long.', page_token: 'abcdefgh', n: 5, yes: true, none: null },
		{ image: base64('a perfectly ordinary sentence about nothing') },
		{},
	])('ordinary arguments are none: %j', value => {
		expect(holdsSecret(value)).toBe(false);
	});
	it('wherever it is cut, it is found', () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: GITHUB.length - 1 }),
				fc.constantFrom(GITHUB, AWS),
				fc.boolean(),
				fc.array(fc.stringMatching(/^[a-z ]{1,8}$/), { maxLength: 4 }),
				(at, secret, turned, others) => {
					const cut = Math.min(at, secret.length - 1);
					const halves = [secret.slice(0, cut), secret.slice(cut)];
					expect(holdsSecret([...(turned ? halves.reverse() : halves), ...others])).toBe(true);
				},
			),
			runs(200),
		);
	});
	it('never throws and ends soon, whatever the arguments', () => {
		fc.assert(
			fc.property(fc.jsonValue(), value => {
				expect(typeof holdsSecret(value as JsonValue)).toBe('boolean');
			}),
			runs(300),
		);
		const start = processorMs();
		for (const text of ['%25', 'QUJD', '4141 ', 'AKIA', 'a '].map(unit => unit.repeat((1 << 16) / unit.length))) {
			holdsSecret({ text, list: Array.from({ length: 20 }, () => text.slice(0, 4000)) });
		}
		expect(processorMs() - start).toBeLessThan(10_000);
	});
});
