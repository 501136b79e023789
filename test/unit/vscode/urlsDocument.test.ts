import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { urlsDocument } from '../../../src/vscode/urlsDocument';

const of = (url: string) => urlsDocument({ url }) ?? '';

describe('urlsDocument', () => {
	it('takes an address apart, each part quoted', () => {
		expect(of('https://me:pw@api.example.com:8443/a%20b/c?q=x%26y&empty=&q=2#top')).toBe(
			[
				'The addresses of this call, taken apart. Nobody was asked for them. Parts are quoted, not verified.',
				'',
				'At /url of the arguments:',
				'  “https://me:pw@api.example.com:8443/a%20b/c?q=x%26y&empty=&q=2#top”',
				'    scheme    “https”',
				'    user      “me”  ← stands before the host and is no part of it',
				'    password  “pw”',
				'    host      “api.example.com”',
				'              Everything on the open internet.',
				'    port      “8443”',
				'    path      “/a b/c”',
				'    parameter “q” = “x&y”',
				'    parameter “empty” = “”',
				'    parameter “q” = “2”',
				'    fragment  “top”  ← stays with the program, is not sent',
				'',
				'',
			].join('\n'),
		);
	});

	it.each([
		['http://127.0.0.1/', 'This machine itself'],
		['http://2130706433/', '! It is written another way in the call; this is where it leads.'],
		['http://169.254.169.254/latest/meta-data', 'metadata services, which hand out credentials'],
		['http://10.0.0.1.nip.io/', '! Stands for the address “10.0.0.1”.'],
		['http://[::ffff:7f00:1]/', '! Stands for the address “127.0.0.1”.'],
		['http://good.example@evil.example/', '“good.example”  ← stands before the host and is no part of it'],
		['https://xn--80ak6aa92e.com/', '! Shown to people as “аррӏе.com”: letters that are not ASCII.'],
		['https://раураl.com/', '“xn--'],
		['https://good.example\\@evil.example/', '! Programs may disagree about where this leads'],
		['https://host.example/a%2fb', '! A part of the path holds a slash of its own.'],
		['https://[broken/', '! This cannot be read as an address.'],
	])('%s: %s', (url, note) => {
		expect(of(url)).toContain(note);
	});

	it('finds addresses at any depth and inside of prose, and says where', () => {
		const text = urlsDocument({ a: [{ 'b/c': 'see https://one.example/x and http://two.example' }] }) ?? '';
		expect(text).toContain('At /a/0/b~1c of the arguments:\n  “https://one.example/x”');
		expect(text).toContain('“http://two.example”');
	});

	it.each([{}, { a: 'no address' }, { a: 5 }, { a: 'a:b' }])('%j has none', args => {
		expect(urlsDocument(args)).toBeUndefined();
	});

	it('many addresses and parameters are bounded, and the document says so', () => {
		expect(urlsDocument({ a: Array.from({ length: 99 }, () => 'https://a.example/') })).toContain('… and more');
		expect(of(`https://a.example/?${'a=1&'.repeat(500)}`)).toContain('… and 372 more parameters');
	});

	it('property: every parameter is shown decoded, and none can pass for a line of ours', () => {
		const part = fc.array(fc.constantFrom('\u202e', '\u200b', '“', '”', '\n', '%', '&', '=', 'a'), {
			minLength: 1,
		});
		fc.assert(
			fc.property(part, part, (name, value) => {
				const query = new URLSearchParams([[name.join(''), value.join('')]]);
				const text = of(`https://a.example/?${query.toString()}`);
				const lines = text.split('\n').filter(line => line.startsWith('    parameter'));
				expect(lines).toHaveLength(1);
				expect(lines[0]).toMatch(/^ {4}parameter “[^“”]*” = “[^“”]*”$/);
				expect(text).not.toMatch(/[\u202e\u200b]/);
			}),
		);
	});
});
