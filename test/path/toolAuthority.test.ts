import { describe, expect, it } from 'vitest';
import { inEnglish } from '../../src/base/phrase';
import { ENGLISH } from '../unit/support/englishWords';
import { Emitter } from '../../src/base/event';
import { isJsonObject, type JsonObject } from '../../src/base/json';
import { type AuditEntry, type AuditRecord } from '../../src/domain/audit/auditRecord';
import { callEvidence } from '../../src/domain/audit/callEvidence';
import { factsOfEntry } from '../../src/domain/audit/entryFacts';
import { explainEntry } from '../../src/domain/audit/explainEntry';
import { recallFacts } from '../../src/domain/audit/recallFacts';
import { type RecordedContext } from '../../src/domain/audit/recordedFacts';
import { type Principal, unknownPrincipal } from '../../src/domain/identity/principal';
import { type TrustLevel } from '../../src/domain/identity/trustLevel';
import { judgeFacts } from '../../src/domain/policy/judgeFacts';
import { hintFor } from '../../src/firewall/refusal';
import { type PrincipalSource } from '../../src/firewall/principalSource';
import { disklessRig, entryOf, pinOf, type Rig, type RigOptions } from './support/rig';
import { wire } from './support/wire';

const ALLOW =
	'allow: [memory.read, filesystem.read]\ncapabilities: {filesystem/look: memory.read, filesystem/note: memory.write}\n';
const CHECKED_AT = 1_767_000_000;
const NONE = unknownPrincipal(CHECKED_AT);
const PENDING = unknownPrincipal(CHECKED_AT, true);
const verified = (level: TrustLevel, over: Partial<Principal> = {}): Principal => ({
	state: 'VERIFIED_PRINCIPAL',
	did: 'did:web:mcp.example.com:servers:files',
	level,
	badge: 'ok',
	proof: 'ok',
	binding: 'ok',
	pin: 'match',
	errors: [],
	blocked: false,
	issuer: 'https://ca.example.com',
	jti: '0190a0de-0000-7000-8000-000000000001',
	keyThumbprint: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
	checkedAt: CHECKED_AT,
	...over,
});
const FORGED: Principal = {
	...NONE,
	...{ state: 'DECLARED_PRINCIPAL', did: 'did:web:bank.example', badge: 'failed', blocked: true },
	...{ errors: ['SERVER_BADGE_INVALID'], cause: 'BADGE_SIGNATURE_INVALID' },
};

/** Says what it is told to, and counts who waits. */
class Source implements PrincipalSource {
	waited = 0;
	signals: AbortSignal[] = [];
	later: (() => Principal) | undefined;
	readonly changed = new Emitter<void>();
	readonly onDidChange = this.changed.event;

	constructor(public now: Principal) {}

	current(): Principal {
		return this.now;
	}

	settled(signal: AbortSignal): Promise<Principal> {
		this.waited++;
		this.signals.push(signal);
		this.now = this.later?.() ?? this.now;
		return Promise.resolve(this.now);
	}
}

const open = (policy: string, source: PrincipalSource | undefined, more: RigOptions = {}): Rig =>
	disklessRig({ policy, ...more, server: { ...(source && { principal: source }), ...more.server } });
const dataOf = (answer: JsonObject | undefined) =>
	(answer?.error as JsonObject | undefined)?.data as JsonObject | undefined;
const reasonOf = (answer: JsonObject | undefined) => dataOf(answer)?.reason;
const last = (rig: Rig): AuditEntry => rig.trail.endings.at(-1)!;

