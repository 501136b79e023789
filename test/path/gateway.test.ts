import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { contains, isAlive } from '../unit/proxy/support';
import {
	aPlace,
	cliForTests,
	fixtureServer,
	gatewayArgs,
	GatewayProcess,
	type GatewayStart,
	journalOf,
	packagedServer,
	type Place,
	runCli,
} from './support/gatewayProcess';
import { expectMode, lacks } from '../unit/support/machine';

const noLinks = lacks('links', 'links lead out of the workspace');
/** Where there is what it needs. */
const test = it.skipIf(noLinks);

const cli = await cliForTests();

const fixture = (name: string) => readFileSync(new URL(`../fixtures/policies/${name}.yaml`, import.meta.url), 'utf8');

const POLICY = `methods: strict
deny:
  - id: no-etc
    capability: filesystem.*
    path_prefix: /etc
require_approval:
  - id: ask-writes
    capability: filesystem.write
    path_prefix: \${workspaceFolder}
allow:
  - capability: filesystem.read
    path_prefix: \${workspaceFolder}
  - capability: filesystem.roots
  - capability: compute.run
capabilities:
  misbehaving/evil: compute.run
  misbehaving/files: filesystem.read
`;

const reasonOf = (answer: JsonObject) =>
	((answer.error as JsonObject | undefined)?.data as JsonObject | undefined)?.reason;

function start(place: Place, server: readonly string[], more: Partial<GatewayStart> = {}): GatewayProcess {
	return new GatewayProcess({ cli, place, server, ...more });
}

/** A gateway in front of the server that breaks the wire in chosen ways; `FIXTURE_LOG` tells what reached it. */
async function misbehaving(mode: string[] = [], policy = POLICY, more: Partial<GatewayStart> = {}) {
	const place = await aPlace(policy);
	const log = join(place.folder, 'seen.log');
	const env = { FIXTURE_LOG: log, ...more.env };
	const flags = ['--server-id', 'misbehaving', '--env', 'FIXTURE_LOG', ...(more.flags ?? [])];
	const gateway = start(place, fixtureServer('misbehaving.mjs', ...mode), { ...more, env, flags });
	const seen = () => readFile(log, 'utf8').catch(() => '');
	return { gateway, place, seen };
}

describe('gateway: command lines that cannot be understood', () => {
	it.each([
		['nothing', []],
		['a command that is none', ['frobnicate']],
		['an option that is none', ['gateway', '--polcy', 'x']],
		['no policy', ['gateway', '--data', 'd', '--', 'node']],
		['no data folder', ['gateway', '--policy', 'p', '--', 'node']],
		['no "--"', ['gateway', '--policy', 'p', '--data', 'd', 'node']],
		['no server', ['gateway', '--policy', 'p', '--data', 'd', '--']],
		['a value in place of a name', ['gateway', '--policy', 'p', '--data', 'd', '--env', 'A=secret', '--', 'node']],
		['a limit that is no number', ['audit', 'logs', '.', '--limit', 'ten']],
		['a negative limit', ['audit', 'logs', '.', '--limit=-5']],
		['policy without a file', ['policy', 'check']],
	])('%s: exit 64, and nothing on stdout', async (_name, args) => {
		const ran = await runCli(cli, args);
		expect(ran).toMatchObject({ code: 64, stdout: '' });
		expect(ran.stderr).not.toBe('');
		expect(ran.stderr).not.toContain('secret');
	});

	it('--help: exit 0', async () => {
		expect(await runCli(cli, ['--help'])).toMatchObject({ code: 0, stdout: contains('gateway --policy FILE') });
	});
});

