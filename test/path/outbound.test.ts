import { describe, expect, it } from 'vitest';
import { digestJson, sha256Hex } from '../../src/base/digest';
import { type JsonObject, type JsonValue } from '../../src/base/json';
import { type ServerEntry } from '../../src/domain/registry/serverEntry';
import { systemHost } from '../../src/storage/system';
import { ALLOW_ALL, disklessRig, entryOf, pinOf, type Rig, type RigOptions, valueOf } from './support/rig';

const SAVE = {
	name: 'save_note',
	inputSchema: {
		type: 'object',
		properties: {
			title: { type: 'string' },
			amount: { type: 'number' },
			tags: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
			free: { type: 'object' },
		},
	},
};
const PROMPT = { key: 'greet', digest: 'p', reviewed: { name: 'greet', arguments: [{ name: 'who' }] } };

function rigOf(over: Partial<ServerEntry> = {}, options: RigOptions = {}): Rig {
	const surface = { prompts: [PROMPT], resourceTemplates: [] };
	return disklessRig({
		policy: ALLOW_ALL,
		entry: entryOf([pinOf(SAVE, 'notes.write')], { surface, ...over }),
		...options,
	});
}

const received = (rig: Rig) => rig.upstream.texts.at(-1) ?? '';
const reasonOf = (answer: JsonObject | undefined) =>
	((answer?.error as JsonObject | undefined)?.data as JsonObject | undefined)?.reason;
const hintOf = (answer: JsonObject | undefined) =>
	((answer?.error as JsonObject | undefined)?.data as JsonObject | undefined)?.hint;

