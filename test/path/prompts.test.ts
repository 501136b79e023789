import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Emitter } from '../../src/base/event';
import { type JsonObject, type JsonValue } from '../../src/base/json';
import { hasSideEffects } from '../../src/domain/policy/sideEffects';
import { type Presentation } from '../../src/domain/registry/annotations';
import { type SessionPath } from '../../src/firewall/ports';
import { ALLOW_ALL, disklessRig, entryOf, pinOf, type Rig, type RigOptions, valueOf } from './support/rig';
import { wire } from './support/wire';

const inputSchema = { type: 'object', properties: { word: { type: 'string' } } };
const policy = (mode: string) => `mode: ${mode}
deny: [{ id: closed, capability: notes.write, contains: deny }]
require_approval: [{ id: asked, capability: notes.write, contains: ask }]
allow: [notes.write, memory.read]
capabilities: { filesystem/keep: notes.write, filesystem/look: memory.read }
`;
const OBSERVED_IDENTITY = `${policy('enforce')}identity: { mode: observe, require_badge: true }\n`;

/** The editor's chat, or any other client, as one session in front of a scripted server. */
class Client {
	wish: Presentation = 'decided';
	told = 0;
	readonly changed = new Emitter<void>();
	readonly path: SessionPath;
	private id = 0;

	constructor(
		readonly rig: Rig,
		who: 'editor' | 'other',
		private readonly era: 'sessions' | 'stateless' = 'sessions',
	) {
		const editor = { presentation: () => this.wish, onDidChange: this.changed.event };
		const own = who === 'editor' ? [editor] : [];
		this.path = rig.firewall.open(rig.server, rig.approver, undefined, ...own);
		this.path.onDidChangeTools?.(() => {
			this.told++;
		});
	}

	/** What the client gets to see of the hints of these tools. */
	async list(...tools: readonly JsonObject[]): Promise<readonly (JsonValue | undefined)[]> {
		this.rig.upstream.answersOnce({ tools });
		const answer = await this.send('tools/list', {});
		const { tools: shown } = answer?.result as { readonly tools: readonly JsonObject[] };
		return shown.map(({ annotations }) => annotations);
	}

	/** One page of the list, as the server gives it. */
	async page(result: JsonObject, cursor?: string): Promise<void> {
		this.rig.upstream.answersOnce(result);
		await this.send('tools/list', cursor === undefined ? {} : { cursor });
	}

	call(word: string, name = 'keep'): Promise<JsonObject | undefined> {
		return this.send('tools/call', { name, arguments: { word } });
	}

	private async send(method: string, params: JsonObject): Promise<JsonObject | undefined> {
		const modern = {
			'io.modelcontextprotocol/protocolVersion': '2026-07-28',
			'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
			'io.modelcontextprotocol/clientCapabilities': {},
		};
		const all = this.era === 'stateless' ? { ...params, _meta: modern } : params;
		const sent = wire({ jsonrpc: '2.0', id: ++this.id, method, params: all });
		const { signal } = new AbortController();
		return valueOf(await this.path.clientRequest(sent, this.rig.upstream.forward(sent), signal));
	}
}

const clientOf = (text: string, who: 'editor' | 'other' = 'editor', options: RigOptions = {}) =>
	new Client(disklessRig({ policy: text, ...options }), who);
const keep = (annotations?: JsonValue) => ({
	...{ name: 'keep', description: 'Keeps a word.', inputSchema },
	...(annotations !== undefined && { annotations }),
});
const look = (annotations?: JsonObject) => ({ name: 'look', inputSchema, ...(annotations && { annotations }) });
const DECIDED = { readOnlyHint: true, openWorldHint: false };

/** As VS Code 1.139 reads it: it asks unless the hint is anything that counts as true. */
const editorAsks = (annotations: JsonValue | undefined) => !(annotations as JsonObject | undefined)?.readOnlyHint;

/** Any annotations that a server may think of. */
const annotations = fc.option(
	fc.record(
		{
			readOnlyHint: fc.oneof(fc.boolean(), fc.constantFrom('true', 1, null, {}, [])),
			destructiveHint: fc.oneof(fc.boolean(), fc.constantFrom('false', 0, null)),
			openWorldHint: fc.oneof(fc.boolean(), fc.constantFrom('false', 0, null)),
			idempotentHint: fc.boolean(),
			title: fc.string(),
			ReadOnlyHint: fc.boolean(),
		},
		{ requiredKeys: [] },
	),
	{ nil: undefined },
) as fc.Arbitrary<JsonObject | undefined>;

