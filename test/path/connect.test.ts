import { readFileSync } from 'node:fs';
import { appendFile, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { type AuditEntry } from '../../src/domain/audit/auditRecord';
import { NO_TRUST_SETTINGS } from '../../src/domain/identity/trustSettings';
import { type StdioLaunch } from '../../src/domain/registry/launch';
import { type ResolvedLaunch } from '../../src/proxy/upstream/stdioUpstream';
import { AT_ONCE } from '../../src/proxy/upstream/upstream';
import { silentLogger } from '../../src/base/logger';
import { RegistryFile } from '../../src/storage/registryFile';
import { writeStop } from '../../src/storage/stopFile';
import { shimLaunch } from '../../src/vscode/discoveryShim';
import { contains, countMessages, isAlive, misbehaving, textOf } from '../unit/proxy/support';
import { freshKey, selfSigned } from '../unit/identity/issuer';
import { fixtureServer } from './support/gatewayProcess';
import { localOpa } from './support/localOpa';
import { buildShim, Person, RawShim } from './support/shim';
import { environmentAt, lacks } from '../unit/support/machine';

const noPosix = lacks('posix', 'the server is started by a script');
/** Where there is what it needs. */
const test = it.skipIf(noPosix);

// Several processes start in each test.
vi.setConfig({ testTimeout: 60_000 });

let shim: string;
let remove: () => Promise<void>;

beforeAll(async () => {
	const built = await buildShim();
	shim = built.shim;
	remove = () => built.remove();
});

afterAll(() => remove());

const bin = (name: string, ...args: string[]): ResolvedLaunch => ({
	command: join(process.cwd(), 'node_modules/.bin', name),
	args,
	env: {},
});

/** The SDK's client over its own stdio transport, which starts the shim: what an outside client does. */
async function outside(person: Person, ...args: string[]): Promise<{ client: Client; pid: number }> {
	const client = new Client({ name: 'outside', version: '1' }, { capabilities: { sampling: {} } });
	client.setRequestHandler(CreateMessageRequestSchema, () => ({
		model: 'none',
		role: 'assistant',
		content: { type: 'text', text: 'sampled' },
	}));
	const transport = new StdioClientTransport({
		command: process.execPath,
		args: [shim, ...args],
		env: environmentAt(person.home),
		cwd: tmpdir(),
		stderr: 'ignore',
	});
	await client.connect(transport);
	onTestFinished(() => client.close());
	return { client, pid: transport.pid ?? 0 };
}

describe('an outside client through an open window', () => {
	it('PROTO-01: list, call, progress, sampling, resources with the SDK, by the name of the server', async () => {
		const person = await Person.make();
		const window = await person.window({ everything: bin('mcp-server-everything') });
		const { client } = await outside(person, 'everything', '--workspace', person.workspace);
		expect(client.getServerVersion()).toMatchObject({ name: contains('everything') });
		expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
		const echo = await client.callTool({ name: 'echo', arguments: { message: 'Grüße 😀' } });
		expect(JSON.stringify(echo)).toContain('Grüße 😀');
		const progress = countMessages(client, 'notifications/progress');
		const slow = { name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 3 } };
		await client.callTool(slow, undefined, { onprogress: () => undefined });
		expect(progress()).toBe(3);
		const ask = { name: 'trigger-sampling-request', arguments: { prompt: 'p', maxTokens: 5 } };
		expect(JSON.stringify(await client.callTool(ask))).toContain('sampled');
		expect((await client.listResources()).resources.length).toBeGreaterThan(0);
		expect(window.endpoint.activeSessions()).toBe(1);
	});

	it('the token is in no argument and in no variable of the shim', async () => {
		const person = await Person.make();
		const window = await person.window({ bad: misbehaving() });
		const { pid } = await outside(person, window.idOf('bad'));
		const token = window.endpoint.uriFor(window.idOf('bad')).headers.Authorization!.slice('Bearer '.length);
		const seen = ['cmdline', 'environ'].map(name => readFileSync(`/proc/${String(pid)}/${name}`, 'utf8')).join('');
		expect(seen).toContain('connect.cjs');
		expect(seen).not.toContain(token);
	});

	it('bytes go through as they are: numbers beyond 2^53, key order, escapes; what is no JSON is answered', async () => {
		const person = await Person.make();
		await person.window({ bad: misbehaving() });
		const client = new RawShim(shim, ['bad'], person.home);
		await client.greet();
		await client.call(1, 'evil', { kind: 'bignum' });
		expect(client.lines.find(line => line.includes('"id":1,'))).toMatch(/900719925474099[3-9]/);
		client.raw('{"jsonrpc":"2.0","id":2,"method":"ping"} \r\n\n{nonsense\n');
		expect(await client.inbox.answerTo(2)).toMatchObject({ result: {} });
		expect(await client.inbox.answerTo(null)).toMatchObject({ error: { code: -32700 } });
	});

	it('2026-07-28: requests without a session reach the server, with the headers that say what the body says', async () => {
		const person = await Person.make();
		const file = join(process.cwd(), 'test/fixtures/servers/modern.mjs');
		await person.window({ modern: { command: process.execPath, args: [file], env: {} } });
		const client = new RawShim(shim, ['modern'], person.home);
		const _meta = {
			'io.modelcontextprotocol/protocolVersion': '2026-07-28',
			'io.modelcontextprotocol/clientInfo': { name: 'modern', version: '1' },
			'io.modelcontextprotocol/clientCapabilities': {},
		};
		expect(await client.ask(1, 'server/discover', { _meta })).toHaveProperty('result.resultType', 'complete');
		const call = { name: 'echo', arguments: { message: 'hello' }, _meta };
		expect(textOf(await client.ask(2, 'tools/call', call))).toContain('hello');
		// There, leaving the response cancels; the client of a pipe says so.
		client.send({ id: 3, method: 'tools/call', params: { name: 'hold', arguments: { name: 'x' }, _meta } });
		const received = async (id: number) =>
			textOf(await client.ask(id, 'tools/call', { name: 'received', arguments: {}, _meta }));
		let id = 10;
		await expect.poll(() => received(id++), { timeout: 10_000 }).toContain('hold');
		client.send({ method: 'notifications/cancelled', params: { requestId: 3 } });
		await expect.poll(() => received(id++), { timeout: 10_000 }).toContain('notifications/cancelled');
		expect(client.inbox.all.filter(message => message.id === 3)).toEqual([]);
	});

	it('C-huge: a line over the cap gets an error for its id, and the next message goes through', async () => {
		const person = await Person.make();
		await person.window({ bad: misbehaving() });
		const client = new RawShim(shim, ['bad'], person.home);
		await client.greet();
		client.raw(
			`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${'x'.repeat(33 * 1024 * 1024)}"}}\n`,
		);
		expect(await client.inbox.answerTo(1)).toMatchObject({ error: { code: -32600 } });
		expect(await client.ask(2, 'ping')).toHaveProperty('result');
	});

	it('PROTO-10: a cancelled call is cancelled at the server', async () => {
		const person = await Person.make();
		const log = join(person.home, 'log');
		await person.window({ bad: { ...misbehaving(), env: { FIXTURE_LOG: log } } });
		const { client } = await outside(person, 'bad');
		const cancel = new AbortController();
		const call = client.callTool({ name: 'evil', arguments: { kind: 'hang' } }, undefined, {
			signal: cancel.signal,
		});
		call.catch(() => undefined);
		await expect.poll(() => readFile(log, 'utf8')).toContain('"hang"');
		cancel.abort();
		await expect(call).rejects.toThrow();
		await expect.poll(() => readFile(log, 'utf8')).toContain('notifications/cancelled');
	});

	it('the end of input ends the session in the window, and the shim with 0', async () => {
		const person = await Person.make();
		const window = await person.window({ bad: misbehaving() });
		const client = new RawShim(shim, ['bad'], person.home);
		await client.greet();
		expect(window.endpoint.activeSessions()).toBe(1);
		expect(await client.end()).toBe(0);
		expect(window.endpoint.activeSessions()).toBe(0);
	});

	it('a session that the window ended (404) is opened anew, and the client told that lists may differ', async () => {
		const person = await Person.make();
		const window = await person.window({ bad: misbehaving() });
		const client = new RawShim(shim, ['bad'], person.home);
		await client.greet();
		expect(textOf(await client.call(1, 'evil', { kind: 'x' }))).not.toBe('');
		await window.endpoint.stopServer(window.idOf('bad'), AT_ONCE);
		expect(await client.call(2, 'evil', { kind: 'x' })).toHaveProperty('result');
		const changed = client.inbox.all.filter(({ method }) => method === 'notifications/tools/list_changed');
		expect(changed.length).toBe(1);
		expect(client.inbox.all.filter(({ id }) => id === 'mcp-firewall-connect')).toEqual([]);
	});

	it('PROTO-17: the window closes in the middle of a call: an error at once, then the next window serves', async () => {
		const person = await Person.make();
		const first = await person.window({ bad: misbehaving() });
		const client = new RawShim(shim, ['bad'], person.home);
		await client.greet();
		const pending = client.call(1, 'evil', { kind: 'hang' });
		await expect.poll(() => first.endpoint.activeSessions()).toBe(1);
		await first.close();
		expect(await pending).toMatchObject({ id: 1, error: {} });
		expect(await client.call(2, 'evil')).toMatchObject({ error: { message: contains('knows no guarded server') } });
		await person.window({ bad: misbehaving() });
		expect(await client.call(3, 'evil', { kind: 'x' })).toHaveProperty('result');
	});

	it('another server under the same name ends the shim, so that the client starts anew', async () => {
		const person = await Person.make();
		const first = await person.window({ it: misbehaving() });
		const client = new RawShim(shim, ['it'], person.home);
		await client.greet();
		await first.close();
		await person.window({ it: bin('mcp-server-everything') });
		expect(await client.call(1, 'evil')).toMatchObject({ error: { message: contains('not the one') } });
		expect(await client.exit).toBe(1);
	});

	it('the window with the folder comes before the newer one; a window that died without a word is passed over', async () => {
		const person = await Person.make();
		const log = (name: string) => join(person.home, name);
		const served = (name: string) => ({ bad: { ...misbehaving(), env: { FIXTURE_LOG: log(name) } } });
		const here = await person.window(served('here'));
		await person.window(served('newer'), { folder: '/elsewhere' });
		await new RawShim(shim, ['bad', '--workspace', person.workspace], person.home).greet();
		expect(await readFile(log('here'), 'utf8')).toContain('initialize');
		await here.endpoint.close(AT_ONCE);
		await new RawShim(shim, ['bad', '--workspace', person.workspace], person.home).greet();
		expect(await readFile(log('newer'), 'utf8')).toContain('initialize');
	});

	it.each([
		[[], 'SERVER-ID is missing'],
		[['a', 'b'], 'one SERVER-ID at a time'],
		[['a', '--tokn', 'x'], 'unknown option --tokn'],
	])('%j is a usage error on stderr alone', async (args, why) => {
		const person = await Person.make();
		const client = new RawShim(shim, args, person.home);
		expect(await client.exit).toBe(64);
		expect(client.stderr).toContain(why);
		expect(client.lines).toEqual([]);
	});
});