describe('a call that identity denies', () => {
	it('RFC-008 §9.3: the model gets a code and the evidence, and nothing that says what would pass', async () => {
		const rig = open(`identity:\n  min_trust_level: 3\n${ALLOW}`, new Source(verified('2')));
		expect(await rig.call('look', {})).toEqual({
			jsonrpc: '2.0',
			id: 1,
			error: {
				code: -32000,
				message:
					'AgentActionBlocked: capability=memory.read decision=denied reason=trust_insufficient. ' +
					'The policy asks for more trust than this server has. Only the person can change the policy.',
				data: {
					...{ decision: 'denied', reason: 'trust_insufficient', code: 'TOOL_TRUST_INSUFFICIENT' },
					...{ rule: null, ruleAt: null, evidenceId: last(rig).id },
					hint: 'The policy asks for more trust than this server has. Only the person can change the policy.',
				},
			},
		});
		expect(rig.upstream.sent).toEqual([]);
		expect(rig.notices).toMatchObject([{ kind: 'refused', entry: { id: last(rig).id } }]);
	});

	it.each([
		[`identity: {require_badge: true}\n${ALLOW}`, NONE, 'badge_missing', 'TOOL_AUTH_MISSING'],
		[`identity: {require_badge: true}\n${ALLOW}`, undefined, 'badge_missing', 'TOOL_AUTH_MISSING'],
		[`identity: {allowed_tools: [x]}\n${ALLOW}`, verified('4'), 'tool_not_allowed', 'TOOL_POLICY_DENIED'],
		[ALLOW, FORGED, 'server_identity_failed', 'TOOL_BADGE_INVALID'],
	] as const)(
		'no hint of any reason names a level, a tool, an issuer or a file: %s',
		async (policy, principal, reason, code) => {
			const rig = open(policy, principal && new Source(principal));
			const answer = await rig.call('look', { x: 1 });
			expect(dataOf(answer)).toMatchObject({ reason, code, hint: hintFor(reason) });
			expect(JSON.stringify(answer)).not.toMatch(
				/level|[0-4]\)|Validated|did:|bank|policy\.yaml|require_badge|allowed_tools/i,
			);
		},
	);

	it('the trail has who it was and why, for people', async () => {
		const rig = open(`identity:\n  min_trust_level: 3\n${ALLOW}`, new Source(verified('2')));
		await rig.call('look', {});
		expect(last(rig)).toMatchObject({
			outcome: 'refused',
			verdict: { effect: 'deny', reason: 'trust_insufficient' },
			principal: {
				...{ state: 'VERIFIED_PRINCIPAL', level: '2', badge: 'ok', proof: 'ok', binding: 'ok', pin: 'match' },
				...{ issuer: 'https://ca.example.com', errors: [], blocked: false },
			},
			authority: {
				...{ mode: 'guard', code: 'TOOL_TRUST_INSUFFICIENT', cause: 'SERVER_TRUST_INSUFFICIENT' },
				at: { file: '/policies/policy.yaml', line: 2 },
			},
		});
		expect(last(rig).authority?.why).toContain('at least Organization Validated (3)');
		expect(last(rig).authority).not.toHaveProperty('observed');
		const evidence = callEvidence(last(rig));
		expect(evidence.identity).toMatchObject({ identity: 'VERIFIED_PRINCIPAL', trustLevel: 'Domain Validated (2)' });
		expect(evidence.scope).toMatchObject({ authority: 'TOOL_TRUST_INSUFFICIENT', authorityMode: 'guard' });
		const facts = factsOfEntry(last(rig), rigHost, new Map(), rig.load);
		const why = explainEntry(last(rig), rig.load, facts, ENGLISH);
		expect(why).toContain('Identity    verified, Domain Validated (2), by https://ca.example.com');
		expect(why).toContain('TOOL_TRUST_INSUFFICIENT');
		expect(why.replace(/\s+/g, ' ')).toContain('A badge of at least Organization Validated (3) is asked for');
	});

	it('does not count as a try of the model: the tool is not suspended for it', async () => {
		const source = new Source(NONE);
		const rig = open(`identity: {require_badge: true}\n${ALLOW}`, source);
		for (let n = 0; n < 12; n++) {
			expect(reasonOf(await rig.call('look', { n }))).toBe('badge_missing');
		}
		source.now = verified('1');
		expect(await rig.call('look', { n: 12 })).toHaveProperty('result');
	});

	it('texts of a hostile server are masked and bounded, and the badge itself is nowhere', async () => {
		const token = `ghp_${'a1B2'.repeat(9)}`;
		const hostile = verified('1', {
			...{
				did: `did:web:${token}.${'x'.repeat(5_000)}`,
				issuer: `https://${'y'.repeat(9_000)}`,
				jti: `${token}${'z'.repeat(900)}`,
			},
		});
		const rig = open(ALLOW, new Source(hostile));
		await rig.call('look', {});
		const { did = '', issuer = '', jti = '' } = last(rig).principal ?? {};
		expect([did, issuer, jti].map(({ length }) => length <= 512)).toEqual([true, true, true]);
		expect(rig.trail.text).not.toContain(token);
	});

	it('a source that throws is a refusal (invariant 3)', async () => {
		const broken: PrincipalSource = {
			current: () => {
				throw new TypeError('broken');
			},
			settled: () => Promise.reject(new TypeError('broken')),
		};
		const rig = open(ALLOW, broken);
		expect(reasonOf(await rig.call('look', {}))).toBe('internal_error');
		expect(rig.upstream.sent).toEqual([]);
		expect(rig.trail.endings).toHaveLength(1);
	});
});