describe('gateway: what it cannot start with', () => {
	it('AUD-09: a data folder that is a file: a precise error, no server, exit not 0', async () => {
		const { gateway, place, seen } = await (async () => {
			const where = await aPlace(POLICY);
			await writeFile(where.data, 'not a folder');
			const log = join(where.folder, 'seen.log');
			const running = start(where, fixtureServer('misbehaving.mjs'), {
				env: { FIXTURE_LOG: log },
				flags: ['--env', 'FIXTURE_LOG'],
			});
			return { gateway: running, place: where, seen: () => readFile(log, 'utf8').catch(() => '') };
		})();
		gateway.send({ id: 1, method: 'initialize', params: {} });
		expect(await gateway.exit).not.toBe(0);
		expect(gateway.stderr).toContain('the key of the audit trail');
		expect(gateway.stderr).toContain(place.data);
		expect(await seen()).toBe('');
		expect(gateway.inbox.all).toEqual([]);
	});

	it('PROTO-17: a command that does not exist: exit not 0, named', async () => {
		const place = await aPlace(POLICY);
		const gateway = start(place, ['no-such-mcp-server']);
		expect(await gateway.exit).not.toBe(0);
		expect(gateway.stderr).toContain('no-such-mcp-server');
	});

	it('PROTO-17: a server that exits at once: its code, its last words without escapes', async () => {
		const { gateway } = await misbehaving(['die']);
		expect(await gateway.exit).toBe(3);
		expect(gateway.stderr).toContain('no such database');
		expect(gateway.stderr).not.toContain('\u001b');
	});

	it.each([
		[
			'broken',
			'deny:\n  - capability: filesystem.read\n    path_prefx: /etc\n',
			/policy\.yaml:3:5: error unknown-key/,
		],
		['empty of sense', 'allow: "*"\n', /policy\.yaml:1:8: error/],
		['twice the same key', 'allow: ["*"]\nallow: ["*"]\n', /policy\.yaml:2:1: error duplicate-key/],
	])(
		'POL-01, POL-06: a policy that is %s is named with file, line and column, and denies',
		async (_name, policy, at) => {
			const place = await aPlace(policy);
			const gateway = start(place, packagedServer('@modelcontextprotocol/server-filesystem', place.workspace));
			await gateway.said(at);
			await gateway.initialize();
			const tools = (await gateway.request(1, 'tools/list')).result as JsonObject;
			expect(tools.tools).not.toEqual([]);
			for (const path of ['readme.md', '/etc/passwd']) {
				expect(reasonOf(await gateway.call(path, 'read_text_file', { path }))).toBe('policy_unusable');
			}
			expect(reasonOf(await gateway.request(2, 'resources/read', { uri: 'demo://x' }))).toBe('policy_unusable');
			expect(await gateway.end()).toBe(0);
		},
	);

	it('SEQ-01: the shipped balanced policy runs with its catalogue of compositions', async () => {
		const place = await aPlace(readFileSync(new URL('../../policies/balanced.yaml', import.meta.url), 'utf8'));
		await writeFile(join(place.workspace, 'notes.md'), 'key: AKIAIOSFODNN7EXAMPLE');
		const gateway = start(place, packagedServer('@modelcontextprotocol/server-filesystem', place.workspace), {
			flags: ['--server-id', 'filesystem'],
		});
		await gateway.initialize();
		const search = { path: place.workspace, pattern: '**/*.md' };
		expect(await gateway.call(1, 'search_files', search)).toHaveProperty('result');
		expect(await gateway.call(2, 'directory_tree', { path: place.workspace })).toHaveProperty('result');
		expect(await gateway.call(3, 'read_text_file', { path: 'notes.md' })).toHaveProperty('result');
		expect(gateway.stderr).not.toContain('error');
		for (const head of [1, 2, 3, 4]) {
			await gateway.call(`v${String(head)}`, 'read_text_file', { path: `${place.workspace}/.env`, head });
		}
		expect(reasonOf(await gateway.call(4, 'read_text_file', { path: 'notes.md' }))).toBe('tool_suspended');
		expect(await gateway.end()).toBe(0);
	});

	it('a policy that is not there denies', async () => {
		const place = await aPlace(POLICY);
		const gateway = start({ ...place, policy: join(place.folder, 'none.yaml') }, fixtureServer('misbehaving.mjs'));
		await gateway.said(/none\.yaml:1:1: error .*does not exist/);
		await gateway.initialize();
		expect(reasonOf(await gateway.call(1, 'evil', {}))).toBe('policy_unusable');
	});

	it('POL-08: a policy that is mended while it runs is in force, and one that breaks is told', async () => {
		const place = await aPlace('deny: [\n');
		const gateway = start(place, packagedServer('@modelcontextprotocol/server-filesystem', place.workspace));
		await gateway.initialize();
		expect(reasonOf(await gateway.call(1, 'read_text_file', { path: 'readme.md' }))).toBe('policy_unusable');
		await writeFile(place.policy, POLICY);
		for (let id = 2; ; id++) {
			const answer = await gateway.call(id, 'read_text_file', { path: 'readme.md' });
			if (answer.result !== undefined) {
				break;
			}
		}
		const before = gateway.stderr.length;
		await writeFile(place.policy, 'allow: 5\n');
		await gateway.said(/policy\.yaml:1:8: error wrong-type/);
		expect(gateway.stderr.length).toBeGreaterThan(before);
		expect(reasonOf(await gateway.call('last', 'read_text_file', { path: 'readme.md' }))).toBe('policy_unusable');
	});
});

