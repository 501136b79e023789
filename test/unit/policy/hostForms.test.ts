import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findUrls } from '../../../src/domain/policy/findUrls';
import { addressesBehind, classOfHost, isMetadataHost } from '../../../src/domain/policy/hostClass';
import { canonicalHost, readUrl } from '../../../src/domain/policy/urlReadings';
import { runs } from '../support/runs';
import { judged, problemsOf } from './judge';
import { processorMs } from '../support/processorMs';

const LOCAL = `deny:
  - {capability: network.*, hosts: [link-local, loopback, private]}
allow: [network.request]
`;
const GOOD = `allow:
  - {capability: network.request, hosts: [api.good.com]}
`;
const effect = async (text: string, args: object, capability = 'network.request') =>
	(await judged(text, { capability, arguments: args as never })).effect;

describe('POL-03 a deny of hosts sees them however they are written', () => {
	it.each<[string, object]>([
		['user and password without a scheme', { url: 'user:pass@169.254.169.254/latest' }],
		['a user and a number without a scheme', { url: 'user:12@169.254.169.254/' }],
		['a user named like a scheme', { url: 'data:x@169.254.169.254/' }],
		['a port with zeros in front', { url: 'metadata.google.internal:000080/x' }],
		['an empty port', { url: 'localhost:' }],
		['a port that is none', { endpoint: 'localhost:8080a' }],
		['a bare word with a colon', { url: 'metadata:latest' }],
		['IPv6 without brackets', { host: 'fe80::1' }],
		['IPv6 without brackets, with a zone', { host: 'fe80::1%eth0' }],
		['IPv6 of the cloud', { host: 'fd00:ec2::254' }],
		['IPv6 of this machine', { host: '::1' }],
		['a number', { host: 2852039166 }],
		['a number under url', { url: 2852039166 }],
		['a number that is a short address', { host: 127.1 }],
		['zero', { host: 0 }],
		['a number in a list', { hosts: [2852039166] }],
		['a key that is a URL', { requests: { 'http://169.254.169.254/': {} } }],
		['a key that is an address', { requests: { '169.254.169.254': {} } }],
		['a key below hosts', { hosts: { localhost: {} } }],
		['address', { address: '169.254.169.254' }],
		['server', { server: '169.254.169.254', port: 80 }],
		['registry', { registry: 'metadata.google.internal/v1' }],
		['base', { base: '0xa9fea9fe' }],
		['a server by name and port', { server: 'localhost:6379' }],
		['a key that tells nothing', { q: '169.254.169.254' }],
		['a key that tells nothing, with a path', { q: '169.254.169.254/latest' }],
		['a key that tells nothing, IPv6', { q: '[fe80::1]:80' }],
		['content', { text: '169.254.169.254' }],
		['a line break in the scheme', { target: 'htt\np://169.254.169.254/' }],
		['a tab in the scheme', { target: 'htt\tp://169.254.169.254/' }],
		['an object below url', { url: { value: '169.254.169.254' } }],
		['a word below url', { url: { value: 'intranet' } }],
		['a host by its name', { host: { name: 'localhost', port: 80 } }],
		['hostName', { hostName: 'metadata.google.internal' }],
		['JSON in a text', { request: '{"u":"http:\\u002f\\u002f169.254.169.254/"}' }],
		['JSON in JSON', { request: JSON.stringify({ a: JSON.stringify({ host: '169.254.169.254' }) }) }],
		['JSON in content', { body: '{"u":"http:\\u002f\\u002f169.254.169.254/"}' }],
		['no slashes inside of text', { text: 'see http:169.254.169.254/latest' }],
		['a slash in front', { host: '/169.254.169.254' }],
		['a fragment in front', { host: '#@169.254.169.254' }],
		['a connection string', { dsn: 'host=127.0.0.1 port=5432' }],
		['a connection string with a call', { dsn: 'root@tcp(127.0.0.1:3306)/db' }],
		['an address of git', { remote: 'git@10.0.0.5:a/b' }],
	])('%s', async (_title, args) => {
		expect(await effect(LOCAL, args)).toBe('deny');
	});
	it.each<[string, object]>([
		['a public host', { url: 'https://example.com/', server: 'api.example.com' }],
		['words', { url: 'https://example.com/', server: 'main', target: 'prod', base: 'main', remote: 'origin' }],
		['counts', { url: 'https://example.com/', max_links: 10, links: 3, port: 80, limit: 2852039166 }],
		['times and versions', { url: 'https://example.com/', at: '12:30:45', since: 1767225600, version: '1.2.3' }],
		['code', { url: 'https://example.com/', note: 'std::fs::read', text: 'a::b is a name' }],
		['a path', { url: '/docs/index' }],
		['a page of the browser', { url: 'about:blank' }],
	])('%s passes', async (_title, args) => {
		expect(await effect(LOCAL, args)).toBe('allow');
	});
});