const rigHost = { workspaceFolders: ['/sandbox/ws'], platform: 'posix', caseInsensitivePaths: false } as const;

describe('invariants 1 to 3 with a principal', () => {
	it('1, 2: the verdict is recorded with who the server is before the bytes go, and one entry follows', async () => {
		const rig = open(`identity: {min_trust_level: 2}\n${ALLOW}`, new Source(verified('2')));
		expect(await rig.call('look', {})).toHaveProperty('result');
		expect(rig.timeline).toEqual(['verdict', 'sent', 'call']);
		expect(rig.trail.verdicts).toMatchObject([{ principal: { level: '2' }, facts: { principal: { level: '2' } } }]);
		expect(last(rig)).toMatchObject({ outcome: 'answered', principal: { level: '2' } });
		expect(last(rig)).not.toHaveProperty('authority');
	});
	it('the id of the badge of ours that went along is noted, where one did', async () => {
		const source: PrincipalSource = Object.assign(new Source(verified('2')), {
			callerBadge: (sent: JsonObject) =>
				isJsonObject(sent.params) && isJsonObject(sent.params.arguments) && sent.params.arguments.bare !== true
					? `jti-of-${JSON.stringify(sent.params.arguments.n)}`
					: undefined,
		});
		const rig = open(ALLOW, source);
		await Promise.all([rig.call('look', { n: 1 }), rig.call('look', { n: 2 }), rig.call('look', { bare: true })]);
		const told = rig.trail.endings.map(({ arguments: sent, authority }) => [sent, authority]);
		expect(told).toEqual(
			expect.arrayContaining([
				[{ n: 1 }, { mode: 'guard', callerBadge: 'jti-of-1' }],
				[{ n: 2 }, { mode: 'guard', callerBadge: 'jti-of-2' }],
				[{ bare: true }, undefined],
			]),
		);
	});
	it('3: what is not settled in time has proven nothing', async () => {
		const source = new Source(PENDING);
		const rig = open(`identity: {require_badge: true}\n${ALLOW}`, source);
		expect(reasonOf(await rig.call('look', {}))).toBe('badge_missing');
		expect([source.waited, rig.upstream.sent.length, rig.trail.endings.length]).toEqual([1, 0, 1]);
	});
	it('a call of which no level is asked never waits', async () => {
		const source = new Source(PENDING);
		const rig = open(
			`identity: {allowed_tools: ['*'], tools: {filesystem/other: {min_trust_level: 4}}}\n${ALLOW}`,
			source,
		);
		expect(await rig.call('look', {})).toHaveProperty('result');
		expect(source.waited).toBe(0);
	});
	it('one of which a level is asked waits until it is known, and not again', async () => {
		const source = new Source(PENDING);
		source.later = () => verified('2');
		const rig = open(`identity: {min_trust_level: 2}\n${ALLOW}`, source);
		expect(await rig.call('look', {})).toHaveProperty('result');
		expect(await rig.call('look', {})).toHaveProperty('result');
		expect(source.waited).toBe(1);
	});
	it('a rule with trust_level waits as well, and goes by the level that was verified', async () => {
		const rule =
			'allow: [{capability: memory.read, trust_level: 2}]\ncapabilities: {filesystem/look: memory.read}\n';
		for (const [level, expected] of [
			['1', 'trust_too_low'],
			['2', undefined],
		] as const) {
			const source = new Source(PENDING);
			source.later = () => verified(level);
			expect(reasonOf(await open(rule, source).call('look', {}))).toBe(expected);
			expect(source.waited).toBe(1);
		}
		expect(reasonOf(await open(rule, new Source({ ...verified('4'), blocked: true })).call('look', {}))).toBe(
			'server_identity_failed',
		);
	});
	it('the wait ends with the call: it is given the signal of the client', async () => {
		const source = new Source(PENDING);
		const controller = new AbortController();
		await open(`identity: {require_badge: true}\n${ALLOW}`, source).call('look', {}, controller.signal);
		controller.abort();
		expect(source.signals.map(({ aborted }) => aborted)).toEqual([true]);
	});
});

