import { describe, expect, it } from 'vitest';
import { authMethod } from '../../../src/domain/registry/launchAuth';
import { type ServerEntry } from '../../../src/domain/registry/serverEntry';
import { aServerEntry } from '../support/serverEntries';

const { supply } = aServerEntry();
const image = { source: { kind: 'oci', name: 'x' }, integrity: `sha256:${'0'.repeat(64)}` } as const;
const started = { command: 'x', args: [], cwd: '/', env: {} };
const at = (url: string) => ({ kind: 'http' as const, url, headers: {} });
const file = { role: 'executable', path: '/x', digest: '0'.repeat(64) } as const;
const tokens = { kind: 'oauth', name: 'https://issuer.example', storedAt: '2026-07-01T10:00:00.000Z' } as const;

describe('authMethod', () => {
	it.each<[string, Partial<ServerEntry>, Parameters<typeof authMethod>[1], string]>([
		['files by digest', { supply: { ...supply, files: [file] } }, started, 'file-digest'],
		['an image by digest', { supply: { ...supply, ...image, files: [file] } }, started, 'image-digest'],
		[
			'an image by name alone, so by its engine',
			{ supply: { source: image.source, files: [file], gaps: [] } },
			started,
			'file-digest',
		],
		['nothing that could be pinned', { supply: { ...supply, files: [] } }, started, 'none'],
		['its certificate', {}, at('https://mcp.example'), 'tls'],
		['a sign-in', { credentials: [tokens] }, at('https://mcp.example'), 'oauth'],
		['no sign-in over a line that anybody can read', { credentials: [tokens] }, at('http://127.0.0.1:1'), 'none'],
	])('E7: a server is known by %s', (_what, parts, launch, method) => {
		expect(authMethod({ supply, credentials: [], ...parts }, launch)).toBe(method);
	});
});