describe('C4, N6: a reviewed server is sent what it declares', () => {
	it('drops undeclared parameters at any depth, in the very bytes, and says so without their values', async () => {
		const rig = rigOf();
		const text =
			'{"jsonrpc":"2.0","id":"call-1","method":"tools/call","params":{"name":"save_note","arguments":{"title":"a\\u0062","amount":9007199254740993,' +
			'"history":["what the person said"],"tags":[{"name":"x","context":"told"}],"free":{"k":{"l":1}}}}}';
		await rig.send(text);
		expect(received(rig)).toBe(
			'{"jsonrpc":"2.0","id":"call-1","method":"tools/call","params":{"name":"save_note","arguments":{"title":"a\\u0062","amount":9007199254740993,' +
				'"tags":[{"name":"x"}],"free":{"k":{"l":1}}}}}',
		);
		const [entry] = rig.trail.endings;
		expect(entry).toMatchObject({
			outcome: 'answered',
			received: sha256Hex(text),
			digest: sha256Hex(received(rig)),
			pin: pinOf(SAVE, '').digest,
			narrowed: [
				{ path: '/params/arguments/history', why: 'undeclared' },
				{ path: '/params/arguments/tags/0/context', why: 'undeclared' },
			],
		});
		expect(rig.trail.verdicts[0]?.digest).toBe(sha256Hex(received(rig)));
		expect(rig.trail.text).not.toContain('what the person said');
	});

	it('INVARIANT 10: with nothing to drop the original bytes go', async () => {
		const rig = rigOf();
		const text =
			'{"jsonrpc":"2.0", "id":7,"method":"tools\\u002fcall","params":{ "name":"save_note","arguments":{"title" : "a"}}}';
		await rig.send(text);
		expect(received(rig)).toBe(text);
		expect(rig.trail.endings[0]).not.toHaveProperty('narrowed');
		expect(rig.trail.endings[0]).not.toHaveProperty('received');
	});

	it('what a person is shown and allows is what is sent', async () => {
		const rig = rigOf({}, { policy: 'require_approval: [{capability: "notes.*"}]\n' });
		rig.approver.will('allowed-once');
		await rig.call('save_note', { title: 'a', context: 'everything that was said' });
		const [asked] = rig.approver.requests;
		expect(asked).toMatchObject({
			arguments: { title: 'a' },
			argumentsText: '{"title":"a"}',
			heldBack: ['/params/arguments/context'],
		});
		expect(asked?.digest).toBe(rig.trail.endings[0]?.digest);
		expect(JSON.stringify(asked)).not.toContain('everything that was said');
	});

	it('a parameter is judged as it is sent: an undeclared path counts for nothing, and does not cross', async () => {
		const rig = rigOf({}, { policy: 'deny: [{capability: "*", path_prefix: /etc}]\nallow: ["*"]\n' });
		expect(await rig.call('save_note', { title: 'a', path: '/etc/passwd' })).toHaveProperty('result');
		expect(received(rig)).not.toContain('/etc/passwd');
	});

	it('NAME-07: of `_meta` the progress token, a trace id and what is the protocol’s own cross', async () => {
		const rig = rigOf();
		const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
		const kept = {
			progressToken: 'p1',
			'io.modelcontextprotocol/related-task': { taskId: 't' },
			traceparent,
		};
		await rig.request('tools/call', {
			name: 'save_note',
			arguments: { title: 'a' },
			_meta: {
				...kept,
				'vscode.conversationId': 'c-1',
				tracestate: 'x=1',
				baggage: 'user=me',
				prompt: 'all of it',
			},
		});
		expect(JSON.parse(received(rig))).toMatchObject({ params: { _meta: kept } });
		expect(Object.keys((JSON.parse(received(rig)) as { params: { _meta: object } }).params._meta)).toEqual(
			Object.keys(kept),
		);
		expect(rig.trail.endings[0]?.narrowed).toHaveLength(4);
		await rig.request('tools/list', { _meta: { traceparent: 'the words of the person' } });
		expect(received(rig)).not.toContain('the words');
	});

	it.each<[string, JsonObject, JsonObject]>([
		[
			'prompts/get',
			{ name: 'greet', arguments: { who: 'me', history: 'h' } },
			{ name: 'greet', arguments: { who: 'me' } },
		],
		[
			'initialize',
			{ capabilities: {}, clientInfo: { name: 'c', version: '1', icons: [{ src: 'data:x' }], user: 'me' } },
			{ capabilities: {}, clientInfo: { name: 'c', version: '1' } },
		],
		['resources/read', { uri: 'memo://a', _meta: { who: 'me' } }, { uri: 'memo://a', _meta: {} }],
		['ping', { _meta: { who: 'me' } }, { _meta: {} }],
	])('%s is narrowed as well', async (method, params, expected) => {
		const rig = rigOf();
		await rig.request(method, params);
		expect((JSON.parse(received(rig)) as JsonObject).params).toEqual(expected);
	});

	it('a prompt that nobody reviewed is sent nothing at all', async () => {
		const rig = rigOf();
		const answer = await rig.request('prompts/get', { name: 'unseen', arguments: { who: 'me' } });
		expect([reasonOf(answer), rig.upstream.sent]).toEqual(['prompt_not_reviewed', []]);
	});

	it('a notification loses what the server has no need of, and one above the ceiling does not cross', async () => {
		const rig = rigOf({ ceiling: 'internal' });
		expect(
			await rig.clientNotification('notifications/progress', {
				progressToken: 1,
				progress: 1,
				_meta: { who: 'me' },
			}),
		).toEqual({
			kind: 'rewritten',
			value: {
				jsonrpc: '2.0',
				method: 'notifications/progress',
				params: { progressToken: 1, progress: 1, _meta: {} },
			},
		});
		const reason = `AKIA${'A1B2'.repeat(4)}`;
		expect(await rig.clientNotification('notifications/cancelled', { requestId: 1, reason })).toEqual({
			kind: 'drop',
		});
		expect(rig.trail.text).not.toContain(reason);
	});

	it('without an entry of the registry a message is not narrowed', async () => {
		const rig = disklessRig({ policy: ALLOW_ALL });
		await rig.call('read_file', { context: 'c' });
		expect(JSON.parse(received(rig))).toMatchObject({ params: { arguments: { context: 'c' } } });
	});

	it('a retry with input goes on with its call although both were narrowed', async () => {
		const rig = rigOf({}, { policy: 'require_approval: [{capability: "notes.*"}]\nallow: ["*"]\n' });
		rig.approver.will('allowed-once');
		const params = { name: 'save_note', arguments: { title: 'a', extra: 1 } };
		rig.upstream.answersOnce({ resultType: 'input_required', requestState: 's', inputRequests: {} });
		await rig.request('tools/call', params);
		await rig.request('tools/call', { ...params, requestState: 's', inputResponses: {} });
		expect(rig.approver.requests).toHaveLength(1);
		expect(rig.upstream.sent).toHaveLength(2);
	});
});