describe('mode observe', () => {
	it('lets pass and says so in the record (ALLOW_OBSERVE, never ALLOW)', async () => {
		const rig = open(`identity: {mode: observe, min_trust_level: 2}\n${ALLOW}`, new Source(FORGED));
		expect(await rig.call('look', {})).toHaveProperty('result');
		expect(last(rig)).toMatchObject({
			...{ outcome: 'answered', verdict: { effect: 'allow', observed: 'deny' } },
			authority: { mode: 'observe', observed: true, code: 'TOOL_BADGE_INVALID' },
		});
	});
});

describe('approvals', () => {
	const ASK = 'require_approval: [memory.write]\ncapabilities: {filesystem/note: memory.write}\n';
	it.each([
		[verified('2'), { kind: 'verified', words: 'verified, Domain Validated (2)', by: 'https://ca.example.com' }],
		[NONE, { kind: 'none', words: 'none' }],
		[{ ...NONE, state: 'DECLARED_PRINCIPAL' } as const, { kind: 'declared', words: 'declared only' }],
		[PENDING, { kind: 'pending', words: 'not known yet' }],
		[undefined, undefined],
	])('the question says who the server is: %j', async (principal, expected) => {
		const rig = open(ASK, principal && new Source(principal));
		await rig.call('note', {});
		const asked = rig.approver.requests[0]?.facts.identity.principal;
		expect(asked && { ...asked, words: inEnglish(asked.words) }).toEqual(expected);
	});
	it.each([
		['its badge turns out to be revoked', FORGED, 'server_identity_failed'],
		['its level falls', verified('1'), 'changed_while_waiting'],
		['its badge ends', NONE, 'changed_while_waiting'],
	])('a yes is void when, while the person thinks, %s', async (_title, then, reason) => {
		const source = new Source(verified('2'));
		const rig = open(ASK, source);
		rig.approver.will(({ id, digest }) => {
			source.now = then;
			return { requestId: id, digest, outcome: 'allowed-session' };
		});
		const answer = await rig.call('note', {});
		expect(reasonOf(answer)).toBe(reason);
		expect(last(rig)).toMatchObject({ outcome: 'refused', detail: reason });
		expect(last(rig).principal).toMatchObject({ state: then.state, blocked: then.blocked });
		expect(rig.upstream.sent).toEqual([]);
		expect((await rig.firewall.grants.list()).length).toBe(0);
	});
	it('and stays good when more is proven meanwhile', async () => {
		const source = new Source(PENDING);
		const rig = open(ASK, source);
		rig.approver.will(({ id, digest }) => {
			source.now = verified('2');
			return { requestId: id, digest, outcome: 'allowed-once' };
		});
		expect(await rig.call('note', {})).toHaveProperty('result');
	});
});

describe('everything else of a server whose identity failed', () => {
	it.each([
		['resources/read', { uri: 'notes://1' }],
		['resources/read', { uri: 'file:///sandbox/ws/readme.md' }],
		['resources/subscribe', { uri: 'notes://1' }],
		['prompts/get', { name: 'hello' }],
		['completion/complete', { ref: { type: 'ref/prompt', name: 'hello' }, argument: { name: 'a', value: 'b' } }],
	])('%s %j is refused', async (method, params) => {
		const rig = open(ALLOW, new Source(FORGED));
		expect(dataOf(await rig.request(method, params))).toMatchObject({
			...{ reason: 'server_identity_failed', code: 'TOOL_BADGE_INVALID' },
		});
		expect(rig.upstream.sent).toEqual([]);
		expect(last(rig)).toMatchObject({
			...{ outcome: 'refused', principal: { blocked: true }, authority: { cause: 'BADGE_SIGNATURE_INVALID' } },
		});
		expect(rig.trail.endings).toHaveLength(1);
		for (const [policy, principal] of [
			[`identity: {mode: observe}\n${ALLOW}`, FORGED],
			[ALLOW, NONE],
		] as const) {
			const other = open(policy, new Source(principal));
			expect(dataOf(await other.request(method, params))?.reason).not.toBe('server_identity_failed');
		}
	});
	it('initialize and ping pass, so that refusals can be seen', async () => {
		const rig = open(ALLOW, new Source(FORGED));
		rig.upstream.answersOnce({
			protocolVersion: '2025-11-25',
			capabilities: {},
			serverInfo: { name: 's', version: '1' },
		});
		const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } };
		expect(await rig.request('initialize', hello)).toHaveProperty('result');
		expect(await rig.request('ping')).toHaveProperty('result');
	});
	it('what it asks of the client does not reach the client', async () => {
		const rig = open(ALLOW, new Source(FORGED));
		const asked = { method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } };
		expect((await rig.serverRequest(asked, { result: {} })).forwarded).toBe(0);
		expect(last(rig)).toMatchObject({ outcome: 'refused', verdict: { reason: 'server_identity_failed' } });
		const honest = open(ALLOW, new Source(NONE));
		expect((await honest.serverRequest(asked, { result: {} })).forwarded).toBe(1);
	});
	it('its tools are not listed', async () => {
		const tools = [{ name: 'look', inputSchema: { type: 'object' } }];
		expect(await open(ALLOW, new Source(FORGED)).list(...tools)).toEqual([]);
		expect(await open(ALLOW, new Source(NONE)).list(...tools)).toHaveLength(1);
	});
});