describe('POL-03 an allow of hosts takes nothing unrecognised for granted', () => {
	const url = 'https://api.good.com/';
	it.each<[string, object]>([
		['another address', { url, address: 'evil.com' }],
		['a server', { url, server: 'evil.com' }],
		['a server with slashes', { url, server: '//evil.com' }],
		['a server name', { url, server_name: 'evil.com' }],
		['a host as an object', { url, host: { name: 'evil.com' } }],
		['an object below one', { url, target: { deep: { x: 'evil.com' } } }],
		['a key', { url, requests: { 'https://evil.com/': 1 } }],
		['a number', { url, proxy: 3639549953 }],
		['a broken scheme', { url, target: 'htt\nps://evil.com/' }],
		['an address under any key', { url, q: '216.58.1.1' }],
		['JSON in a text', { url, options: '{"proxy":"evil.com"}' }],
		['too deep JSON', { url, options: '['.repeat(100) + ']'.repeat(100) }],
		['a possible host alone', { server: 'api.good.com' }],
		['no slashes', { url, request: 'GET https:evil.com/' }],
		['an address of git', { url, remote: 'git@evil.com:a/b' }],
		['a user without a scheme', { url: 'api.good.com:x@evil.com' }],
		['a user that is the host', { url: 'evil.com:x@api.good.com' }],
	])('%s is denied', async (_title, args) => {
		expect(await effect(GOOD, args)).toBe('deny');
	});
	it.each<[string, object]>([
		['listed twice', { url, server: 'api.good.com', address: 'api.good.com:443' }],
		['words', { url, server: 'main', target: 'prod', method: 'GET', node: '5' }],
		['content', { url, body: '{"proxy":"evil.com"}', text: 'see https://evil.com and 10.0.0.1' }],
		['a port', { url, port: 8080, retries: 3 }],
	])('%s passes', async (_title, args) => {
		expect(await effect(GOOD, args)).toBe('allow');
	});
	it('an approval is not asked for what nobody may approve', async () => {
		const asks = GOOD.replace('allow', 'require_approval');
		expect(await effect(asks, { url })).toBe('require_approval');
		expect(await effect(asks, { url, server: 'evil.com' })).toBe('deny');
	});
});

