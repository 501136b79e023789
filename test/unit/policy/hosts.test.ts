import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findUrls } from '../../../src/domain/policy/findUrls';
import { classOfHost } from '../../../src/domain/policy/hostClass';
import { readUrl } from '../../../src/domain/policy/urlReadings';
import { judged, problemsOf } from './judge';
import { runs } from '../support/runs';
import { processorMs } from '../support/processorMs';

const policy = (effect: string, hosts: string, more = '') =>
	`${effect}:\n  - {capability: network.request, hosts: ${hosts}}\n${more}`;
const allow = (hosts: string) => policy('allow', hosts);
const deny = (hosts: string) => policy('deny', hosts, 'allow: [network.request]\n');
const effect = async (text: string, args: object) =>
	(await judged(text, { capability: 'network.request', arguments: args as never })).effect;

describe('hosts, allowed: api.example.com only', () => {
	it.each([
		['another host', 'https://evil.com/'],
		['a longer name', 'https://api.example.com.evil.com/'],
		['a name that ends alike', 'https://evilapi.example.com/'],
		['user info', 'https://api.example.com@evil.com/'],
		['user info with a password', 'https://api.example.com:443@evil.com/'],
		['two @', 'https://a@api.example.com@evil.com/'],
		['a backslash', 'https://evil.com\\@api.example.com/'],
		['a backslash after', 'https://api.example.com\\@evil.com/'],
		['an encoded slash', 'https://api.example.com%2f@evil.com/'],
		['an encoded @', 'https://api.example.com%40evil.com/'],
		['a doubly encoded @', 'https://api.example.com%2540evil.com/'],
		['an encoded URL', 'https%3A%2F%2Fevil.com%2F'],
		['one slash', 'https:/evil.com'],
		['no slash', 'https:evil.com'],
		['three slashes', 'https:///evil.com'],
		['backslashes', 'https:\\\\evil.com'],
		['a line break in the scheme', 'ht\ntps://evil.com'],
		['space around', '  https://evil.com  '],
		['control characters in front', '\u0001\u0002https://evil.com'],
		['no scheme', '//evil.com/x'],
		['a bare host', 'evil.com'],
		['a bare host with a port', 'evil.com:8443/x'],
		['a look-alike', 'https://\u0430pi.example.com/'],
		['a full-width dot', 'https://api.example.com\uff0eevil.com/'],
		['a file', 'file:///etc/passwd'],
		['a data URL', 'data:text/html,x'],
		['a fragment trick', 'https://evil.com#@api.example.com/'],
		['a query trick', 'https://evil.com?@api.example.com/'],
		['an unreadable one', 'https://[::1'],
		['a space inside', 'https://api.example.com evil.com/'],
		['another scheme', 'gopher://evil.com/'],
		['a wrapped scheme', 'view-source:https://evil.com/'],
		['the empty text', ''],
	])('%s is denied', async (_title, url) => {
		expect(await effect(allow('[api.example.com]'), { url })).toBe('deny');
	});
	it.each([
		'https://api.example.com/v1?next=https%3A%2F%2Fevil.com',
		'https://API.Example.COM./',
		'http://api.example.com:8080/',
		'https://user:pass@api.example.com/',
		'api.example.com/v1',
	])('%s passes', async url => {
		expect(await effect(allow('[api.example.com]'), { url })).toBe('allow');
	});
	it('every URL counts, at any depth, and there must be one', async () => {
		const one = allow('[api.example.com]');
		const good = 'https://api.example.com/';
		expect(await effect(one, {})).toBe('deny');
		expect(await effect(one, { url: 5 })).toBe('deny');
		expect(await effect(one, { url: good, options: [{ callback: 'https://evil.com' }] })).toBe('deny');
		expect(await effect(one, { url: good, request: 'GET https://evil.com/x' })).toBe('deny');
		expect(await effect(one, { url: good, body: 'see https://evil.com for more' })).toBe('allow');
	});
	it('an empty or hostile list of facts from the host satisfies no allow', async () => {
		const call = { capability: 'network.request', arguments: { url: 'https://api.example.com' } };
		expect((await judged(allow('[api.example.com]'), call, { urls: [] })).effect).toBe('deny');
		const urls = [{ pointer: '/url', destination: true, readings: [] }];
		expect((await judged(allow('[api.example.com]'), call, { urls })).effect).toBe('deny');
	});
	it('sub-domains by whole labels, ports and schemes', async () => {
		const url = (text: string) => ({ url: text });
		expect(await effect(allow("['*.example.com']"), url('https://a.b.example.com'))).toBe('allow');
		expect(await effect(allow("['*.example.com']"), url('https://example.com'))).toBe('deny');
		expect(await effect(allow("['*.example.com']"), url('https://badexample.com'))).toBe('deny');
		expect(await effect(allow("['example.com:443']"), url('https://example.com'))).toBe('allow');
		expect(await effect(allow("['example.com:443']"), url('http://example.com'))).toBe('deny');
		expect(await effect(allow("['example.com:443']"), url('example.com'))).toBe('deny');
		expect(await effect(allow("['https://example.com']"), url('http://example.com'))).toBe('deny');
		expect(await effect(allow("['https://example.com']"), url('example.com'))).toBe('deny');
		expect(await effect(allow('[bücher.example]'), url('https://xn--bcher-kva.example/'))).toBe('allow');
		expect(await effect(allow('[public]'), url('https://example.com'))).toBe('allow');
	});
	it.each([
		["['*.münchen.example']", 'https://a.xn--mnchen-3ya.example/', true],
		["['*.MÜNCHEN.example']", 'https://a.münchen.example/', true],
		["['*.xn--mnchen-3ya.example']", 'https://a.MÜNCHEN.example/', true],
		["['*.münchen.example']", 'https://a.munchen.example/', false],
		["['*.paypal.example']", 'https://a.p\u0430ypal.example/', false],
		["['*.p\u0430ypal.example']", 'https://a.paypal.example/', false],
	])('names that are not ASCII are compared as URLs have them: %s, %s: %s', async (hosts, url, fits) => {
		expect(await effect(allow(hosts), { url })).toBe(fits ? 'allow' : 'deny');
		expect(await effect(deny(hosts), { url })).toBe(fits ? 'deny' : 'allow');
	});
	it.each([
		...["'*.mün*.example'", "'mün*'", "'\uff0a.example'", "'*.\uff0a.example'", "'*.exam\u200dple.com'"],
		...["'*.xn--a.example'", "'*.1'", "'*.127.0.0.1'", "'*.[::1]'"],
	])('what would match nothing unseen is an error of the policy, with its line: %s', hosts => {
		for (const rule of [allow(hosts), deny(hosts)]) {
			expect(problemsOf(rule)).toEqual([['invalid-pattern', 'error', 2]]);
		}
	});
});