describe('tools/list', () => {
	const TOOLS = ['look', 'note'].map(name => ({ name, inputSchema: { type: 'object' } }));
	const names = async (policy: string, principal: Principal | undefined) =>
		(await open(policy, principal && new Source(principal)).list(...TOOLS)).map(({ name }) => name);
	it('hides what identity denies, and nothing while the identity is pending', async () => {
		const policy = `identity: {tools: {filesystem/look: {min_trust_level: 2}}}\nallow: [memory.read, memory.write]\ncapabilities: {filesystem/look: memory.read, filesystem/note: memory.write}\n`;
		expect(await names(policy, NONE)).toEqual(['note']);
		expect(await names(policy, undefined)).toEqual(['note']);
		expect(await names(policy, PENDING)).toEqual(['look', 'note']);
		expect(await names(policy, verified('2'))).toEqual(['look', 'note']);
	});
});

describe('replay (gateway.md ARG-03)', () => {
	/** What the trail alone says of the last call. */
	function replayed(rig: Rig, change: (entry: AuditRecord) => AuditRecord = entry => entry) {
		const contexts = new Map<string, RecordedContext>();
		for (const { facts, context } of rig.trail.entries) {
			if (facts !== undefined && context !== undefined) {
				contexts.set(facts.context, context);
			}
		}
		const entry = [...rig.trail.entries].reverse().find(({ facts }) => facts !== undefined)!;
		const recall = recallFacts(change(JSON.parse(JSON.stringify(entry)) as AuditRecord), contexts, rig.load);
		return recall.kind === 'facts' ? judgeFacts(rig.load, recall.facts) : recall.why;
	}
	const POLICIES = [
		`identity: {min_trust_level: 2, denied_tools: [note]}\n${ALLOW}`,
		`identity: {mode: observe, require_badge: true}\n${ALLOW}`,
		'allow: [{capability: memory.read, trust_level: 2}]\ncapabilities: {filesystem/look: memory.read}\n',
		`mode: observe\nidentity: {min_trust_level: 4}\n${ALLOW}`,
	];
	const PRINCIPALS = [undefined, NONE, PENDING, FORGED, verified('1'), verified('4')];
	it.each(POLICIES.flatMap(policy => PRINCIPALS.map(who => [policy, who] as const)))(
		'%j, %j: the same verdict from the trail',
		async (policy, who) => {
			const rig = open(policy, who && new Source(who));
			for (const ask of [
				() => rig.call('look', {}),
				() => rig.call('note', {}),
				() => rig.request('resources/read', { uri: 'file:///sandbox/ws/readme.md' }),
			]) {
				await ask();
				const { verdict, authority } = last(rig);
				const again = replayed(rig);
				expect(again).toMatchObject({ effect: verdict?.effect, reason: verdict?.reason });
				expect(again).toHaveProperty('capability');
				if (typeof again !== 'string') {
					expect([again.observed, again.authority && inEnglish(again.authority.why)]).toEqual([
						verdict?.observed,
						authority?.why,
					]);
				}
			}
		},
	);
	it('a principal that this version does not write proves nothing', async () => {
		const rig = open(POLICIES[0] ?? '', new Source(NONE));
		await rig.call('look', {});
		const forge = (principal: unknown) => (entry: AuditRecord) =>
			({ ...entry, facts: { ...entry.facts, principal } }) as unknown as AuditRecord;
		expect(replayed(rig, forge({ level: '9' }))).toBe('unreadable');
		expect(replayed(rig, forge('VERIFIED_PRINCIPAL'))).toBe('unreadable');
		expect(replayed(rig, forge({ state: 'UNVERIFIED_ORIGIN', level: '4' }))).toBe('unreadable');
	});
	it('a reviewed tool keeps its pin beside who the server is', async () => {
		const look = { name: 'look', inputSchema: { type: 'object' } };
		const rig = open(`identity: {min_trust_level: 1}\n${ALLOW}`, new Source(verified('1')), {
			entry: entryOf([pinOf(look, 'memory.read')]),
		});
		await rig.call('look', {});
		expect(last(rig)).toMatchObject({ principal: { level: '1' }, pin: rig.entry!.tools[0]!.digest });
	});
});

