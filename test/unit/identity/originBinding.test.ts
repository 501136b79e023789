import { describe, expect, it } from 'vitest';
import { bindOrigin } from '../../../src/domain/identity/originBinding';
import { vectors } from './vectors';

interface BindingCase {
	readonly did: string;
	readonly origin: string | null;
	readonly path: string | null;
	readonly bound: boolean | 'not_applicable';
	readonly error?: string;
	readonly skip?: boolean;
	readonly source: string;
}

const { cases } = vectors<{ cases: readonly BindingCase[] }>('origin-binding');
const http = (endpoint: string) => ({ kind: 'http', endpoint }) as const;
const STDIO = { kind: 'stdio', launchDigest: 'a'.repeat(64) } as const;

describe('origin binding (RFC-007 §7.2 6, origin-binding.json)', () => {
	it.each(cases)('$did at $origin $path: $bound ($source)', ({ did, origin, path, bound, error }) => {
		const found = bindOrigin(did, origin === null ? STDIO : http(`${origin}${path ?? ''}`));
		if (bound === 'not_applicable' || (bound && did.startsWith('did:key:'))) {
			expect(found).toEqual({ kind: 'not-applicable' });
		} else if (bound) {
			expect(found).toEqual({ kind: 'ok' });
		} else {
			expect(found).toEqual({ kind: 'failed', code: error });
		}
	});

	it.each([
		['another port', 'did:web:example.com', 'https://example.com:8443/'],
		['the port of the DID only', 'did:web:example.com%3A8443', 'https://example.com/'],
		['user information', 'did:web:example.com', 'https://user@example.com/'],
		['no DID', 'example.com', 'https://example.com/'],
		['http on loopback, not admitted', 'did:web:localhost', 'http://localhost/'],
		['a name that ends alike', 'did:web:example.com', 'https://evil-example.com/'],
		['nothing', '', ''],
	])('%s does not bind', (_, did, endpoint) => {
		expect(bindOrigin(did, http(endpoint)).kind).toBe('failed');
	});

	it.each([
		['an encoded slash is no boundary', 'did:web:a.example:mcp', 'https://a.example/mcp%2Ffiles', false],
		[
			'a dot segment of the address is resolved first',
			'did:web:a.example:mcp',
			'https://a.example/mcp/../other',
			false,
		],
		['an empty segment in front', 'did:web:a.example:mcp', 'https://a.example//mcp', false],
		['case counts in paths', 'did:web:a.example:mcp', 'https://a.example/MCP', false],
		['a broken escape', 'did:web:a.example:mcp', 'https://a.example/mcp/%zz', false],
		['a last slash', 'did:web:a.example:mcp', 'https://a.example/mcp/', true],
		['a query', 'did:web:a.example:mcp', 'https://a.example/mcp?x=/other', true],
		['an encoded letter', 'did:web:a.example:mcp', 'https://a.example/%6dcp', true],
	])('path: %s', (_, did, endpoint, ok) => {
		expect(bindOrigin(did, http(endpoint)).kind).toBe(ok ? 'ok' : 'failed');
	});

	it('a last dot of the host does not count', () => {
		expect(bindOrigin('did:web:a.example', http('https://a.example./')).kind).toBe('ok');
	});

	describe('a DID at its issuer (identity.md §3.4)', () => {
		const did = 'did:web:registry.example:servers:x';
		const badge = { iss: 'https://registry.example', domain: 'mcp.example' };

		it('the domain that the issuer validated binds', () => {
			expect(bindOrigin(did, http('https://mcp.example/mcp'), { badge })).toEqual({ kind: 'ok' });
			expect(bindOrigin(did, http('https://other.example/mcp'), { badge }).kind).toBe('failed');
			expect(bindOrigin(did, http('https://sub.mcp.example/mcp'), { badge }).kind).toBe('failed');
		});

		it('without a validated domain nothing is said about the place', () => {
			const registered = { iss: badge.iss };
			expect(bindOrigin(did, http('https://mcp.example/mcp'), { badge: registered }).kind).toBe('not-applicable');
		});

		it('it is for DIDs at the issuer itself: another one does not vouch for it', () => {
			const other = { ...badge, iss: 'https://other.example' };
			expect(bindOrigin(did, http('https://mcp.example/mcp'), { badge: other }).kind).toBe('failed');
			expect(bindOrigin(did, http('https://mcp.example/mcp')).kind).toBe('failed');
		});
	});

	it('skipped only where somebody said so', () => {
		expect(bindOrigin('did:web:logical.example', http('https://gateway.example/'), { skip: true }).kind).toBe(
			'skipped',
		);
		expect(bindOrigin('did:web:logical.example', STDIO, { skip: true }).kind).toBe('not-applicable');
	});

	it('http on loopback where it is admitted', () => {
		const terms = { loopbackHttp: true };
		expect(bindOrigin('did:web:localhost%3A8080', http('http://localhost:8080/'), terms).kind).toBe('ok');
		expect(bindOrigin('did:web:a.example', http('http://a.example/'), terms).kind).toBe('failed');
	});
});