describe('POL-03 one address under all of its names', () => {
	const denied = (host: string) =>
		`deny:\n  - {capability: network.*, hosts: ['${host}']}\nallow: [network.request]\n`;
	it.each([
		'http://169.254.169.254/',
		'http://[::ffff:169.254.169.254]/',
		'http://[::ffff:a9fe:a9fe]/',
		'http://[::169.254.169.254]/',
		'http://[::ffff:0:169.254.169.254]/',
		'http://[64:ff9b::a9fe:a9fe]/',
		'http://[2002:a9fe:a9fe::1]/',
		'http://169.254.169.254.nip.io/',
		'http://www.169-254-169-254.sslip.io/',
		'http://169-254-169-254.x.sslip.io/',
		'http://a9fea9fe.nip.io/',
		'http://0xa9fea9fe/',
	])('%s is 169.254.169.254, and the metadata service', async url => {
		expect(await effect(denied('169.254.169.254'), { url })).toBe('deny');
		expect(await effect(denied('metadata'), { url })).toBe('deny');
		expect(await effect(denied('169.254.169.253'), { url })).toBe('allow');
	});
	it('also when the policy writes the longer one', async () => {
		expect(await effect(denied('[::ffff:10.0.0.5]'), { url: 'http://10.0.0.5/' })).toBe('deny');
		expect(await effect(denied('10.0.0.5.nip.io'), { url: 'http://10.0.0.5/' })).toBe('deny');
		expect(await effect(denied('[::1]'), { url: 'http://--1.sslip.io/' })).toBe('deny');
		expect(await effect(denied('127.0.0.1'), { url: 'http://a.localtest.me/' })).toBe('deny');
	});
	it('but an allow means the very one it lists', async () => {
		const one = "allow:\n  - {capability: network.request, hosts: ['10.0.0.5']}\n";
		expect(await effect(one, { url: 'http://10.0.0.5/' })).toBe('allow');
		expect(await effect(one, { url: 'http://[2002:a00:5::1]/' })).toBe('deny');
		expect(await effect(one, { url: 'http://10.0.0.5.nip.io/' })).toBe('deny');
		const near = 'allow:\n  - {capability: network.request, hosts: [private]}\n';
		expect(await effect(near, { url: 'http://8.8.8.8.nip.io/' })).toBe('deny');
		expect(await effect(near, { url: 'http://10.0.0.5.nip.io/' })).toBe('allow');
	});
	it.each([
		'100.100.100.200',
		'168.63.129.16',
		'[fd00:ec2::254]',
		'[fd20:ce::254]',
		'metadata.google.internal',
		'metadata',
		'instance-data.ec2.internal',
	])('%s is the metadata service and nothing public', host => {
		expect(isMetadataHost(canonicalHost(host) ?? '')).toBe(true);
		expect(classOfHost(host)).not.toBe('public');
	});
	it('no host is of class metadata and public both, and what an address holds is an address', () => {
		const octet = fc.integer({ min: 0, max: 255 });
		fc.assert(
			fc.property(octet, octet, octet, octet, (...octets) => {
				const plain = octets.join('.');
				for (const host of [`[::ffff:${plain}]`, `[64:ff9b::${plain}]`, `x.${octets.join('-')}.nip.io`]) {
					expect(addressesBehind(canonicalHost(host) ?? '')).toContain(plain);
				}
				expect(isMetadataHost(plain) && classOfHost(plain) === 'public').toBe(false);
			}),
			runs(200),
		);
	});
	it('a policy may name it, and narrower entries count as covered', () => {
		const text =
			"deny:\n  - {capability: a.b, hosts: metadata}\nallow:\n  - {capability: a.b, hosts: ['168.63.129.16']}\n";
		expect(problemsOf(text)).toEqual([['shadowed', 'warning', 4]]);
	});
});

describe('ARG-13 reading hosts takes time linear in the text', () => {
	const size = 100_000;
	it.each([
		['%', `http://[${'%'.repeat(60_000)}`],
		['% closed', `http://[${'%'.repeat(60_000)}]`],
		['spaces', `http://a${' '.repeat(60_000)}b`],
		['spaces around', `${' '.repeat(30_000)}x${' '.repeat(30_000)}y`],
		['zeros', `http://${'0'.repeat(60_000)}x`],
		['labels', `http://${'a.'.repeat(30_000)}nip.io`],
		['addresses', `http://${'1.'.repeat(30_000)}nip.io`],
		['colons', '1:'.repeat(30_000)],
		['users', `http://${'a@'.repeat(30_000)}b`],
		['pairs', 'host= '.repeat(size / 6)],
		['calls', '@a('.repeat(size / 3)],
		['schemes', 'http:a'.repeat(size / 6)],
		['brackets', '['.repeat(size)],
		['braces', `${'{"a":'.repeat(size / 5)}]`],
	])('%s', (_title, text) => {
		const start = processorMs();
		findUrls({ url: text, server: text, note: text, x: text, [text]: 1 });
		readUrl(text, true);
		expect(processorMs() - start).toBeLessThan(2000);
	});
	it('a host beyond 255 characters is none', () => {
		expect(canonicalHost('a'.repeat(256))).toBeUndefined();
		expect(readUrl(`http://${'a.'.repeat(200)}com/`, false)).toEqual({ readings: [], problem: 'unreadable' });
	});
	it('so does looking for hosts among many texts, and too many cannot be judged', () => {
		const start = processorMs();
		const words = Array.from({ length: 20_000 }, (_, n) => `word${String(n)}`);
		expect(findUrls({ server: words, target: ['localhost'] })).toMatchObject([
			{ pointer: '/target/0', possible: true },
		]);
		const odd = findUrls({ server: words.map(word => `..${word}..`) });
		expect(odd).toMatchObject([{ destination: true, problem: 'too-many' }]);
		expect(processorMs() - start).toBeLessThan(2000);
	});
	it('many URLs in one call cost no more than few', () => {
		const start = processorMs();
		const urls = findUrls({ note: 'http://a.b/ '.repeat(9000), other: 'http://a.b,'.repeat(9000) });
		expect(urls.at(-1)).toMatchObject({ problem: 'too-many', destination: true });
		expect(processorMs() - start).toBeLessThan(2000);
	});
});