describe('a server that turns out to be an impostor', () => {
	const forgedMeanwhile = (rig: Rig, source: Source, result: JsonObject = { content: [] }) => {
		rig.upstream.does(message => {
			source.now = FORGED;
			return { kind: 'answered', message: wire({ jsonrpc: '2.0', id: message.value.id ?? null, result }) };
		});
	};

	it.each([
		['tools/call', { name: 'look', arguments: {} }],
		['prompts/get', { name: 'x' }],
		['resources/read', { uri: 'db://x' }],
		['resources/read', { uri: 'file:///sandbox/ws/a' }],
		['completion/complete', { ref: { type: 'ref/prompt', name: 'x' }, argument: { name: 'a', value: '' } }],
	])('%s in flight: its answer does not reach the client', async (method, params) => {
		const source = new Source(verified('2'));
		const rig = open(ALLOW, source);
		forgedMeanwhile(rig, source, { content: [{ type: 'text', text: 'canary' }], contents: [], messages: [] });
		const answer = await rig.request(method, params);
		expect(rig.upstream.sent).toHaveLength(1);
		expect(dataOf(answer)).toMatchObject({ reason: 'server_identity_failed', code: 'TOOL_BADGE_INVALID' });
		expect(JSON.stringify(answer)).not.toContain('canary');
		expect(rig.trail.endings).toHaveLength(1);
		expect(last(rig)).toMatchObject({
			...{ outcome: 'cancelled', detail: 'server_identity_failed' },
			...{ principal: { blocked: true }, authority: { code: 'TOOL_BADGE_INVALID' } },
		});
	});

	it('with a policy that broke meanwhile too: nobody said that it is only observed (invariant 3)', async () => {
		const source = new Source(verified('2'));
		const rig = open(ALLOW, source);
		rig.upstream.does(message => {
			source.now = FORGED;
			rig.load = { ...rig.load, policy: undefined };
			return { kind: 'answered', message: wire({ jsonrpc: '2.0', id: message.value.id ?? null, result: {} }) };
		});
		expect(reasonOf(await rig.call('look', {}))).toBe('server_identity_failed');
	});

	it('in mode observe the answer is handed over all the same', async () => {
		const source = new Source(verified('2'));
		const rig = open(`identity: {mode: observe}\n${ALLOW}`, source);
		forgedMeanwhile(rig, source);
		expect(await rig.call('look', {})).toHaveProperty('result');
	});

	it('is not sent the call that was judged before, while somebody else was asked', async () => {
		const source = new Source(verified('2'));
		const decisionPoint = {
			ask: () => {
				source.now = FORGED;
				return Promise.resolve({
					kind: 'decided',
					decision: 'ALLOW',
					decisionId: 'd',
					obligations: [],
				} as const);
			},
		};
		const rig = open(ALLOW, source, { ports: { decisionPoint: () => decisionPoint } });
		expect(reasonOf(await rig.call('look', {}))).toBe('server_identity_failed');
		expect(rig.upstream.sent).toEqual([]);
		expect(rig.trail.endings).toHaveLength(1);
	});

	it('says nothing by itself, and gets no answer of the client', async () => {
		const source = new Source(FORGED);
		const rig = open(ALLOW, source);
		const said = { level: 'info', data: 'canary' };
		expect(await rig.serverNotification('notifications/message', said)).toEqual({ kind: 'drop' });
		const { forwarded } = await rig.serverRequest({ method: 'roots/list' }, { result: { roots: [] } });
		expect(forwarded).toBe(0);
	});

	it('may still be asked who it is', async () => {
		const source = new Source(verified('2'));
		const rig = open(ALLOW, source);
		forgedMeanwhile(rig, source, { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'x' } });
		expect(await rig.request('initialize', {})).toHaveProperty('result');
		expect(await rig.list()).toEqual([]);
	});
});