describe('hosts, denied', () => {
	it.each([
		'http://127.0.0.1/',
		'http://127.1/',
		'http://2130706433/',
		'http://0x7f000001/',
		'http://0177.0.0.1/',
		'http://0x7f.1/',
		'http://localhost:3000/',
		'http://LOCALHOST./',
		'http://a.localhost/',
		'http://[::1]/',
		'http://[0:0:0:0:0:0:0:1]/',
		'http://[::ffff:127.0.0.1]/',
		'http://[::ffff:7f00:1]/',
		'http://0.0.0.0/',
		'http://①②⑦.0.0.1/',
		'http://%31%32%37.0.0.1/',
		'http://127.0.0.1.nip.io/x',
		'redis://127.1:6379',
	])('%s is this machine or beside it', async url => {
		expect(await effect(deny('[loopback, private]'), { url })).toBe('deny');
		expect(await effect(allow('[public]'), { url })).toBe('deny');
	});
	it.each([
		['http://169.254.169.254/latest/meta-data/', 'link-local'],
		['http://2852039166/', 'link-local'],
		['http://[::ffff:a9fe:a9fe]/', 'link-local'],
		['http://[fe80::1%25eth0]/', 'link-local'],
		['http://metadata.google.internal/', 'link-local'],
		['http://10.1.2.3/', 'private'],
		['http://010.0.0.1/', 'private'],
		['http://192.168.1.1/', 'private'],
		['http://172.31.0.1/', 'private'],
		['http://100.64.0.1/', 'private'],
		['http://[fd00::1]/', 'private'],
		['http://[64:ff9b::10.0.0.1]/', 'private'],
		['http://[2002:a00:1::]/', 'private'],
		['http://intranet/', 'private'],
		['http://printer.local/', 'private'],
		['http://224.0.0.1/', 'private'],
	])('%s is %s', async (url, kind) => {
		expect(await effect(deny(`[${kind}]`), { url })).toBe('deny');
	});
	it('any URL is enough, also in prose and inside of another URL', async () => {
		const inner = deny('[evil.com]');
		expect(await effect(inner, { url: 'https://a.com', note: 'see https://evil.com/x' })).toBe('deny');
		expect(await effect(inner, { url: 'https://a.com/?u=https%3A%2F%2Fevil.com' })).toBe('deny');
		expect(await effect(inner, { deep: [[{ x: 'wss://evil.com' }]] })).toBe('deny');
		expect(await effect(inner, { url: 'https://a.com' })).toBe('allow');
	});
	it('what a URL does not tell counts as the worst', async () => {
		expect(await effect(deny("['https://evil.com']"), { url: 'evil.com' })).toBe('deny');
		expect(await effect(deny("['evil.com:22']"), { host: 'evil.com' })).toBe('deny');
	});
	it('a URL that cannot be judged is denied, also by a rule about other hosts', async () => {
		const verdict = await judged(deny('[evil.com]'), {
			capability: 'network.request',
			arguments: { url: 'https://a@b@c.com' },
		});
		expect(verdict).toMatchObject({ effect: 'deny', reason: 'url_unjudgeable' });
	});
	it('asks only where every URL is one that may be asked for', async () => {
		const asks = policy('require_approval', '[a.com]');
		expect(await effect(asks, { url: 'https://a.com' })).toBe('require_approval');
		expect(await effect(asks, { urls: ['https://a.com', 'https://b.com'] })).toBe('deny');
	});
});

