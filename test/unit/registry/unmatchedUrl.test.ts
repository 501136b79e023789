import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUrl } from '../../../src/base/isUrl';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { matchesServer, readMatchers } from '../../../src/domain/registry/serverMatcher';
import { unmatchedUrl } from '../../../src/domain/registry/unmatchedUrl';
import { plainPattern } from '../../../src/domain/registry/urlPattern';
import { addressMeant } from '../../../src/domain/registry/urlReach';
import { urlTokens } from '../../../src/domain/registry/urlTokens';
import { runs } from '../support/runs';
import { saidBy } from '../support/saidBy';

/** Whether an entry means a server at this address. */
const matches = (serverUrl: string, url: string) =>
	readMatchers({ serverUrl }).all.some(matcher => matchesServer(matcher, { name: 's', url }));

describe('a serverUrl that can match no server', () => {
	it.each([
		['*bücher.example/*', ['*://bücher.example/*', '*://*.bücher.example/*']],
		['*.bücher.example/*', ['*://*.bücher.example/*']],
		['*books.example/*', ['*://*books.example/*']],
		['books.example/*', ['*://books.example/*']],
		['books.example/mcp', ['*://books.example/mcp']],
		['*', ['*://*/*']],
		['*://*', ['*://*/*']],
		['*://books.example', ['*://books.example/*']],
		['*/mcp', ['*://mcp/*']],
		['*//bücher.example/*', ['*://bücher.example/*']],
		['*://me@books.example/*', ['*://books.example/*']],
		['*://books.example/*#top', ['*://books.example/*']],
		['https://*.books.example/bücher/*', ['https://*.books.example/b%C3%BCcher/*']],
		['https://*.books.example/a b/*', ['https://*.books.example/a%20b/*']],
		['https://*.books.example/a/../*', ['https://*.books.example/*']],
		['https://*.books.example/mcp?', ['https://*.books.example/mcp']],
		['https://*.books.example:no/*', []],
		['https:///*', []],
		['*://books.example:constructor/*', []],
		['https://*.books..example/*', []],
		['localhost:3000/mcp', ['*://localhost:3000/mcp']],
	])('%s: %j means one', (text, instead) => {
		expect(unmatchedUrl(text)).toEqual({ missed: 'all', instead });
		for (const each of instead) {
			expect(unmatchedUrl(each)).toBeUndefined();
		}
	});

	it.each([
		['*://books.example:443/*', 'https', 'https://books.example/*', 'http://books.example:443/x'],
		['http*://*.books.example:80/*', 'http', 'http://*.books.example/*', 'https://a.books.example:80/x'],
	])('%s means none by %s: addresses do not say their usual port', (text, scheme, instead, other) => {
		expect(unmatchedUrl(text)).toEqual({
			missed: scheme,
			instead: [instead],
		});
		expect(matches(text, other)).toBe(true);
	});

	it.each([
		'*://BOOKS.example/*',
		'https://BÜCHER.example/*',
		'https://*.BÜCHER.example/*',
		'HTTPS://books.example:443/*',
		'https://books.example:*/*',
		'https://*.books.example/mcp?*',
		'*://*:8443/*',
		'*://[*]/*',
		'*//books.example/*',
		'*/*',
		'http*//*',
		'https://*',
		'https://books.example',
		'http://127.1/mcp',
		'unix:///*',
		'pipe:*',
		// An error already, which says what to do.
		'https://mün*.example/*',
		`https://${'*a'.repeat(400)}`,
	])('%s is left alone', text => {
		expect(unmatchedUrl(text)).toBeUndefined();
	});

	it.each(['allowedServers', 'deniedServers'])(
		'is a warning of the policy at its own line, and changes nothing: %s',
		key => {
			const entries = ['https://books.example/*', '*bücher.example/*', 'https://*/', '*://books.example:443/*'];
			const lines = entries.map(each => `    - { serverUrl: '${each}' }\n`).join('');
			const { policy, problems } = parsePolicy(
				`settings:\n  ${key}:\n    - { serverName: n }\n${lines}`,
				'/org.yaml',
			);
			expect(policy?.settings?.map(({ value }) => value)).toEqual([
				[{ serverName: 'n' }, ...entries.map(serverUrl => ({ serverUrl }))],
			]);
			expect(problems.map(each => [each.severity, each.code, each.at.line, saidBy(each)])).toEqual([
				[
					...['warning', 'never-matches', 5],
					`'${key}': '*bücher.example/*' can match no server; write '*://bücher.example/*', '*://*.bücher.example/*'.`,
				],
				[
					...['warning', 'never-matches', 7],
					`'${key}': '*://books.example:443/*' matches no server by https, whose addresses are compared without their usual port; write 'https://books.example/*'.`,
				],
			]);
		},
	);

	it('says what a pattern looks like where nothing can be told', () => {
		const { problems } = parsePolicy(`settings: {deniedServers: [{serverUrl: 'https:///*'}]}\n`, '/org.yaml');
		expect(problems.map(saidBy)).toEqual([
			`'deniedServers': 'https:///*' can match no server; write an address like 'https://HOST/PATH', with * for what may differ.`,
		]);
	});

	it('of a hostile list no more than 20 000 characters are looked at', () => {
		const url = '*a'.repeat(140);
		const many = Array.from({ length: 3_000 }, () => `{serverUrl: '${url}'}`).join(', ');
		const { problems } = parsePolicy(`settings: {deniedServers: [${many}]}\n`, '/org.yaml');
		expect(problems.map(({ code }) => code)).toEqual(
			Array.from({ length: Math.floor(20_000 / url.length) }, () => 'never-matches'),
		);
	});

	const part = fc.constantFrom(
		...[
			'*',
			'://',
			':',
			'/',
			'.',
			'a',
			'Ü',
			'443',
			'80',
			'8443',
			':*',
			'@',
			'?',
			'#',
			'..',
			'[',
			']',
			'http',
			'https',
			'x',
		],
	);
	const pattern = fc.oneof(
		fc.array(part, { minLength: 1, maxLength: 8 }).map(parts => parts.join('')),
		fc
			.tuple(
				fc.constantFrom('*', 'http*', 'https', 'HTTP', ''),
				fc.constantFrom('://', '//', ''),
				fc.array(part, { minLength: 1, maxLength: 4 }),
				fc.constantFrom('/*', '/a', ':*/*', ''),
			)
			.map(([scheme, slashes, parts, end]) => scheme + slashes + parts.join('') + end),
	);
	const address = fc
		.tuple(
			fc.constantFrom('http', 'https'),
			fc.constantFrom('a', 'x.a', 'a.x', 'ü', '[::1]', 'xn--tda.a', '8443'),
			fc.constantFrom('', ':443', ':80', ':8443', ':1'),
			fc.array(
				part.filter(each => each !== '#'),
				{ maxLength: 4 },
			),
		)
		.map(([scheme, host, port, path]) => `${scheme}://${host}${port}/${path.join('')}`)
		.filter(url => isUrl(url));

	it('throws for no text', () => {
		fc.assert(
			fc.property(fc.oneof(pattern, fc.string({ unit: 'binary' }), fc.string()), text => {
				for (const each of unmatchedUrl(text)?.instead ?? []) {
					expect(unmatchedUrl(each)?.missed).not.toBe('all');
				}
			}),
			runs(1000),
		);
	});

	it('warns of no pattern that matches some address', () => {
		fc.assert(
			fc.property(pattern, address, (text, url) => {
				if (matches(text, url)) {
					expect(unmatchedUrl(text)?.missed).not.toBe('all');
				}
			}),
			runs(3000),
		);
	});

	it('knows that a query of nothing is none', () => {
		expect(unmatchedUrl('*://a/?')?.missed).toBe('all');
		expect(unmatchedUrl('*://a/?*')).toBeUndefined();
		expect([matches('*://a/?', 'https://a/?'), matches('*://a/?*', 'https://a/?b')]).toEqual([false, true]);
	});

	it('and of every other one there is an address that it matches', () => {
		let shown = 0;
		fc.assert(
			fc.property(pattern, fc.constantFrom('http', 'https'), (text, scheme) => {
				const { all, ok } = readMatchers({ serverUrl: text });
				const [matcher] = all;
				const plain =
					ok && matcher?.kind === 'url' && text.includes('*') ? plainPattern(matcher.pattern) : undefined;
				const found = plain === undefined ? undefined : addressMeant(urlTokens(plain), scheme);
				// Some hosts have the form of a host and are none (`1.1.1`); those are left alone.
				if (found !== undefined && isUrl(found) && new URL(found).href === found) {
					shown++;
					expect(matches(text, found)).toBe(true);
				}
			}),
			runs(3000),
		);
		expect(shown).toBeGreaterThan(50);
	});
});
