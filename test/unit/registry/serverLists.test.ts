import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonValue } from '../../../src/base/json';
import { type Launch } from '../../../src/domain/registry/launch';
import {
	judgeServer,
	listedServer,
	listRefusal,
	type ListStage,
	readServerLists,
} from '../../../src/domain/registry/serverLists';

const npx: Launch = { kind: 'stdio', command: 'npx', args: ['-y', '@acme/files@1.2.3', '/data'], env: [] };
const web: Launch = { kind: 'http', url: 'https://mcp.acme.com/v1/mcp?team=a', headers: [] };

interface Asked {
	readonly name?: string;
	readonly launch?: Launch;
	readonly pinnedFrom?: string;
	readonly stage?: ListStage;
}

/** What becomes of a server under these lists. */
function under(allowed: unknown, denied: unknown, { name = 'files', launch = npx, pinnedFrom, stage }: Asked = {}) {
	const { lists } = readServerLists('the list', allowed as JsonValue, denied as JsonValue);
	const server = listedServer(name, launch, pinnedFrom);
	return judgeServer(lists === undefined ? [] : [lists], server, stage ?? 'resolved').kind;
}
const onName = { serverName: 'files' };
const onCommand = { serverCommand: ['npx', '-y', '@acme/files@1.2.3', '/data'] };
const onUrl = { serverUrl: 'https://mcp.acme.com/*' };
const other = { serverName: 'other' };

