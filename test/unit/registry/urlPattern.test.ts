import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUrl } from '../../../src/base/isUrl';
import { type JsonValue } from '../../../src/base/json';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { judgeServer, listedServer, readServerLists } from '../../../src/domain/registry/serverLists';
import { matchesServer, readMatchers } from '../../../src/domain/registry/serverMatcher';
import { readUrlPattern } from '../../../src/domain/registry/urlPattern';
import { runs } from '../support/runs';
import { saidBy } from '../support/saidBy';

/** What one list with one pattern makes of a server at a URL. */
function under(list: 'allowed' | 'denied', serverUrl: string, url: string): string {
	const entries: JsonValue = [{ serverUrl }];
	const { lists } =
		list === 'allowed' ? readServerLists('x', entries, undefined) : readServerLists('x', undefined, entries);
	const server = listedServer('s', { kind: 'http', url, headers: [] });
	return judgeServer(lists === undefined ? [] : [lists], server, 'resolved').kind;
}

describe('hosts of serverUrl that are not ASCII', () => {
	it.each([
		['https://*.münchen.example/*', 'https://a.xn--mnchen-3ya.example/mcp'],
		['https://*.münchen.example/*', 'https://a.MÜNCHEN.example/mcp'],
		['https://*.MÜNCHEN.example/*', 'https://a.münchen.example/mcp'],
		['https://*.xn--mnchen-3ya.example/*', 'https://a.münchen.example/mcp'],
		['https://*.XN--MNCHEN-3YA.example:*/*', 'https://a.münchen.example:8443/mcp'],
		['https://münchen.example/*', 'https://xn--mnchen-3ya.example/mcp'],
		['https://me@münchen.example:443/*', 'https://xn--mnchen-3ya.example/mcp'],
		['*://*.münchen.example/*', 'https://a.xn--mnchen-3ya.example/mcp'],
		['http*://münchen.example/*', 'https://xn--mnchen-3ya.example/mcp'],
		['https://api-*.münchen.example/*', 'https://api-1.xn--mnchen-3ya.example/mcp'],
		['https://*.m%C3%BCnchen.example/*', 'https://a.münchen.example/mcp'],
		['https://*。münchen．example/*', 'https://a.münchen.example/mcp'],
		['https://*.mu\u0308nchen.example/*', 'https://a.münchen.example/mcp'],
		// The rest of what the parser makes of a host counts as well.
		['https://127.1/*', 'https://127.0.0.1/mcp'],
		['https://*.example.com./*', 'https://a.example.com/mcp'],
	])('%s means %s', (pattern, url) => {
		expect(under('allowed', pattern, url)).toBe('allowed');
		expect(under('denied', pattern, url)).toBe('denied');
	});

	it.each([
		['https://*.münchen.example/*', 'https://a.munchen.example/mcp'],
		['https://*.münchen.example/*', 'https://münchen.example/mcp'],
		['https://*.münchen.example/*', 'https://a.münchen.example.evil.com/mcp'],
		['https://*.paypal.example/*', 'https://a.p\u0430ypal.example/mcp'],
		['https://*.p\u0430ypal.example/*', 'https://a.paypal.example/mcp'],
		['https://*.faß.example/*', 'https://a.fass.example/mcp'],
		['https://10.0.0.*/*', 'https://0.0.0.10/mcp'],
		['https://*/mü', 'https://a.example/xn--m-eha'],
	])('%s does not mean %s', (pattern, url) => {
		expect(under('allowed', pattern, url)).toBe('not-listed');
		expect(under('denied', pattern, url)).toBe('allowed');
	});

	it.each([
		['a star within such a label', 'https://mün*.example/*', 'https://xn--mnchen-3ya.example/mcp'],
		['a label that is none', 'https://*.\u200d.example/*', 'https://a.b.example/mcp'],
		['a star that is not one yet', 'https://*.＊.example/*', 'https://a.b.example/mcp'],
		['an encoded star', 'https://*.%2a.example/*', 'https://a.b.example/mcp'],
	])('what cannot be converted allows nothing, and denies at least what it says: %s', (_what, pattern, url) => {
		expect(under('allowed', pattern, url)).toBe('not-listed');
		expect(under('denied', pattern, url)).toBe('denied');
		expect(under('denied', pattern, 'https://elsewhere.com/mcp')).toBe('allowed');
	});

	it.each(['https://＊.example/*', 'https://%2a.example/*', 'https://mün chen.example/*'])(
		'a star or a space in disguise is no star: %s',
		pattern => {
			expect(under('allowed', pattern, 'https://a.example/mcp')).toBe('not-listed');
			expect(readUrlPattern(pattern).why).toBe('its host is no name or address');
		},
	);

	it.each(['allowedServers', 'deniedServers'])('it is an error of the policy, with its line: %s', key => {
		const text = `policy_name: acme\nsettings:\n  ${key}:\n    - {serverUrl: 'https://mün*.example/*'}\n`;
		const { policy, problems } = parsePolicy(text, '/etc/mcp-firewall/policy.yaml');
		expect(policy).toBeUndefined();
		expect(problems).toMatchObject([
			{ severity: 'error', code: 'invalid-value', at: { file: '/etc/mcp-firewall/policy.yaml', line: 4 } },
		]);
		expect(saidBy(problems[0])).toContain('cannot stand beside letters that are not ASCII; write whole labels');
	});

	it('an entry means the same server however often it was asked about', () => {
		const { all } = readMatchers({ serverUrl: 'https://*.münchen.example/*' });
		const means = (url: string) => all.some(matcher => matchesServer(matcher, { name: 's', url }));
		for (let time = 0; time < 20_000; time++) {
			means(`https://${String(time % 7)}/`);
		}
		expect(means('https://a.münchen.example/mcp')).toBe(true);
	});

	it('leaves every address without a star, and those of other kinds, as they are', () => {
		for (const pattern of [
			'https://münchen.example/mcp',
			'unix:/*',
			'pipe:*',
			'*',
			'*.münchen.example',
			'ws://ü/*',
		]) {
			expect(readUrlPattern(pattern)).toEqual({ pattern });
		}
	});

	it('a pattern whose host is a host means the URLs that the parser leads there', () => {
		const label = fc.stringMatching(/^[a-zäöüßéж]{1,8}$/u);
		fc.assert(
			fc.property(label, label, label, (front, first, second) => {
				const written = `${first}.${second}.example`;
				fc.pre(isUrl(`https://${front}.${written}/`));
				expect(under('denied', `https://*.${written}/*`, `https://${front}.${written}/mcp`)).toBe('denied');
				const { host } = new URL(`https://${written}/`);
				expect(under('allowed', `https://*.${host}/*`, `https://${front}.${written}/mcp`)).toBe('allowed');
				expect(under('allowed', `https://*.${written}/*`, `https://${front}.${host}/mcp`)).toBe('allowed');
			}),
			runs(200),
		);
	});
});