describe('the list of tools, once it is known who the server is', () => {
	const HIDING = `identity:\n  tools:\n    "filesystem/look": {min_trust_level: 2}\n${ALLOW}`;
	const TOOLS = ['look', 'read_file'].map(name => ({ name, inputSchema: { type: 'object' } }));

	async function listedWhile(first: Principal, policy = HIDING) {
		const source = new Source(first);
		const rig = open(policy, source);
		let told = 0;
		rig.session.onDidChangeTools?.(() => {
			told++;
		});
		const names = async () => (await rig.list(...TOOLS)).map(({ name }) => name);
		const becomes = (principal: Principal) => {
			source.now = principal;
			source.changed.fire();
			return told;
		};
		return { rig, source, names, becomes, shown: await names() };
	}

	it('a tool that is hidden for want of a level: the client is told, once, and gets another list', async () => {
		const { shown, becomes, names, rig } = await listedWhile(PENDING);
		expect(shown).toEqual(['look', 'read_file']);
		expect(becomes(NONE)).toBe(1);
		expect(becomes(NONE)).toBe(1);
		expect(await names()).toEqual(['read_file']);
		expect(rig.trail.entries.filter(({ event }) => event === 'list-changed')).toMatchObject([
			{ actor: 'firewall', method: 'notifications/tools/list_changed', server: { name: 'filesystem' } },
		]);
	});

	it('one that appears with its level: told', async () => {
		const { shown, becomes, names } = await listedWhile(NONE);
		expect(shown).toEqual(['read_file']);
		expect(becomes(verified('2'))).toBe(1);
		expect(await names()).toEqual(['look', 'read_file']);
	});

	it.each([
		['nothing is hidden', PENDING, verified('2')],
		['it is not known yet', NONE, PENDING],
		['the level changes what is asked for by no tool', verified('3'), verified('2')],
	])('%s: not told', async (_, first, then) => {
		const { becomes } = await listedWhile(first);
		expect(becomes(then)).toBe(0);
	});

	it('no list was asked for, or the session is over: not told', async () => {
		const source = new Source(PENDING);
		const rig = open(HIDING, source);
		let told = 0;
		rig.session.onDidChangeTools?.(() => {
			told++;
		});
		source.now = NONE;
		source.changed.fire();
		source.now = PENDING;
		await rig.list(...TOOLS);
		rig.session.dispose();
		source.now = NONE;
		source.changed.fire();
		expect(told).toBe(0);
	});
});

describe('an entry that keeps no facts of its verdict', () => {
	it('is explained with who the server was, not as a call of nobody', async () => {
		const rig = open(`identity:\n  min_trust_level: 2\n${ALLOW}`, new Source(verified('2')));
		await rig.call('look', {});
		const entry = last(rig);
		expect(entry.facts).toBeUndefined();
		const host = { workspaceFolders: [], home: '/h', platform: 'posix', caseInsensitivePaths: false } as const;
		const known = factsOfEntry(entry, host, new Map(), rig.load);
		expect(known && judgeFacts(rig.load, known.facts).effect).toBe('allow');
		const text = explainEntry(entry, rig.load, known, ENGLISH);
		expect(text).not.toContain('would say deny');
	});
});

describe('what a server discloses', () => {
	const badge = `eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.${'eyJqdGkiOiI1NTBlODQwMCJ9'.repeat(8)}.${'a1B2c3D4'.repeat(10)}ab`;
	const labelsAfter = async (method: string, result: JsonObject) => {
		const rig = open(ALLOW, undefined);
		rig.upstream.answersOnce({ protocolVersion: '2025-11-25', ...result });
		await rig.request(method, {});
		await rig.call('look', {});
		return rig.trail.entries.flatMap(({ facts }) => facts?.labels ?? []);
	};

	it.each(['initialize', 'server/discover'])('its badge in %s is no secret that somebody read', async method => {
		expect(await labelsAfter(method, { _meta: { capiscio_server_badge: badge } })).not.toContain('secret');
		expect(await labelsAfter(method, { instructions: badge })).toContain('secret');
	});
});