describe('C4: roots', () => {
	const reply = (...uris: string[]) => ({ result: { roots: uris.map(uri => ({ uri, name: 'r', secret: 's' })) } });
	const told = (over: Partial<ServerEntry>, ...uris: string[]) => toldBy(rigOf(over), ...uris);
	const toldBy = async (rig: Rig, ...uris: string[]) => {
		const { answer } = await rig.serverRequest({ method: 'roots/list' }, reply(...uris));
		const roots = (valueOf(answer)?.result as { roots: readonly JsonObject[] }).roots;
		return { uris: roots.map(root => root.uri), rig, roots };
	};

	it('a server is told of the workspace and of nothing beside it', async () => {
		const { uris, roots, rig } = await told(
			{},
			'file:///sandbox/ws',
			'file:///sandbox/ws-other',
			'file:///sandbox/ws/../home',
			'file:///sandbox/ws/link/../deep',
			'file:///sandbox/ws/%2e%2e/home',
			'file:///sandbox/home',
			'https://x.example/',
			'file:///sandbox/ws/deep',
		);
		expect(uris).toEqual(['file:///sandbox/ws', 'file:///sandbox/ws/deep']);
		expect(roots[0]).toEqual({ uri: 'file:///sandbox/ws', name: 'r' });
		expect(rig.trail.endings[0]?.narrowed).toContainEqual({ path: '/result/roots/1', why: 'root' });
	});

	it('declared folders take the place of the workspace', async () => {
		const { uris } = await told(
			{ roots: ['/data/one'] },
			'file:///sandbox/ws',
			'file:///data/one/x',
			'file:///data/on',
		);
		expect(uris).toEqual(['file:///data/one/x']);
	});

	it('of several open folders a server of a folder’s file is told of that folder alone', async () => {
		const host = { workspaceFolders: ['/sandbox/ws', '/sandbox/two'] };
		const uris = ['file:///sandbox/ws', 'file:///sandbox/two', 'file:///sandbox/two/deep'];
		const folder = '/sandbox/two';
		expect((await toldBy(rigOf({}, { host, server: { folder } }), ...uris)).uris).toEqual(uris.slice(1));
		const closed = rigOf({}, { host, server: { folder: '/sandbox/closed' } });
		expect((await toldBy(closed, ...uris)).uris).toEqual([]);
		expect((await toldBy(rigOf({}, { host }), ...uris)).uris).toEqual(uris);
		const declared = rigOf({ roots: ['/sandbox/ws'] }, { host, server: { folder } });
		expect((await toldBy(declared, ...uris)).uris).toEqual(['file:///sandbox/ws']);
	});

	it.each([
		['win32', 'c:\\ws', ['file:///c%3A/ws', 'file:///C:/WS/deep'], 'file:///c%3A/wsx', 'd:\\two'],
		['win32', 'C:\\Ws', ['file:///c%3A/ws', 'file:///C:/WS/deep'], 'file:///c%3A/ws/..%20/home', 'c:\\two'],
		['win32', '\\\\Host\\share\\ws', ['file:////host/share/ws'], 'file:////host/share/other', 'd:\\two'],
		['darwin', '/private/tmp/ws', ['file:///private/tmp/ws', 'file:///tmp/ws/deep'], 'file:///tmp/two', '/tmp/two'],
		['darwin', '/tmp/ws/', ['file:///private/tmp/WS'], 'file:///private/tmp', '/private/tmp/two'],
		['linux', '/ws/', ['file:///ws', 'file:///ws/deep'], 'file:///WS', '/two'],
	] as const)('on %s a server of %s is told of it, however it is spelled', async (os, folder, own, not, other) => {
		const home = os === 'win32' ? 'C:\\Users\\p' : '/home/p';
		for (const folders of [[folder], [folder, other]]) {
			const host = systemHost(folders, os, home);
			const rig = rigOf({}, { host, server: { folder } });
			expect((await toldBy(rig, ...own, not)).uris).toEqual(own);
			const declared = rigOf({ roots: [folder] }, { host, server: { folder: other } });
			expect((await toldBy(declared, ...own, not)).uris).toEqual(own);
			const closed = rigOf({}, { host, server: { folder: `${other}x` } });
			expect((await toldBy(closed, ...own, not)).uris).toEqual([]);
		}
	});

	it('also within the next request of the client', async () => {
		const rig = rigOf();
		await rig.request('tools/call', {
			name: 'save_note',
			arguments: {},
			requestState: 's',
			inputResponses: { r: { roots: [{ uri: 'file:///sandbox/home' }, { uri: 'file:///sandbox/ws' }] } },
		});
		expect(JSON.parse(received(rig))).toMatchObject({
			params: { inputResponses: { r: { roots: [{ uri: 'file:///sandbox/ws' }] } } },
		});
		expect(received(rig)).not.toContain('home');
	});
});