describe('chat.mcp.allowedServers and deniedServers on the inner server (§4.4)', () => {
	it.each([
		// allowed, denied, verdict for `files` over stdio
		[undefined, undefined, 'allowed'],
		[null, null, 'allowed'],
		[[], undefined, 'not-listed'],
		[undefined, [], 'allowed'],
		[[], [], 'not-listed'],
		[[onName], undefined, 'allowed'],
		[[onCommand], undefined, 'allowed'],
		[[onUrl], undefined, 'not-listed'],
		[[other], undefined, 'not-listed'],
		[[other, onCommand], undefined, 'allowed'],
		[undefined, [onName], 'denied'],
		[undefined, [onCommand], 'denied'],
		[undefined, [onUrl], 'allowed'],
		[undefined, [other], 'allowed'],
		[[onName], [onName], 'denied'],
		[[onName], [onCommand], 'denied'],
		[[onCommand], [onName], 'denied'],
		[[onName], [other], 'allowed'],
	])('stdio: allowed %j, denied %j: %s', (allowed, denied, verdict) => {
		expect(under(allowed, denied)).toBe(verdict);
	});

	it.each([
		[[onUrl], undefined, 'allowed'],
		[[onName], undefined, 'allowed'],
		[[onCommand], undefined, 'not-listed'],
		[undefined, [onUrl], 'denied'],
		[[onName], [onUrl], 'denied'],
		[undefined, [onCommand], 'allowed'],
	])('by URL: allowed %j, denied %j: %s', (allowed, denied, verdict) => {
		expect(under(allowed, denied, { launch: web })).toBe(verdict);
	});

	it.each([
		['https://mcp.acme.com/v1/mcp?team=a', true],
		['https://MCP.ACME.COM/V1/mcp?team=a', true],
		['https://mcp.acme.com:443/v1/mcp?team=a', true],
		['https://user:pw@mcp.acme.com/v1/mcp?team=a#part', true],
		['https://mcp.acme.com/v1/mcp', false],
		['https://mcp.acme.com/v1/mcp/', false],
		['http://mcp.acme.com/v1/mcp?team=a', false],
		['https://mcp.acme.com:8443/v1/mcp?team=a', false],
		['https://mcp.acme.com/*', true],
		['https://mcp.acme.com:443/*', true],
		['https://mcp.acme.com:*/*', true],
		['https://*.acme.com/*', true],
		['https://*/v1/*', true],
		['https://*.com/v1/mcp?team=*', true],
		['https://acme.com/*', false],
		['https://*.acme.com', false],
		['https://mcp.acme.com*', false],
		// As in VS Code: without a scheme all of it is host.
		['*', false],
		['*://mcp.acme.com/*', true],
		['https://[/*', false],
		['nonsense', false],
	])('the pattern %s matches https://mcp.acme.com/v1/mcp?team=a: %s', (serverUrl, matches) => {
		expect(under([{ serverUrl }], undefined, { launch: web })).toBe(matches ? 'allowed' : 'not-listed');
		expect(under(undefined, [{ serverUrl }], { launch: web })).toBe(matches ? 'denied' : 'allowed');
	});

	it.each([
		'https://evil.com/.acme.com/',
		'https://evil.com?x=.acme.com/',
		'https://evil.com#.acme.com/',
		'https://evil.com\\.acme.com/',
		'https://x.acme.com@evil.com/',
		'https://x.acme.com:pw@evil.com/',
		'https://evil.com/@x.acme.com/',
	])('a star in the host takes in no other host: %s', url => {
		const launch: Launch = { kind: 'http', url, headers: [] };
		expect(under([{ serverUrl: 'https://*.acme.com/*' }], undefined, { launch })).toBe('not-listed');
	});

	it('a trailing slash is what the WHATWG parser makes of it', () => {
		const root: Launch = { kind: 'http', url: 'https://mcp.acme.com', headers: [] };
		expect(under([{ serverUrl: 'https://mcp.acme.com/' }], undefined, { launch: root })).toBe('allowed');
		expect(under([{ serverUrl: 'https://mcp.acme.com' }], undefined, { launch: root })).toBe('allowed');
	});

	it.each([
		['more arguments', ['npx', '-y', '@acme/files@1.2.3', '/data', '/etc']],
		['fewer arguments', ['npx', '-y', '@acme/files@1.2.3']],
		['another order', ['npx', '@acme/files@1.2.3', '-y', '/data']],
		['another case', ['NPX', '-y', '@acme/files@1.2.3', '/data']],
		['a path to the program', ['/usr/bin/npx', '-y', '@acme/files@1.2.3', '/data']],
		['one text', ['npx -y @acme/files@1.2.3 /data']],
		['a star', ['npx', '-y', '@acme/files@*', '/data']],
	])('a command matches exactly, not with %s', (_what, serverCommand) => {
		expect(under([{ serverCommand }], undefined)).toBe('not-listed');
		expect(under(undefined, [{ serverCommand }])).toBe('allowed');
	});

	it.each(['Files', 'files ', 'file', 'files*', '*'])('a name matches exactly, not %j', serverName => {
		expect(under([{ serverName }], undefined)).toBe('not-listed');
	});

	describe('where a review put a version into the launch', () => {
		const asDefined = { serverCommand: ['npx', '-y', '@acme/files', '/data'] };
		it('the definition as developers write it is on the list as well as what runs', () => {
			expect(under([asDefined], undefined, { pinnedFrom: '@acme/files' })).toBe('allowed');
			expect(under([onCommand], undefined, { pinnedFrom: '@acme/files' })).toBe('allowed');
			expect(under(undefined, [asDefined], { pinnedFrom: '@acme/files' })).toBe('denied');
		});
		it('a version that the person wrote is not the one without', () => {
			expect(under([asDefined], undefined)).toBe('not-listed');
			expect(under([asDefined], undefined, { pinnedFrom: '@acme/files@latest' })).toBe('not-listed');
		});
		it('reads --package=SPEC too', () => {
			const launch: Launch = { kind: 'stdio', command: 'npx', args: ['--package=a@1.0.0', 'run'], env: [] };
			const allowed = [{ serverCommand: ['npx', '--package=a', 'run'] }];
			expect(under(allowed, undefined, { launch, pinnedFrom: 'a' })).toBe('allowed');
		});
	});

	describe('a second server of one name, which gets a number or a folder', () => {
		it.each(['files 2', 'files (project)'])('%s is denied with it, and not allowed with it', name => {
			expect(under(undefined, [onName], { name })).toBe('denied');
			expect(under([onName], undefined, { name })).toBe('not-listed');
		});
	});

	describe('what cannot be read opens nothing', () => {
		it.each([
			[['files'], undefined, 'not-listed'],
			[[{}], undefined, 'not-listed'],
			[[{ name: 'files' }], undefined, 'not-listed'],
			[[{ serverName: '' }], undefined, 'not-listed'],
			[[{ serverName: 7 }], undefined, 'not-listed'],
			[[{ serverName: 'files', serverUrl: '*' }], undefined, 'not-listed'],
			[[{ serverCommand: [] }], undefined, 'not-listed'],
			[[{ serverCommand: ['npx', 1] }], undefined, 'not-listed'],
			[[null], undefined, 'not-listed'],
			['files', undefined, 'not-listed'],
			[{ serverName: 'files' }, undefined, 'not-listed'],
			[undefined, ['files'], 'allowed'],
			[undefined, [{ serverName: 'files', serverUrl: 'https://x/' }], 'denied'],
			[undefined, 'files', 'denied'],
			[undefined, {}, 'denied'],
			[[onName], true, 'denied'],
		])('allowed %j, denied %j: %s', (allowed, denied, verdict) => {
			expect(under(allowed, denied)).toBe(verdict);
		});
		it('and is told', () => {
			const { problems } = readServerLists('the file', [{ serverName: 'a', serverUrl: 'b' }, onName], 'no list');
			expect(problems).toEqual([
				'The list of denied servers in the file is no list.',
				'Entry 1 of the list of allowed servers in the file must have exactly one of serverName, serverUrl, serverCommand.',
			]);
		});
	});

	describe('before variables are filled in', () => {
		const launch: Launch = { kind: 'stdio', command: 'npx', args: ['-y', 'x', '${workspaceFolder}'], env: [] };
		it('an entry of that kind is enough to go on, and no longer once they are', () => {
			expect(under([onCommand], undefined, { launch, stage: 'definition' })).toBe('allowed');
			expect(under([onCommand], undefined, { launch, stage: 'resolved' })).toBe('not-listed');
			expect(under([onUrl], undefined, { launch, stage: 'definition' })).toBe('not-listed');
			expect(under([other], undefined, { launch, stage: 'definition' })).toBe('not-listed');
		});
		it('denials count at once', () => {
			expect(under([onCommand], [onName], { launch, stage: 'definition' })).toBe('denied');
		});
	});

	describe('a list that names our own launch means whatever is guarded', () => {
		const own = [
			{ name: 'files', url: 'unix:/run/mcpfw/s.sock#/servers/ab/mcp' },
			{ name: 'files', command: ['node', 'connect.cjs'] },
		];
		const verdict = (entry: JsonValue, denied?: JsonValue) => {
			const { lists } = readServerLists('the list', [entry], denied);
			return judgeServer(lists === undefined ? [] : [lists], { ...listedServer('files', npx), own }, 'resolved')
				.kind;
		};
		it.each([
			[{ serverUrl: 'unix:/*' }, 'allowed'],
			[{ serverCommand: ['node', 'connect.cjs'] }, 'allowed'],
			[{ serverUrl: '*' }, 'not-listed'],
			[{ serverUrl: 'https://*' }, 'not-listed'],
			[{ serverCommand: ['node'] }, 'not-listed'],
		])('%j: %s', (entry, expected) => {
			expect(verdict(entry)).toBe(expected);
		});
		it('and denials of the inner server still count', () => {
			expect(verdict({ serverUrl: 'unix:/*' }, [onCommand])).toBe('denied');
		});
	});

	it('chat.mcp.access: none starts nothing; registry what a list of allowed servers names', () => {
		const server = listedServer('files', npx);
		const none = { source: 'chat.mcp.access', denied: [], access: 'none' } as const;
		const registry = { source: 'chat.mcp.access', denied: [], access: 'registry' } as const;
		const { lists } = readServerLists('the list', [onName], undefined);
		expect(judgeServer([none, ...(lists ? [lists] : [])], server, 'resolved').kind).toBe('no-access');
		expect(judgeServer([registry], server, 'resolved').kind).toBe('registry-only');
		expect(judgeServer([registry, ...(lists ? [lists] : [])], server, 'resolved').kind).toBe('allowed');
		expect(listRefusal({ kind: 'no-access', source: 'chat.mcp.access' })?.args).toEqual(['chat.mcp.access']);
	});

	it('a further place never lets run what was refused before', () => {
		const matcher = fc.oneof(
			fc.record({ serverName: fc.constantFrom('files', 'files 2', 'other') }),
			fc.record({
				serverUrl: fc.constantFrom('*', 'https://mcp.acme.com/*', 'https://*.acme.com/*', 'unix:///*'),
			}),
			fc.constant(onCommand),
			fc.constant('broken'),
		);
		const list = fc.oneof(fc.constant(undefined), fc.array(matcher, { maxLength: 3 }), fc.constant('broken'));
		const place = fc.record({ allowed: list, denied: list }).map(({ allowed, denied }) => {
			const { lists } = readServerLists('x', allowed, denied);
			return lists ?? { source: 'x', denied: [] };
		});
		fc.assert(
			fc.property(
				fc.array(place, { maxLength: 3 }),
				place,
				fc.constantFrom(npx, web),
				fc.constantFrom('files', 'files 2'),
				(places, more, launch, name) => {
					const server = listedServer(name, launch);
					const before = judgeServer(places, server, 'resolved').kind;
					const after = judgeServer([...places, more], server, 'resolved').kind;
					expect(before === 'allowed' || after !== 'allowed').toBe(true);
				},
			),
		);
	});
});
