import { describe, expect, it } from 'vitest';
import { type Launch, serverIdOf } from '../../../src/domain/registry/launch';
import { exposedSecrets, revokedCredential } from '../../../src/domain/registry/shownLaunch';
import { type LaunchQuestion } from '../../../src/vscode/guardPorts';
import { confirmedLaunch } from '../../../src/vscode/launchForReview';
import { credentialRow, revokeQuestion, valueProblem } from '../../../src/vscode/credentialText';
import { signInText } from '../../../src/vscode/signInText';
import { aServerEntry } from '../support/serverEntries';

const context = { workspaceFolder: '/ws', userHome: '/home/p', env: { KEY: 'canary-env' } };

async function ask(launch: Launch, values: Record<string, string>, yes = true) {
	const shown: string[] = [];
	const asked: LaunchQuestion[] = [];
	const resolved = await confirmedLaunch(
		{
			confirm: (message, detail) => Promise.resolve(shown.push(message, detail) > 0 && yes),
			confirmLaunch: question => Promise.resolve(asked.push(question) > 0 && yes),
			error: message => void shown.push(message),
		},
		{ name: 's', launch, values, file: '/ws/mcp.json' },
		context,
	);
	return { resolved, shown: shown.join('\n'), asked };
}

describe('what a person confirms before a server is started or reached', () => {
	const url = 'https://mcp.example/${env:KEY}?k=${credential:url.k}';
	const http = { kind: 'http', url, headers: ['X-Key'] } as const;
	const values = { 'X-Key': 'canary-header', 'credential:url.k': 'canary-url' };

	it('C2 shows host, address and header names of a server by URL, and no value', async () => {
		const { resolved, shown } = await ask(http, values);
		expect(shown).toContain('Connect to mcp.example to list its tools?');
		expect(shown).toContain(url);
		expect(shown).toContain('With headers: X-Key');
		expect(shown).toContain('It gets these headers');
		expect(shown).not.toContain('canary');
		expect(resolved).toMatchObject({
			url: 'https://mcp.example/canary-env?k=canary-url',
			headers: { 'X-Key': 'canary-header' },
		});
		expect((await ask(http, values, false)).resolved).toBeUndefined();
	});

	it('C2 speaks of headers only where there are any', async () => {
		const { shown } = await ask({ kind: 'http', url: 'https://mcp.example/', headers: [] }, {});
		expect(shown).toContain('It is asked what it offers.');
		expect(shown).not.toContain('headers');
	});

	it.each<[string, Launch, RegExp]>([
		['plain http elsewhere', { ...http, url: 'http://mcp.example/' }, /must be https/],
		['credentials in the address', { ...http, url: 'https://a:b@mcp.example/' }, /holds credentials/],
		['a host from a variable', { ...http, url: 'https://${env:KEY}/' }, /host of its address/],
		['a header of the protocol', { ...http, headers: ['Host'] }, /cannot be set/],
		['a value that is missing', { ...http, headers: ['Other'] }, /no value is stored for the header Other/],
	])('refuses %s without a question', async (_, launch, why) => {
		const { resolved, shown } = await ask(launch, { ...values, Host: 'x' });
		expect(resolved).toBeUndefined();
		expect(shown).toMatch(why);
		expect(shown).not.toContain('canary');
	});

	it('C9 shows a program with the names of its secrets, and says which others can read', async () => {
		const args = ['--token', '${credential:arg2}', '${input:dir}', '${env:KEY}'];
		const launch = { kind: 'stdio', command: 'srv', args, env: ['T'] } as const;
		const stored = { T: 'canary', 'credential:arg2': 'canary', 'input:dir': '/canary' };
		const { asked, resolved } = await ask(launch, stored);
		expect(asked).toMatchObject([{ command: 'srv', args, env: ['T'] }]);
		expect(resolved).toMatchObject({ args: ['--token', 'canary', '/canary', 'canary-env'] });
		expect(exposedSecrets(launch)).toHaveLength(2);
		expect(exposedSecrets(launch)[0]).toContain('“credential:arg2” is given as an argument');
		expect(exposedSecrets({ ...launch, args: ['${env:KEY}'] })).toEqual([]);
	});

	it('another host is another server, whatever its secrets are', () => {
		expect(serverIdOf(http)).not.toBe(serverIdOf({ ...http, url: url.replace('mcp.', 'evil.') }));
	});
});

describe('what a person reads of credentials', () => {
	const stored = { kind: 'variable', name: 'arg2', storedAt: '2026-01-01T00:00:00.000Z' } as const;
	const launch = { kind: 'stdio', command: 'srv', args: ['-t', '${credential:arg2}'], env: [] } as const;
	const entry = aServerEntry({ launch, name: 'a $(bug)\u202e', credentials: [stored] });

	it('says when it was stored and where it goes, quoted', () => {
		const row = credentialRow(entry, stored, Date.parse('2026-01-01T02:00:00.000Z'));
		expect(row.label).toBe('arg2');
		expect(row.description).toBe('“a \\$(bug)\\u{202E}” · stored 2 hours ago');
		expect(row.detail).toMatch(/^Argument 2, which every program/);
	});

	it('says of a revoked one what is left to do', () => {
		const revoked = { ...stored, revoked: true } as const;
		expect(credentialRow(entry, revoked, 0).description).toContain('revoked');
		expect(revokedCredential([stored, revoked])).toBe(
			'The credential arg2 was revoked. Set a new value with “MCP Firewall: Manage Credentials…”',
		);
		expect(revokedCredential([stored])).toBeUndefined();
		expect(revokeQuestion(entry, stored)[1]).toContain('Revoke it also where it was issued');
	});

	it.each([
		['header', 'a\r\nX-Evil: 1', 'A header holds one line of plain characters'],
		['env', 'a\0b', 'A value holds no NUL'],
		['variable', '', 'An empty value is none'],
		['env', 'two\nlines', undefined],
	] as const)('takes no value that cannot be given: %s %j', (kind, text, problem) => {
		expect(valueProblem(kind, text)).toBe(problem);
	});

	it('names the host of a sign-in as DNS does, and says when it is not that of the server', () => {
		const question = { serverName: 'x', serverUrl: 'https://mcp.example/?k=canary' };
		const other = signInText({ ...question, address: new URL('https://gооgle.com/o?x=canary') });
		expect(other).toContain('sign in at xn--ggle-55da.com, which is another host than the server');
		expect(other).not.toContain('canary');
		expect(signInText({ ...question, address: new URL('https://mcp.example/o') })).not.toContain('another host');
	});
});