describe('N4: nothing above the ceiling of its server crosses', () => {
	const KEY = `ghp_${'a1B2'.repeat(9)}`;
	const HOME = '/home/marvinson';
	const LEVELS = ['public', 'internal', 'secret'] as const;
	const labelled: readonly (readonly [string, JsonValue, (typeof LEVELS)[number]])[] = [
		['plain text', 'A note about tides.', 'public'],
		['the home folder', `${HOME}/notes.md`, 'internal'],
		['an address of the inner network', 'see http://192.168.7.20/x', 'internal'],
		['a token', `use ${KEY}`, 'secret'],
	];

	for (const [what, title, label] of labelled) {
		it.each(LEVELS)(`${what} to a server that may be sent what is %s`, async ceiling => {
			const rig = rigOf({ ceiling }, { host: { home: HOME } });
			const answer = await rig.call('save_note', { title });
			const above = LEVELS.indexOf(label) > LEVELS.indexOf(ceiling);
			expect(rig.upstream.sent).toHaveLength(above ? 0 : 1);
			expect(reasonOf(answer)).toBe(above ? 'above_sensitivity' : undefined);
			const [entry] = rig.trail.endings;
			expect(entry?.sensitivity).toEqual(
				label === 'public'
					? undefined
					: { label, ceiling, places: [expect.objectContaining({ pointer: '/arguments/title', label })] },
			);
			expect(rig.trail.text).not.toContain(KEY);
		});
	}

	it('the refusal names label, rule and the way to change it, and repeats nothing of the message', async () => {
		const rig = rigOf({ ceiling: 'internal' });
		const answer = await rig.call('save_note', { title: `my ${KEY}` });
		expect(hintOf(answer)).toBe(
			'What was to be sent is secret (github-token), and this server may be sent what is internal at most. ' +
				'Leave it out, or let the person raise the ceiling with "MCP Firewall: Review Server…".',
		);
		expect(JSON.stringify(answer)).not.toContain(KEY);
		expect(rig.trail.endings[0]).toMatchObject({ outcome: 'refused', detail: 'above_sensitivity' });
	});

	it('nobody is asked about what may not cross anyway', async () => {
		const rig = rigOf({ ceiling: 'public' }, { policy: 'require_approval: ["*"]\n', host: { home: HOME } });
		await rig.call('save_note', { title: HOME });
		expect(rig.approver.requests).toEqual([]);
	});

	it.each<[string, string, JsonObject]>([
		[
			'an answer to sampling',
			'sampling/createMessage',
			{ role: 'assistant', content: { type: 'text', text: KEY } },
		],
		['an answer to elicitation', 'elicitation/create', { action: 'accept', content: { key: KEY } }],
		['the name of a root', 'roots/list', { roots: [{ uri: 'file:///sandbox/ws', name: KEY }] }],
	])('%s is held against it', async (_, method, result) => {
		const rig = rigOf({ ceiling: 'internal' });
		const { answer } = await rig.serverRequest({ method, params: {} }, { result });
		expect(reasonOf(valueOf(answer))).toBe('above_sensitivity');
		expect(JSON.stringify(answer)).not.toContain(KEY);
		expect(rig.trail.text).not.toContain(KEY);
	});

	it.each<[string, JsonObject]>([
		['completion/complete', { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: KEY } }],
		['prompts/get', { name: 'greet', arguments: { who: KEY } }],
		['resources/read', { uri: `memo://${KEY}` }],
		['tools/list', { cursor: KEY }],
		['ping', { _meta: { progressToken: KEY } }],
		['tools/call', { name: 'save_note', arguments: {}, _meta: { progressToken: KEY } }],
		[
			'tools/call',
			{ name: 'save_note', arguments: {}, requestState: 's', inputResponses: { a: { content: { b: KEY } } } },
		],
	])('what %s carries is held against it', async (method, params) => {
		const rig = rigOf({ ceiling: 'internal' });
		expect(reasonOf(await rig.request(method, params))).toBe('above_sensitivity');
		expect(rig.upstream.sent).toEqual([]);
	});

	it('the state that the server itself gave out may look like anything', async () => {
		const rig = rigOf({ ceiling: 'public' });
		await rig.request('tools/call', { name: 'save_note', arguments: {}, requestState: KEY, inputResponses: {} });
		expect(rig.upstream.sent).toHaveLength(1);
	});
});

