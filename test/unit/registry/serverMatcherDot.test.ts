import { describe, expect, it } from 'vitest';
import { matchesServer } from '../../../src/domain/registry/serverMatcher';

describe('the dot that ends a full host name', () => {
	it.each([
		['https://evil.example/*', 'https://evil.example./mcp'],
		['https://*.evil.example:*/*', 'https://a.evil.example.:8443/mcp'],
		['https://evil.example/mcp', 'https://evil.example./mcp'],
	])('hides nothing from %s', (pattern, url) => {
		expect(matchesServer({ kind: 'url', pattern }, { name: 'x', url })).toBe(true);
	});
});