describe('the truth of hints', () => {
	it('whatever a server says, a tool that can change something is never presented so that an editor does not ask', async () => {
		await fc.assert(
			fc.asyncProperty(
				annotations,
				fc.constantFrom('filesystem.write', 'filesystem.delete', 'shell.execute', 'network.send', 'notes.keep'),
				fc.constantFrom<'editor' | 'other'>('editor', 'other'),
				fc.constantFrom<'sessions' | 'stateless'>('sessions', 'stateless'),
				async (said, capability, who, era) => {
					const text = `${ALLOW_ALL}capabilities: { filesystem/keep: ${capability} }\n`;
					const client = new Client(disklessRig({ policy: text }), who, era);
					client.wish = 'truth';
					const [shown] = await client.list(keep(said));
					expect(hasSideEffects(capability)).toBe(true);
					expect(editorAsks(shown)).toBe(true);
					// Nothing else of what it says is touched, and nothing is made to look safer.
					const hints = ['readOnlyHint', 'destructiveHint', 'openWorldHint'];
					const rest = Object.fromEntries(Object.entries(said ?? {}).filter(([key]) => !hints.includes(key)));
					expect(shown ?? {}).toMatchObject(rest);
				},
			),
			{ numRuns: 60 },
		);
	});

	it.each([
		['filesystem.delete', { destructiveHint: false }, { destructiveHint: true }],
		['network.request', { openWorldHint: false }, { openWorldHint: true }],
		[
			'filesystem.write',
			{ destructiveHint: false, openWorldHint: false },
			{ destructiveHint: false, openWorldHint: false },
		],
		['filesystem.read', { readOnlyHint: true, openWorldHint: false }, { readOnlyHint: true, openWorldHint: false }],
		['filesystem.write', { readOnlyHint: 'yes' }, { readOnlyHint: false }],
		['filesystem.write', undefined, undefined],
	])('as %s, %j is presented as %j', async (capability, said, shown) => {
		const client = clientOf(`${ALLOW_ALL}capabilities: { filesystem/keep: ${capability} }\n`, 'other');
		expect(await client.list(keep(said))).toEqual([shown]);
	});

	it('the trail keeps what was not believed, once for each change', async () => {
		const client = clientOf(policy('enforce'), 'other');
		await client.list(keep({ readOnlyHint: true }));
		await client.list(keep({ readOnlyHint: true }));
		await client.list(keep({ readOnlyHint: true, title: 'x' }));
		expect(client.rig.trail.endings.map(({ detail }) => detail)).toEqual([
			'hints not believed: keep (readOnlyHint)',
			undefined,
			'hints not believed: keep (readOnlyHint)',
		]);
	});
});

describe('firewallOnly', () => {
	it('every tool is presented as decided here, whatever the server says, and only its hints differ', async () => {
		await fc.assert(
			fc.asyncProperty(annotations, async said => {
				const client = clientOf(policy('enforce'));
				const [shown] = await client.list({ ...keep(said), _meta: { n: 1 } });
				expect(shown).toMatchObject(DECIDED);
			}),
			{ numRuns: 40 },
		);
	});

	it('the trail says so, and what the server said is what is pinned', async () => {
		const said = { ...keep(), annotations: { readOnlyHint: false, openWorldHint: true } };
		const client = clientOf(policy('enforce'), 'editor', { entry: entryOf([pinOf(said, 'notes.write')]) });
		expect(await client.list(said)).toEqual([{ readOnlyHint: true, openWorldHint: false }]);
		expect(client.rig.trail.endings[0]).toMatchObject({
			detail: 'presented as decided here, so that the editor does not ask: keep',
		});
		// It flips to just what was presented: that is drift all the same, and the tool rests.
		expect(await client.list(keep(DECIDED))).toEqual([]);
		expect((await client.call('allow'))?.error).toMatchObject({ data: { reason: 'tool_drifted' } });
	});

	it.each([
		['another client (shim, Agent Host, gateway)', policy('enforce'), 'other'],
		['a policy that observes', policy('observe'), 'editor'],
		['a policy that only observes who servers are', OBSERVED_IDENTITY, 'editor'],
	] as const)('INVARIANT: toward %s tools are presented as they are', async (_what, text, who) => {
		const client = clientOf(text, who);
		const lie = keep({ readOnlyHint: true });
		expect(editorAsks((await client.list(lie))[0])).toBe(true);
		expect(client.rig.trail.endings[0]!.detail).not.toMatch(/presented as decided/);
	});

	it('a policy that cannot be used refuses every call, and nobody is asked about what is refused', async () => {
		const client = clientOf('deny: [');
		expect(editorAsks((await client.list(keep({ readOnlyHint: false })))[0])).toBe(false);
		expect((await client.call('allow'))?.error).toMatchObject({ data: { reason: 'policy_unusable' } });
		expect(client.rig.approver.requests).toEqual([]);
	});

	it.each([
		['allow', 0, true],
		['ask', 1, true],
		['deny', 0, false],
	])(
		'a call that the policy says %s to asks %i times, by whichever list the editor goes',
		async (word, asked, runs) => {
			for (const listed of [undefined, keep(DECIDED), keep(), keep({ readOnlyHint: false })]) {
				const client = clientOf(policy('enforce'));
				client.rig.approver.will('allowed-once');
				if (listed !== undefined) {
					await client.list(listed);
				}
				client.rig.upstream.answersOnce({ content: [] });
				const answer = await client.call(word);
				expect(client.rig.approver.requests).toHaveLength(asked);
				expect(answer).toHaveProperty(runs ? 'result' : 'error');
			}
		},
	);
});