describe('hosts in a policy', () => {
	it.each([
		'a b',
		'http://',
		'example.com/path',
		'user@host',
		'*',
		'a*.com',
		'*.*.com',
		'host:0',
		'host:70000',
		'',
		'[::1',
	])('%j', entry => {
		const wrong = problemsOf(`deny:\n  - {capability: a.b, hosts: [${JSON.stringify(entry)}]}\n`);
		expect(wrong).toEqual(entry === '*' ? [] : [[entry === '' ? 'empty-value' : 'invalid-pattern', 'error', 2]]);
	});
});

describe('URLs are found and read', () => {
	it('nothing throws, whatever the text', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.boolean(), (text, bare) => {
				for (const { host } of readUrl(text, bare).readings) {
					expect(() => classOfHost(host)).not.toThrow();
				}
				findUrls({ url: text, note: `x https://${text}` });
			}),
			runs(1000),
		);
	});
	it('every spelling of an address has the class of the address', () => {
		const octet = fc.integer({ min: 0, max: 255 });
		fc.assert(
			fc.property(octet, octet, octet, octet, (a, b, c, d) => {
				const plain = `${String(a)}.${String(b)}.${String(c)}.${String(d)}`;
				const number = ((a * 256 + b) * 256 + c) * 256 + d;
				const hex = (value: number) => `0x${value.toString(16)}`;
				const spellings = [
					plain,
					String(number),
					hex(number),
					[a, b, c, d].map(hex).join('.'),
					`${String(a)}.${String(b)}.${String(c * 256 + d)}`,
					`[::ffff:${plain}]`,
				];
				const kinds = spellings.map(each => readUrl(`http://${each}/`, false).readings[0]?.kind);
				expect(new Set(kinds)).toEqual(new Set([classOfHost(plain)]));
			}),
		);
	});
	it('many URLs are too many to judge', () => {
		const urls = findUrls({ urls: Array.from({ length: 1000 }, () => 'https://a.com') });
		expect(urls).toHaveLength(257);
		expect(urls.at(-1)?.problem).toBe('too-many');
	});
	it('reads megabytes of text in no time', () => {
		for (const unit of ['https://a', 'http:', ':// ', '%25', '@', 'a:b://']) {
			const start = processorMs();
			findUrls({ note: unit.repeat(1_000_000 / unit.length), url: unit.repeat(60_000 / unit.length) });
			expect(processorMs() - start, unit).toBeLessThan(3000);
		}
	});
});