describe('gateway: bad input is answered, and the next message goes on as if nothing had been', () => {
	const cases: readonly [string, string | Uint8Array, number | null, string | number | null][] = [
		['PROTO-05: text', 'hello\n', -32700, null],
		['PROTO-05: half a message', '{"jsonrpc":"2.0","id":7,"method":"tools/call"\n', -32700, 7],
		['PROTO-05: bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a]), -32700, null],
		[
			'PROTO-04: a batch',
			'[{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"evil"}}]\n',
			-32600,
			null,
		],
		['PROTO-08: a key twice', '{"jsonrpc":"2.0","id":7,"method":"ping","method":"tools/call"}\n', -32600, 7],
		[
			'PROTO-08: a key twice, once in escapes',
			'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"evil","n\\u0061me":"files"}}\n',
			-32600,
			7,
		],
		[
			'PROTO-09: a number beyond a double',
			'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"n":1e999}}\n',
			-32600,
			7,
		],
		['PROTO-09: NaN', '{"jsonrpc":"2.0","id":7,"method":"ping","params":{"n":NaN}}\n', -32700, 7],
		['PROTO-10: __proto__', '{"jsonrpc":"2.0","id":7,"method":"ping","params":{"__proto__":{}}}\n', -32600, 7],
		[
			'PROTO-15: the id null',
			'{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"evil"}}\n',
			-32600,
			null,
		],
		[
			'PROTO-07: depth',
			`{"jsonrpc":"2.0","id":7,"method":"ping","params":${'['.repeat(3000)}${']'.repeat(3000)}}\n`,
			-32600,
			7,
		],
		[
			'PROTO-03: a look-alike',
			'{"jsonrpc":"2.0","id":7,"method":"Tools/Call","params":{"name":"evil"}}\n',
			-32601,
			7,
		],
		['an unknown method', '{"jsonrpc":"2.0","id":7,"method":"x/y"}\n', -32601, 7],
		['no version', '{"id":7,"method":"tools/call","params":{"name":"evil"}}\n', -32600, 7],
		[
			'PROTO-13: a request that is an answer too',
			'{"jsonrpc":"2.0","id":7,"method":"ping","result":{}}\n',
			-32600,
			7,
		],
		['NAME-06: no name', '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"arguments":{}}}\n', -32602, 7],
		['PROTO-05: blank lines', '\n\r\n  \n', null, null],
		[
			'PROTO-15: a call without an id',
			'{"jsonrpc":"2.0","method":"tools/call","params":{"name":"evil"}}\n',
			null,
			null,
		],
	];

	it.each(cases)('%s', async (_name, line, code, id) => {
		const { gateway, place, seen } = await misbehaving();
		await gateway.initialize();
		const before = await seen();
		gateway.raw(line);
		if (code !== null) {
			const answer = await gateway.inbox.next(message => message.error !== undefined);
			expect(answer).toMatchObject({ id, error: { code } });
		}
		const good = await gateway.call('good', 'evil', { a: 1 });
		expect(good).toHaveProperty('result');
		const after = (await seen())
			.slice(before.length)
			.split('\n')
			.filter(text => text !== '');
		expect(after.filter(text => !text.includes('notifications/initialized'))).toEqual([contains('"id":"good"')]);
		expect(gateway.garbage).toEqual([]);
		await gateway.end();
		const { entries } = await journalOf(place.data);
		expect(entries.filter(entry => entry.outcome === 'refused').length).toBeGreaterThanOrEqual(
			code === null ? 0 : 1,
		);
	});

	it('PROTO-07: a line over the cap is answered, though it never fits in memory as a message', async () => {
		const { gateway, seen } = await misbehaving();
		await gateway.initialize();
		gateway.raw(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"evil","arguments":{"a":"`);
		const piece = Buffer.alloc(1024 * 1024, 'x');
		for (let n = 0; n < 33; n++) {
			gateway.raw(piece);
		}
		gateway.raw('"}}}\n');
		expect(await gateway.inbox.answerTo(7)).toMatchObject({
			error: { code: -32600, message: contains('size limit') },
		});
		expect(await gateway.call('good', 'evil', {})).toHaveProperty('result');
		expect((await seen()).length).toBeLessThan(10_000);
	});

	it('PROTO-06: byte by byte, two at once, and no line end at the end', async () => {
		const { gateway } = await misbehaving();
		for (const byte of Buffer.from('{"jsonrpc":"2.0","id":"é1","method":"ping"}\n')) {
			gateway.raw(Uint8Array.of(byte));
		}
		expect(await gateway.inbox.answerTo('é1')).toHaveProperty('result');
		gateway.raw('{"jsonrpc":"2.0","id":2,"method":"ping"}\n{"jsonrpc":"2.0","id":3,"method":"ping"}\n');
		await gateway.inbox.answerTo(2);
		await gateway.inbox.answerTo(3);
		gateway.raw('{"jsonrpc":"2.0","id":4,"method":"ping"}');
		const code = gateway.end();
		expect(await gateway.inbox.answerTo(4)).toHaveProperty('result');
		expect(await code).toBe(0);
	});
});

describe('gateway: servers that misbehave', () => {
	it.each(['noise', 'bom', 'crlf', 'dupresp', 'unknownid', 'flood', 'stderr', 'reqflood', 'extra'])(
		'PROTO-12, PROTO-13, PROTO-18: %s: the answer arrives and the gateway stays up',
		async kind => {
			const { gateway } = await misbehaving();
			await gateway.initialize();
			const answer = await gateway.call(1, 'evil', { kind });
			expect(answer).toHaveProperty('result');
			expect(answer).not.toHaveProperty('x-trace');
			expect(await gateway.call(2, 'evil', {})).toHaveProperty('result');
			expect(gateway.stderr.length).toBeLessThan(1_000_000);
			expect(gateway.stderr).not.toContain('\u001b');
			expect(gateway.garbage).toEqual([]);
		},
	);

	it.each(['batch', 'deep', 'both', 'huge'])('%s: an error in place of the answer', async kind => {
		const { gateway, place } = await misbehaving();
		await gateway.initialize();
		expect(reasonOf(await gateway.call(1, 'evil', { kind }))).toBe('upstream_invalid-response');
		expect(await gateway.call(2, 'evil', {})).toHaveProperty('result');
		await gateway.end();
		const calls = (await journalOf(place.data)).entries.filter(entry => entry.kind === 'call');
		expect(calls.map(entry => entry.outcome)).toEqual(['failed', 'answered']);
	});

	it('PROTO-17: a server that exits in the middle: every call has its answer and its entry; the exit code is its own', async () => {
		const { gateway, place } = await misbehaving();
		await gateway.initialize();
		const hanging = gateway.call(1, 'evil', { kind: 'hang' });
		expect(reasonOf(await gateway.call(2, 'evil', { kind: 'exit' }))).toBe('upstream_exited');
		expect(reasonOf(await hanging)).toBe('upstream_exited');
		expect(await gateway.exit).toBe(7);
		const { entries } = await journalOf(place.data);
		expect(entries.filter(entry => entry.kind === 'verdict' && entry.method === 'tools/call')).toHaveLength(2);
		expect(entries.filter(entry => entry.kind === 'call').map(entry => entry.outcome)).toEqual([
			'failed',
			'failed',
		]);
	});

	it('PROTO-16: a call that hangs can be cancelled, and others go on meanwhile', async () => {
		const { gateway, place, seen } = await misbehaving();
		await gateway.initialize();
		void gateway.call(1, 'evil', { kind: 'hang' });
		expect(await gateway.call(2, 'evil', {})).toHaveProperty('result');
		gateway.send({ method: 'notifications/cancelled', params: { requestId: 1, reason: 'enough' } });
		expect(await gateway.call(3, 'evil', {})).toHaveProperty('result');
		await gateway.end();
		expect(gateway.inbox.all.map(message => message.id)).not.toContain(1);
		expect(await seen()).toContain('notifications/cancelled');
		const calls = (await journalOf(place.data)).entries.filter(entry => entry.kind === 'call');
		expect(calls.map(entry => entry.outcome)).toContain('cancelled');
	});

	it('PROTO-22: the end of stdin ends the server and what it started', async () => {
		const { gateway } = await misbehaving(['family']);
		const [, pid] = await gateway.said(/grandchild (\d+)/);
		await gateway.initialize();
		expect(isAlive(Number(pid))).toBe(true);
		expect(await gateway.end()).toBe(0);
		expect(isAlive(Number(pid))).toBe(false);
	});

	it('PROTO-22: a server that is deaf to everything ends all the same when the gateway is told to', async () => {
		const { gateway } = await misbehaving(['deaf']);
		await gateway.initialize();
		gateway.child.kill('SIGTERM');
		expect(await gateway.exit).toBe(0);
	});

	it('RESP-01: a poisoned page arrives quoted, the harmless one byte for byte', async () => {
		const place = await aPlace('allow: ["network.request"]\n');
		const gateway = start(place, fixtureServer('poisoned.mjs'), { flags: ['--server-id', 'poisoned'] });
		await gateway.initialize();
		const answer = await gateway.call(1, 'fetch_page', { url: 'https://x.invalid/a' });
		const { content, structuredContent } = answer.result as {
			readonly content: readonly { readonly text: string }[];
			readonly structuredContent: { readonly url: string; readonly body: string };
		};
		expect(content[0]!.text).toMatch(/^\[MCP Firewall: text from server "poisoned" tool "fetch_page"/);
		expect(structuredContent).toMatchObject({ url: 'https://x.invalid/a', body: contains('[quoted text ') });
		await gateway.end();
		const call = (await journalOf(place.data)).entries.find(entry => entry.kind === 'call');
		expect(call).toMatchObject({ outcome: 'quarantined' });
	});
});

describe('gateway: what reaches the server', () => {
	it('PROTO-21: credentials of ours do not, names that were given do', async () => {
		const env = {
			AWS_SECRET_ACCESS_KEY: 'a',
			GITHUB_TOKEN: 'b',
			SSH_AUTH_SOCK: '/x',
			NODE_OPTIONS: '',
			CAPFENCE_DB_PATH: '/x',
			CHOSEN: 'yes',
		};
		const { gateway } = await misbehaving(['env'], POLICY, { env, flags: ['--env', 'CHOSEN', '--env', 'ABSENT'] });
		const [, names] = await gateway.said(/^env (.*)$/m);
		expect(names!.split(',')).toEqual(expect.arrayContaining(['CHOSEN', 'HOME', 'PATH']));
		for (const name of ['AWS_SECRET_ACCESS_KEY', 'GITHUB_TOKEN', 'SSH_AUTH_SOCK', 'CAPFENCE_DB_PATH', 'ABSENT']) {
			expect(names!.split(',')).not.toContain(name);
		}
	});

	it('AUD-11: the names it was given, its start and its end stand in the trail; A4: the plain hash can be left out', async () => {
		const flags = ['--env', 'CHOSEN', '--no-params-hash'];
		const { gateway, place } = await misbehaving([], POLICY, { env: { CHOSEN: 'a value of mine' }, flags });
		await gateway.initialize();
		await gateway.call(1, 'evil', {});
		await gateway.end();
		const { entries } = await journalOf(place.data);
		const told = entries.filter(({ event }) => /^(?:policy|credential|upstream)-/.test(event ?? ''));
		expect(told).toMatchObject([
			{ event: 'policy-loaded', actor: 'firewall', after: contains('') },
			{ event: 'upstream-started', actor: 'firewall' },
			{ event: 'credential-used', credentials: ['env:FIXTURE_LOG', 'env:CHOSEN'] },
			{ event: 'upstream-ended', actor: 'firewall', detail: 'stopped by us' },
		]);
		const call = entries.find(({ kind }) => kind === 'call')!;
		expect(call.argumentsMac).toMatch(/^hmac-sha256:[A-Za-z0-9_-]{43}$/);
		expect(call).not.toHaveProperty('paramsHash');
		expect(JSON.stringify(entries)).not.toContain('a value of mine');
	});

	it('invariant 6: secrets in the server’s stderr are masked on ours', async () => {
		const place = await aPlace(POLICY);
		const script = `process.stderr.write('login with ghp_${'a1B2'.repeat(10)} done\\n'); process.stdin.resume();`;
		const gateway = start(place, [process.execPath, '-e', script]);
		await gateway.said(/login with .* done/);
		expect(gateway.stderr).toContain('[masked:github-token');
		expect(gateway.stderr).not.toContain('a1B2a1B2');
	});

	test('invariant 9: its own data folder is out of reach, whatever the policy says, through links too', async () => {
		for (const policy of ['allow: ["*"]\n', 'mode: observe\n']) {
			const place = await aPlace(policy);
			const gateway = start(place, packagedServer('@modelcontextprotocol/server-filesystem', place.folder));
			await gateway.initialize();
			await gateway.call(1, 'read_text_file', { path: 'ws/readme.md' });
			const { file } = await journalOf(place.data);
			await symlink(place.data, join(place.workspace, 'link'));
			const name = file.slice(file.lastIndexOf('/') + 1);
			const paths = [file, `${place.data}/trail`, `${place.workspace}/link/trail/${name}`, `file://${file}`];
			for (const [index, path] of paths.entries()) {
				expect(reasonOf(await gateway.call(`r${String(index)}`, 'read_text_file', { path }))).toBe(
					'protected_path',
				);
				const write = { path, content: 'forged' };
				expect(reasonOf(await gateway.call(`w${String(index)}`, 'write_file', write))).toBe('protected_path');
			}
			const move = { source: place.data, destination: join(place.folder, 'moved') };
			expect(reasonOf(await gateway.call('m', 'move_file', move))).toBe('protected_path');
			expect(reasonOf(await gateway.call('p', 'write_file', { path: place.policy, content: '' }))).toBe(
				'protected_path',
			);
			await gateway.end();
			expect(await runCli(cli, ['audit', 'verify', place.data])).toMatchObject({ code: 0 });
			expect(await readFile(place.policy, 'utf8')).toBe(policy);
		}
	});
});

describe('gateway: approval by elicitation', () => {
	async function filesystem(capabilities: JsonObject) {
		const place = await aPlace(POLICY);
		const gateway = start(place, packagedServer('@modelcontextprotocol/server-filesystem', place.workspace));
		await gateway.initialize(capabilities);
		const target = join(place.workspace, 'new.md');
		const write = (id: number) => gateway.call(id, 'write_file', { path: target, content: `by ${String(id)}` });
		const asked = (count: number) =>
			gateway.inbox.next(
				message =>
					gateway.inbox.all.filter(one => one.method === 'elicitation/create').indexOf(message) === count,
			);
		const answer = async (count: number, result: JsonObject) => {
			const question = await asked(count);
			gateway.send({ id: question.id!, result });
			return question;
		};
		const written = () => readFile(target, 'utf8').catch(() => undefined);
		return { place, gateway, write, answer, written };
	}

	it('a client that offers none is refused', async () => {
		const { gateway, write, written } = await filesystem({});
		expect(reasonOf(await write(1))).toBe('approval_unavailable');
		expect(gateway.inbox.all.some(message => message.method === 'elicitation/create')).toBe(false);
		expect(await written()).toBeUndefined();
	});

	it.each([
		['declines', { action: 'decline' }, 'approval_denied'],
		['cancels', { action: 'cancel' }, 'approval_dismissed'],
		['accepts without a word', { action: 'accept' }, 'approval_dismissed'],
		['accepts to deny', { action: 'accept', content: { decision: 'Deny' } }, 'approval_denied'],
		['says almost the word', { action: 'accept', content: { decision: 'allow once' } }, 'approval_denied'],
		['says nonsense', { decision: 'Allow once' }, 'approval_dismissed'],
	])('a person who %s has refused', async (_name, result, reason) => {
		const { write, answer, written } = await filesystem({ elicitation: {} });
		const call = write(1);
		await answer(0, result);
		expect(reasonOf(await call)).toBe(reason);
		expect(await written()).toBeUndefined();
	});

	it('APPR-01: allowed once is written once; the next is asked for again', async () => {
		const { place, gateway, write, answer, written } = await filesystem({ elicitation: { form: {} } });
		const first = write(1);
		const question = await answer(0, { action: 'accept', content: { decision: 'Allow once' } });
		expect((question.params as JsonObject).message).toContain(join(place.workspace, 'new.md'));
		expect(await first).toHaveProperty('result');
		expect(await written()).toBe('by 1');
		const second = write(2);
		await answer(1, { action: 'decline' });
		expect(reasonOf(await second)).toBe('approval_denied');
		expect(await written()).toBe('by 1');
		await gateway.end();
		const calls = (await journalOf(place.data)).entries.filter(entry => entry.kind === 'call');
		expect(calls.map(entry => entry.approval?.outcome)).toEqual(['allowed-once', 'denied']);
	});

	it('PROTO-16: a client that leaves while it is asked leaves nothing behind', async () => {
		const { place, gateway, write, written } = await filesystem({ elicitation: {} });
		void write(1);
		await gateway.inbox.next(message => message.method === 'elicitation/create');
		expect(await gateway.end()).toBe(0);
		expect(await written()).toBeUndefined();
		const call = (await journalOf(place.data)).entries.find(entry => entry.kind === 'call');
		expect(call).toMatchObject({ approval: { outcome: 'cancelled' } });
	});
});

describe('gateway: the SDK’s client in front of real servers', () => {
	async function connect(place: Place, server: readonly string[], elicit?: (message: string) => JsonObject) {
		const client = new Client(
			{ name: 'sdk', version: '1' },
			{ capabilities: elicit === undefined ? {} : { elicitation: {} } },
		);
		if (elicit !== undefined) {
			client.setRequestHandler(
				ElicitRequestSchema,
				({ params }) => elicit(params.message) as { action: 'accept' },
			);
		}
		const transport = new StdioClientTransport({
			command: process.execPath,
			args: gatewayArgs({ cli, place, server }),
			cwd: place.workspace,
			stderr: 'ignore',
		});
		await client.connect(transport);
		onTestFinished(() => client.close());
		return client;
	}

	it('PROTO-01: initialize, list and call through to server-everything', async () => {
		const place = await aPlace('allow: ["compute.run"]\n');
		const client = await connect(place, packagedServer('@modelcontextprotocol/server-everything'));
		const { tools } = await client.listTools();
		const names = tools.map(tool => tool.name);
		expect(names).toContain('echo');
		expect(names).not.toContain('get-env');
		expect(await client.callTool({ name: 'echo', arguments: { message: 'hi' } })).toMatchObject({
			content: [{ type: 'text', text: 'Echo: hi' }],
		});
		await expect(client.callTool({ name: 'get-env', arguments: {} })).rejects.toThrow(
			'AgentActionBlocked: capability=secrets.read decision=denied reason=policy_default_deny',
		);
		const { resources } = await client.listResources();
		expect(await client.readResource({ uri: resources[0]!.uri })).toHaveProperty('contents');
		expect((await client.listPrompts()).prompts).not.toEqual([]);
		await client.ping();
	});

	test('PROTO-01: server-filesystem: reads, refusals by path and by link, a write by consent', async () => {
		const place = await aPlace(POLICY);
		await symlink('/etc/passwd', join(place.workspace, 'link'));
		const asked: string[] = [];
		const client = await connect(
			place,
			packagedServer('@modelcontextprotocol/server-filesystem', place.workspace),
			message => {
				asked.push(message);
				return { action: 'accept', content: { decision: 'Allow for this session' } };
			},
		);
		expect((await client.listTools()).tools.length).toBeGreaterThan(5);
		const read = (path: string) => client.callTool({ name: 'read_text_file', arguments: { path } });
		expect(await read('readme.md')).toMatchObject({ content: [{ text: 'hello from the workspace' }] });
		await expect(read('/etc/passwd')).rejects.toMatchObject({ code: -32000, data: { rule: 'no-etc' } });
		await expect(read('link')).rejects.toMatchObject({ code: -32000, data: { rule: 'no-etc' } });
		await expect(read('../policy.yaml')).rejects.toMatchObject({ data: { reason: 'policy_default_deny' } });
		const write = (name: string) =>
			client.callTool({ name: 'write_file', arguments: { path: join(place.workspace, name), content: name } });
		await write('a.md');
		await write('b.md');
		expect(asked).toHaveLength(1);
		expect(await readFile(join(place.workspace, 'b.md'), 'utf8')).toBe('b.md');
	});

	it('the seeds’ policies decide as their texts say', async () => {
		const seeds = await aPlace(fixture('seed002'));
		const two = await connect(seeds, packagedServer('@modelcontextprotocol/server-filesystem', '/'));
		const call = (client: Client, name: string, path: string) =>
			client.callTool({ name, arguments: { path, content: '' } });
		await expect(call(two, 'write_file', '/etc/mcp-firewall-never')).rejects.toMatchObject({
			code: -32000,
			data: { reason: 'policy_deny', rule: 'deny[1]', ruleAt: 'policy.yaml:4' },
		});
		await expect(call(two, 'write_file', '/data/staging/../prod/x')).rejects.toMatchObject({
			data: { reason: 'approval_unavailable', rule: 'require_approval[0]' },
		});
		await expect(call(two, 'write_file', '/data/staging-evil/x')).rejects.toMatchObject({
			data: { reason: 'policy_default_deny' },
		});
		expect(await call(two, 'read_text_file', join(seeds.workspace, 'readme.md'))).toHaveProperty('content');
		expect((await two.listTools()).tools.map(tool => tool.name)).toContain('write_file');

		const four = await aPlace(
			fixture('seed004').replaceAll('/Users/anshumankumar/Documents/Capfence/capfence', seeds.workspace),
		);
		const sandbox = await connect(four, packagedServer('@modelcontextprotocol/server-filesystem', '/'));
		await expect(call(sandbox, 'read_text_file', '/etc/passwd')).rejects.toMatchObject({
			data: { reason: 'policy_deny' },
		});
		await expect(call(sandbox, 'read_text_file', `${seeds.workspace}-evil/x`)).rejects.toMatchObject({
			data: { reason: 'policy_default_deny' },
		});
		expect(await call(sandbox, 'read_text_file', join(seeds.workspace, 'readme.md'))).toHaveProperty('content');
		expect(await call(sandbox, 'write_file', join(seeds.workspace, 'note.md'))).toHaveProperty('content');
	});
});

describe('gateway: its trail, and the commands over it', () => {
	async function aTrail() {
		const place = await aPlace(POLICY);
		const gateway = start(place, packagedServer('@modelcontextprotocol/server-filesystem', place.workspace));
		await gateway.initialize();
		await gateway.call(1, 'read_text_file', { path: 'readme.md' });
		await gateway.call(2, 'read_text_file', { path: '/etc/passwd' });
		await gateway.call(3, 'write_file', { path: 'x.md', content: 'AKIAIOSFODNN7EXAMPLE', password: 'hunter2' });
		expect(await gateway.end()).toBe(0);
		return place;
	}

	it('verify: valid; one flipped byte anywhere: exit 3, with file and line', async () => {
		const place = await aTrail();
		expect(await runCli(cli, ['audit', 'verify', place.data])).toMatchObject({
			code: 0,
			stdout: expect.stringMatching(/^Audit trail: VALID, \d+ entries in 1 file\n/) as string,
		});
		const { file } = await journalOf(place.data);
		const bytes = await readFile(file);
		const lines = bytes.toString('utf8').split('\n').slice(0, -1);
		for (const line of [1, 3, lines.length]) {
			const changed = Buffer.from(bytes);
			const at = bytes.length - Buffer.byteLength(lines.slice(line - 1).join('\n')) - 1 + 20;
			changed[at] = changed[at]! ^ 1;
			await writeFile(file, changed);
			const ran = await runCli(cli, ['audit', 'verify', place.data]);
			expect(ran).toMatchObject({ code: 3, stdout: contains('Audit trail: INVALID') });
			expect(ran.stdout).toContain(`${file}:${String(line)}: seq ${String(line - 1)}: `);
		}
	});

	it('the trail belongs to its owner alone', async () => {
		const place = await aTrail();
		const { file } = await journalOf(place.data);
		expectMode(file, 0o600);
		expectMode(join(place.data, 'trail'), 0o700);
	});

	it('logs --json: one entry a line, newest first, masked, filtered', async () => {
		const place = await aTrail();
		const ran = await runCli(cli, [
			'audit',
			'logs',
			place.data,
			'--json',
			'--server',
			'filesystem',
			'--kind',
			'calls',
		]);
		expect(ran.code).toBe(0);
		expect(ran.stdout).not.toMatch(/AKIA|hunter2/);
		const entries = ran.stdout
			.trimEnd()
			.split('\n')
			.map(line => JSON.parse(line) as JsonObject);
		expect(entries.slice(0, 3)).toMatchObject([
			{ tool: 'write_file', outcome: 'refused', detail: 'approval_unavailable' },
			{ tool: 'read_text_file', outcome: 'refused', verdict: { rule: { id: 'no-etc' } } },
			{ tool: 'read_text_file', outcome: 'answered' },
		]);
		const one = await runCli(cli, ['audit', 'logs', place.data, '--json', '--tool', 'write_file', '--limit', '1']);
		expect(one.stdout.trimEnd().split('\n')).toHaveLength(1);
		const none = await runCli(cli, ['audit', 'logs', place.data, '--json', '--server', 'Filesystem']);
		expect(none).toMatchObject({ code: 0, stdout: '' });
	});

	it('nothing to look at: exit 2', async () => {
		const place = await aPlace(POLICY);
		await mkdir(place.data);
		for (const args of [
			['audit', 'verify', place.data],
			['audit', 'logs', place.data],
			['audit', 'verify', join(place.folder, 'none')],
		]) {
			const ran = await runCli(cli, args);
			expect(ran).toMatchObject({ code: 2, stdout: '' });
			expect(ran.stderr).toContain(args[2]!);
		}
		expect(await readdir(place.data)).toEqual([]);
	});
});

describe('policy check and policy test', () => {
	it('exit codes of check: 0 valid, 2 not valid or not there', async () => {
		const good = await aPlace(POLICY);
		const bad = await aPlace('deny:\n  - capability: "shell.execute "\n');
		expect(await runCli(cli, ['policy', 'check', good.policy])).toMatchObject({
			code: 0,
			stdout: contains('valid, 5 rules'),
		});
		expect(await runCli(cli, ['policy', 'check', bad.policy])).toMatchObject({
			code: 2,
			stdout: contains(`${bad.policy}:2:17: error invalid-capability`),
		});
		expect(await runCli(cli, ['policy', 'check', join(bad.folder, 'none.yaml')])).toMatchObject({
			code: 2,
			stdout: contains('none.yaml:1:1: error syntax: The policy file does not exist.'),
		});
	});

	it('exit codes of test: 0 as expected, 1 otherwise, 2 unusable', async () => {
		const place = await aPlace(POLICY);
		const file = join(place.folder, 'fixture.yaml');
		const write = (expectation: string, policy = 'policy.yaml') =>
			writeFile(
				file,
				`policy: ${policy}\nworkspace: ws\ncases:\n  - { name: etc, server: filesystem, tool: read_text_file, arguments: { path: /etc/passwd }, expect: ${expectation}, rule: no-etc }\n`,
			);
		await write('deny');
		expect(await runCli(cli, ['policy', 'test', file])).toMatchObject({
			code: 0,
			stdout: contains('1 passed, 0 failed'),
		});
		await write('allow');
		const failed = await runCli(cli, ['policy', 'test', file, '--json']);
		expect(failed.code).toBe(1);
		expect(JSON.parse(failed.stdout)).toMatchObject({ failed: 1, cases: [{ expected: 'allow', actual: 'deny' }] });
		await write('perhaps');
		expect(await runCli(cli, ['policy', 'test', file])).toMatchObject({
			code: 2,
			stderr: contains("'expect' must be"),
		});
		await write('deny', 'none.yaml');
		expect(await runCli(cli, ['policy', 'test', file])).toMatchObject({ code: 2, stderr: contains('none.yaml') });
		expect(await runCli(cli, ['policy', 'test', join(place.folder, 'none.yaml')])).toMatchObject({ code: 2 });
		await writeFile(file, 'cases: [\n');
		expect(await runCli(cli, ['policy', 'test', file])).toMatchObject({
			code: 2,
			stderr: contains('fixture.yaml:'),
		});
	});

	it.each(['balanced', 'strict', 'observe'])('the preset %s is valid', async name => {
		const preset = new URL(`../../policies/${name}.yaml`, import.meta.url).pathname;
		expect(await runCli(cli, ['policy', 'check', preset])).toMatchObject({ code: 0 });
	});
});