describe('an editor that goes by an older list', () => {
	it('is told as soon as the setting, or the mode of the policy, makes its own question necessary again', async () => {
		const client = clientOf(policy('enforce'));
		await client.list(keep());
		client.changed.fire();
		expect(client.told).toBe(0);
		client.rig.usePolicy(policy('observe'));
		client.changed.fire();
		expect(client.told).toBe(1);
		expect(editorAsks((await client.list(keep()))[0])).toBe(true);
		client.rig.usePolicy(policy('enforce'));
		client.changed.fire();
		expect(client.told).toBe(2);
		expect(editorAsks((await client.list(keep()))[0])).toBe(false);
		client.wish = 'truth';
		client.changed.fire();
		expect(client.told).toBe(3);
	});

	it.each([
		['before it asked for a list', async () => {}],
		[
			'before it asked anew',
			async (client: Client) => {
				client.rig.usePolicy(policy('enforce'));
				await client.list(keep());
				client.rig.usePolicy(policy('observe'));
				client.changed.fire();
				client.rig.clock.advance(60_000);
			},
		],
		[
			'in the moment after',
			async (client: Client) => {
				await client.list(keep());
				client.rig.clock.advance(1_999);
			},
		],
		[
			'while it has only a part of it',
			async (client: Client) => {
				await client.page({ tools: [keep()], nextCursor: 'n' });
				client.rig.clock.advance(60_000);
			},
		],
		[
			'while the first part of what it has is older (a server that is slow with the rest)',
			async (client: Client) => {
				client.rig.usePolicy(policy('enforce'));
				await client.page({ tools: [keep()], nextCursor: 'n' });
				client.rig.usePolicy(policy('observe'));
				client.changed.fire();
				await client.page({ tools: [look()] }, 'n');
				client.rig.clock.advance(60_000);
			},
		],
	])('INVARIANT: what would pass only because the policy records is asked about %s', async (_when, before) => {
		const client = clientOf(policy('observe'));
		await before(client);
		client.rig.approver.will('denied');
		const answer = await client.call('deny');
		expect(client.rig.approver.requests).toHaveLength(1);
		expect(client.rig.approver.requests[0]!.verdict).toMatchObject({
			effect: 'require_approval',
			reason: 'editor_did_not_ask',
		});
		expect(answer?.error).toMatchObject({ data: { reason: 'approval_denied' } });
	});

	it('is not asked twice: once it has had the tools as they are, nor about what is allowed, nor about reading', async () => {
		const client = clientOf(policy('observe'));
		expect(await client.call('allow')).toHaveProperty('result');
		expect(await client.call('x', 'look')).toHaveProperty('result');
		await client.list(keep(), look());
		client.rig.clock.advance(2_000);
		expect(await client.call('deny')).toHaveProperty('result');
		expect(client.rig.approver.requests).toHaveLength(0);
	});

	it('no other client is asked for it', async () => {
		const client = clientOf(policy('observe'), 'other');
		expect(await client.call('deny')).toHaveProperty('result');
		expect(client.rig.approver.requests).toHaveLength(0);
	});
});