/** The real filesystem server on the person's workspace, as an editor guards it. */
function filesOf(person: Person): StdioLaunch {
	const server = join(process.cwd(), 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
	return { kind: 'stdio', command: process.execPath, args: [server, person.workspace], env: [] };
}

const capability = (tool: string) => (/write|edit|move|create/.test(tool) ? 'filesystem.write' : 'filesystem.read');
const dataOf = ({ error }: JsonObject) => (error as JsonObject).data as JsonObject;

/** Entries of every journal file of a person, by file. */
async function trailOf(person: Person): Promise<AuditEntry[][]> {
	const folder = join(person.data, 'trail');
	const names = (await readdir(folder)).filter(name => name.endsWith('.ndjson')).sort();
	return Promise.all(
		names.map(async name =>
			(await readFile(join(folder, name), 'utf8'))
				.split('\n')
				.filter(Boolean)
				.map(line => JSON.parse(line) as AuditEntry),
		),
	);
}

describe('while no window is open', () => {
	it('the editor’s policy, pins and trail hold; nobody approves, and the refusal says what to do', async () => {
		const person = await Person.make();
		const entry = await person.guard('Files', filesOf(person), { capability, drift: 'list_directory' });
		const client = new RawShim(shim, ['Files', '--workspace', person.workspace], person.home);
		expect(await client.greet()).toHaveProperty('result.serverInfo');
		const { tools } = (await client.ask('list', 'tools/list')).result as { tools: readonly { name: string }[] };
		expect(tools.map(({ name }) => name)).toContain('write_file');
		const readme = join(person.workspace, 'readme.md');
		expect(textOf(await client.call(1, 'read_text_file', { path: readme }))).toBe('hello from the workspace');
		const write = await client.call(2, 'write_file', { path: readme, content: 'changed' });
		expect(dataOf(write)).toMatchObject({
			reason: 'approval_unavailable',
			hint: contains('Open VS Code to approve'),
		});
		expect(await readFile(readme, 'utf8')).toBe('hello from the workspace');
		expect(dataOf(await client.call(3, 'list_directory', { path: person.workspace }))).toMatchObject({
			reason: 'tool_drifted',
		});
		expect(dataOf(await client.call(4, 'read_text_file', { path: '/etc/hostname' }))).toHaveProperty('reason');
		// INVARIANT 9: what leads other clients here is as much ours as the registry.
		for (const [id, path] of [
			join(person.discovery, 'connect.cjs'),
			join(person.data, 'registry/registry.json'),
		].entries()) {
			const refused = await client.call(10 + id, 'read_text_file', { path });
			expect(dataOf(refused)).toMatchObject({ reason: 'protected_path' });
		}
		expect(await client.end()).toBe(0);
		expect(client.stderr).toContain('nobody can approve');
		const [entries, ...others] = await trailOf(person);
		expect(others).toEqual([]);
		expect(
			entries?.filter(({ kind }) => kind === 'call').map(({ server, outcome }) => [server?.id, outcome]),
		).toEqual([[entry.id, 'answered'], ...Array.from({ length: 5 }, () => [entry.id, 'refused'])]);
		// E7: by what the server was known when it was started is in every entry.
		for (const { auth } of entries?.filter(({ kind }) => kind === 'call') ?? []) {
			expect(auth).toMatchObject({ method: 'file-digest', result: 'ok' });
		}
	});

	it('a decision service that the editor asks is asked here too: closing the window loosens nothing', async () => {
		const person = await Person.make();
		const opa = await localOpa({
			'mcp/authz/allow': input => (input.action as JsonObject).mcp_tool !== 'list_directory',
		});
		const url = `${opa.url}/v1/data/mcp/authz/allow`;
		person.settings = { decision: { url, kind: 'opa', hasHeader: false } };
		await person.guard('Files', filesOf(person), { capability });
		const client = new RawShim(shim, ['Files', '--workspace', person.workspace], person.home);
		await client.greet();
		const readme = join(person.workspace, 'readme.md');
		expect(textOf(await client.call(1, 'read_text_file', { path: readme }))).toBe('hello from the workspace');
		expect(dataOf(await client.call(2, 'list_directory', { path: person.workspace }))).toMatchObject({
			reason: 'decision_denied',
		});
		expect(await client.end()).toBe(0);
		expect(opa.inputs.map(({ resource }) => (resource as JsonObject).identifier)).toEqual([
			'Files/read_text_file',
			'Files/list_directory',
		]);
	});

	it.each([
		[
			'is reached with a header that only the editor has',
			{ url: 'http://127.0.0.1:9/', kind: 'pip', hasHeader: true },
		],
		['cannot be reached', { url: 'http://127.0.0.1:9/', kind: 'pip', hasHeader: false }],
		['has an address that cannot be used', { url: 'http://pdp.example/', kind: 'opa', hasHeader: false }],
	] as const)('one that %s decides nothing, so calls are refused (invariant 3)', async (_, decision) => {
		const person = await Person.make();
		person.settings = { decision };
		await person.guard('Files', filesOf(person), { capability });
		const client = new RawShim(shim, ['Files', '--workspace', person.workspace], person.home);
		await client.greet();
		const readme = join(person.workspace, 'readme.md');
		expect(dataOf(await client.call(1, 'read_text_file', { path: readme }))).toMatchObject({
			reason: 'decision_unavailable',
		});
		expect(await client.end()).toBe(0);
	});

	test('whom the person trusts counts here too: a level that the policy asks for is reached only with that trust', async () => {
		const person = await Person.make();
		const key = freshKey();
		const what = { did: key.did, badge: selfSigned(key, Math.floor(Date.now() / 1000)), key: key.privateJwk };
		const script = join(person.home, 'disclosing.sh');
		const [command = '', ...args] = fixtureServer('disclosing.mjs');
		await writeFile(
			script,
			`#!/bin/sh\nDISCLOSING='${JSON.stringify(what)}' exec '${command}' ${args.map(arg => `'${arg}'`).join(' ')}\n`,
			{ mode: 0o700 },
		);
		person.policy = join(person.home, 'policy.yaml');
		await writeFile(person.policy, 'identity: {require_badge: true}\nallow: [compute.run]\n');
		const reasons: unknown[] = [];
		for (const identity of [undefined, { ...NO_TRUST_SETTINGS, acceptLevelZero: true }]) {
			person.settings = identity === undefined ? {} : { identity };
			await person.guard(
				'Discloses',
				{ kind: 'stdio', command: script, args: [], env: [] },
				{
					capability: () => 'compute.run',
				},
			);
			const client = new RawShim(shim, ['Discloses', '--workspace', person.workspace], person.home);
			await client.greet();
			const answer = await client.call(1, 'echo', {});
			reasons.push('result' in answer ? 'answered' : dataOf(answer).code);
			await client.end();
		}
		expect(reasons).toEqual(['TOOL_ISSUER_UNTRUSTED', 'answered']);
	});

	it('a server that needs stored values is not started, and the first answer says why', async () => {
		const person = await Person.make();
		const proof = join(person.home, 'started');
		const args = ['-e', `require('fs').writeFileSync(${JSON.stringify(proof)}, '')`];
		await person.guard('Secret', { kind: 'stdio', command: process.execPath, args, env: ['API_KEY'] });
		const client = new RawShim(shim, ['Secret'], person.home);
		expect(await client.greet()).toMatchObject({
			error: { message: contains('stored values of the environment (API_KEY), which only VS Code can read') },
		});
		await client.end();
		await expect(readFile(proof)).rejects.toThrow();
		expect((await trailOf(person)).flat().filter(({ outcome }) => outcome === 'refused')).toMatchObject([
			{ method: 'initialize', server: { name: 'Secret' } },
		]);
	});

	it('C2 a server of which one byte changed gets no byte, and is suspended for every window', async () => {
		const person = await Person.make();
		const [script, log] = [join(person.home, 'server.mjs'), join(person.home, 'received')];
		await copyFile(join(process.cwd(), 'test/fixtures/servers/bytes.mjs'), script);
		const entry = await person.guard('Bytes', {
			...{ kind: 'stdio', command: process.execPath, args: [script, log], env: [] },
		});
		await rm(log);
		await appendFile(script, ' ');
		const client = new RawShim(shim, ['Bytes', '--workspace', person.workspace], person.home);
		expect(await client.greet()).toMatchObject({
			error: { message: contains('reason=supply_changed. supply-chain: entry script changed') },
		});
		await client.end();
		await expect(readFile(log)).rejects.toThrow('ENOENT');
		const kept: unknown = JSON.parse(await readFile(join(person.data, 'registry/registry.json'), 'utf8'));
		expect(kept).toMatchObject({ servers: [{ id: entry.id, status: 'suspended' }] });
		const failed = expect.objectContaining({ method: 'file-digest', result: 'failed' }) as unknown;
		expect((await trailOf(person)).flat()).toEqual(
			expect.arrayContaining([
				expect.objectContaining({ event: 'server-suspended' }),
				expect.objectContaining({ outcome: 'refused', method: 'initialize', auth: failed }),
			]),
		);
	});

	it('the emergency stop: nothing starts, what runs is refused and ended, a missing file counts as stopped', async () => {
		const person = await Person.make();
		await person.guard('Files', filesOf(person), { capability });
		const client = new RawShim(shim, ['Files', '--workspace', person.workspace], person.home);
		await client.greet();
		await writeStop(person.data, true);
		const path = join(person.workspace, 'readme.md');
		expect(await client.call(1, 'read_text_file', { path })).toMatchObject({
			error: { message: contains('reason=emergency_stop') },
		});
		const late = new RawShim(shim, ['Files', '--workspace', person.workspace], person.home);
		expect(await late.greet()).toMatchObject({ error: { message: contains('reason=emergency_stop') } });
		await rm(join(person.data, 'emergency-stop.json'));
		const missing = new RawShim(shim, ['Files'], person.home);
		expect(await missing.greet()).toMatchObject({ error: { message: contains('reason=emergency_stop') } });
		await writeStop(person.data, false);
		await expect
			.poll(() =>
				client.call((Math.random() * 1e9) | 0, 'read_text_file', { path }).then(answer => 'result' in answer),
			)
			.toBe(true);
	});

	it('C8: a server that is revoked in a window ends without a window too, with the call that hangs, and does not start again', async () => {
		const person = await Person.make();
		const args = [join(process.cwd(), 'test/fixtures/servers/slow.mjs'), 'deaf'];
		const launch = { kind: 'stdio', command: process.execPath, args, env: [] } as const;
		const entry = await person.guard('slow', launch, { capability: () => 'compute.run' });
		const client = new RawShim(shim, ['slow'], person.home);
		await client.greet();
		const hanging = client.call(1, 'wait', {});
		await expect.poll(() => client.stderr, { timeout: 20_000 }).toContain('calling');
		const pid = Number(/pid (\d+)/.exec(client.stderr)?.[1]);
		const registry = await RegistryFile.open(join(person.data, 'registry'), silentLogger);
		onTestFinished(() => registry.dispose());
		await registry.setStatus(entry.id, 'revoked', 'revoked by a person');
		expect(await hanging).toMatchObject({ error: { message: contains('reason=server_revoked') } });
		await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
		const late = new RawShim(shim, ['slow'], person.home);
		expect(await late.greet()).toMatchObject({ error: { message: contains('reason=server_revoked') } });
	});

	it('a server that VS Code’s own lists keep from running later ends as well, with the call that hangs, and does not start again', async () => {
		const person = await Person.make();
		const args = [join(process.cwd(), 'test/fixtures/servers/slow.mjs'), 'deaf'];
		const launch = { kind: 'stdio', command: process.execPath, args, env: [] } as const;
		await person.guard('slow', launch, { capability: () => 'compute.run' });
		const client = new RawShim(shim, ['slow'], person.home);
		await client.greet();
		const hanging = client.call(1, 'wait', {});
		await expect.poll(() => client.stderr, { timeout: 20_000 }).toContain('calling');
		const pid = Number(/pid (\d+)/.exec(client.stderr)?.[1]);
		const denied = [{ serverName: 'slow' }];
		person.settings = { serverLists: [{ source: 'chat.mcp.deniedServers', denied }] };
		await person.publish();
		expect(await hanging).toMatchObject({ error: { message: contains('reason=server_not_listed') } });
		await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
		expect(client.stderr).toMatch(/The session ends\. It is on .*\(chat\.mcp\.deniedServers\)/);
		const late = new RawShim(shim, ['slow'], person.home);
		expect(await late.greet()).toMatchObject({ error: { message: contains('chat.mcp.deniedServers') } });
		const entries = (await trailOf(person)).flat();
		expect(entries.filter(({ kind }) => kind === 'call')).toMatchObject([
			{ outcome: 'cancelled', detail: 'server_not_listed' },
		]);
	});

	it('an organisation’s file that the editor’s settings name later, and what it locks, count in a session that runs', async () => {
		const person = await Person.make();
		await person.guard('Files', filesOf(person), { capability });
		const client = new RawShim(shim, ['Files', '--workspace', person.workspace], person.home);
		await client.greet();
		const path = join(person.workspace, 'readme.md');
		expect(textOf(await client.call(1, 'read_text_file', { path }))).toBe('hello from the workspace');
		const file = join(person.home, 'org.yaml');
		await writeFile(file, 'deny: [{id: no-reads, capability: filesystem.read}]\n');
		person.organisation = [file];
		await person.publish();
		let id = 2;
		const rule = async () => {
			const answer = await client.call(id++, 'read_text_file', { path });
			return 'result' in answer ? undefined : dataOf(answer).rule;
		};
		await expect.poll(rule, { timeout: 10_000 }).toBe('organisation:no-reads');
		// What leads other clients here may be gone for a moment, or for good: that opens nothing.
		await rm(join(person.discovery, 'homes'), { recursive: true });
		// Nothing says that they are gone, and nothing is to follow from it: the file is looked at every 200 ms.
		await new Promise(resolve => setTimeout(resolve, 800));
		expect(await rule()).toBe('organisation:no-reads');
	});

	it('a workspace’s policy tightens, and its allow rules count only with the trusted digest', async () => {
		const person = await Person.make();
		await person.guard('Files', filesOf(person), { capability });
		await mkdir(join(person.workspace, '.vscode'));
		const rules =
			'deny:\n  - capability: filesystem.read\n    paths: ["**/readme.md"]\nallow:\n  - capability: filesystem.write\n';
		await writeFile(join(person.workspace, '.vscode/mcp-firewall.yaml'), rules);
		const client = new RawShim(shim, ['Files', '--workspace', person.workspace], person.home);
		await client.greet();
		const path = join(person.workspace, 'readme.md');
		expect(await client.call(1, 'read_text_file', { path })).toHaveProperty('error');
		expect(await client.call(2, 'write_file', { path, content: 'x' })).toHaveProperty('error');
	});

	it('a policy of a folder above where the client works tightens as well', async () => {
		const person = await Person.make();
		await person.guard('Files', filesOf(person), { capability });
		const inner = join(person.workspace, 'packages', 'a');
		await mkdir(inner, { recursive: true });
		await mkdir(join(person.workspace, '.vscode'));
		const rules = 'deny:\n  - capability: filesystem.read\n    paths: ["**/readme.md"]\n';
		await writeFile(join(person.workspace, '.vscode/mcp-firewall.yaml'), rules);
		const client = new RawShim(shim, ['Files', '--workspace', inner], person.home);
		await client.greet();
		const path = join(inner, 'readme.md');
		await writeFile(path, 'inner');
		expect(await client.call(1, 'read_text_file', { path })).toHaveProperty('error');
	});

	it('a folder that is open in Restricted Mode starts nothing', async () => {
		const person = await Person.make();
		await person.guard('Files', filesOf(person), { capability });
		await person.window({}, { workspaceTrusted: false });
		const client = new RawShim(shim, ['Files', '--workspace', person.workspace], person.home);
		expect(await client.greet()).toMatchObject({ error: { message: contains('Restricted Mode') } });
	});

	it('as soon as a window is open again, and nothing is under way, the window takes over and its person is asked', async () => {
		const person = await Person.make();
		await person.guard('Files', filesOf(person), { capability });
		const client = new RawShim(shim, ['Files', '--workspace', person.workspace], person.home);
		await client.greet();
		const window = await person.window({ Files: { ...filesOf(person), cwd: person.workspace, env: {} } });
		let id = 0;
		const path = join(person.workspace, 'new.md');
		await expect
			.poll(() => client.call(++id, 'write_file', { path, content: 'x' }).then(answer => 'result' in answer), {
				timeout: 8_000,
				interval: 500,
			})
			.toBe(true);
		expect(window.endpoint.activeSessions()).toBe(1);
	});

	it('two editors that know a name as two servers: the id has to be given', async () => {
		const person = await Person.make();
		await person.guard('Files', filesOf(person));
		const other = { kind: 'stdio', command: process.execPath, args: ['-e', '0'], env: ['X'] } as const;
		await person.anotherProfile().guard('Files', other);
		const client = new RawShim(shim, ['Files'], person.home);
		expect(await client.greet()).toMatchObject({
			error: { message: contains('Name the one that is meant by its id') },
		});
	});

	it('a server that nobody guards is not known, whatever the files say', async () => {
		const person = await Person.make();
		const client = new RawShim(shim, ['../../etc'], person.home);
		expect(await client.greet()).toMatchObject({ error: { message: contains('knows no guarded server') } });
	});
});

/** What Agent Host makes of a definition (VS Code 1.139: projectMcpServerConfiguration, then the harness's own form). */
function projected({ command, args, env }: { command: string; args: readonly string[]; env: object }) {
	return { type: 'local', command, args: [...args], tools: ['*'], ...(Object.keys(env).length > 0 && { env }) };
}

describe('Agent Host, which has the projected launch and nothing else', () => {
	it('reaches the guarded server while the window is open, and after it is gone', async () => {
		const person = await Person.make();
		const launch = filesOf(person);
		const entry = await person.guard('Files', launch, { capability });
		const window = await person.window({ Files: { ...launch, cwd: person.workspace, env: {} } });
		const start = async () => {
			const runtime = { program: process.execPath, isElectron: false };
			const { command, args } = projected(shimLaunch(runtime, shim, entry.id, person.workspace));
			expect(JSON.stringify(args)).not.toMatch(/Bearer|token/);
			const client = new RawShim(args[0]!, args.slice(1), person.home);
			expect(command).toBe(process.execPath);
			await client.greet();
			return client.call(1, 'read_text_file', { path: join(person.workspace, 'readme.md') });
		};
		expect(textOf(await start())).toBe('hello from the workspace');
		await window.close();
		expect(textOf(await start())).toBe('hello from the workspace');
	});
});