describe('A1, A2, A5: what an entry says of its server', () => {
	it('revision, source, version, protocol, how it was known, and names of its secrets alone', async () => {
		const auth = { method: 'file-digest', result: 'ok', at: '2026-10-01T12:00:00.000Z' } as const;
		const rig = rigOf(
			{
				revision: 4,
				protocolVersion: '2025-11-25',
				supply: { source: { kind: 'npm', name: '@x/notes', version: '1.4.2' }, files: [], gaps: [] },
				credentials: [{ kind: 'env', name: 'NOTES_TOKEN', storedAt: '2026-01-01T00:00:00.000Z' }],
			},
			{ server: { auth: () => auth } },
		);
		await rig.call('save_note', {});
		for (const entry of rig.trail.entries) {
			expect(entry).toMatchObject({
				auth,
				server: { revision: 4, source: 'npm:@x/notes', version: '1.4.2', protocolVersion: '2025-11-25' },
				credentials: ['env:NOTES_TOKEN'],
			});
		}
	});

	it('a registry that fails is no way past it, and its call is recorded', async () => {
		const rig = rigOf(
			{},
			{
				ports: {
					registry: {
						find: () => {
							throw new Error('no disk');
						},
					},
				},
			},
		);
		expect(reasonOf(await rig.call('save_note', {}))).toBe('internal_error');
		expect(rig.upstream.sent).toEqual([]);
		expect(rig.trail.endings).toHaveLength(1);
		expect(digestJson(rig.trail.endings[0]?.server as unknown as JsonObject)).toBe(
			digestJson({ id: rig.server.id, name: rig.server.name }),
		);
	});
});
