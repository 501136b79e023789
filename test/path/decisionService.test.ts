import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject } from '../../src/base/json';
import { type DecisionPoint, type DecisionPointAnswer, type Override } from '../../src/domain/identity/decisionPoint';
import { scopeCovers } from '../../src/domain/identity/breakGlass';
import { ENFORCEMENT_MODES, type EnforcementMode } from '../../src/domain/identity/enforcementMode';
import { unknownPrincipal } from '../../src/domain/identity/principal';
import { NO_IDENTITY_POLICY } from '../../src/domain/policy/identityPolicy';
import { routeOf } from '../../src/firewall/askDecisionPoint';
import { disklessRig, type Rig, type RigOptions } from './support/rig';

const POLICY = `deny:
  - capability: filesystem.delete
require_approval:
  - capability: filesystem.write
allow:
  - capability: filesystem.read
`;

const reasonOf = (answer: JsonObject | undefined) =>
	((answer?.error as JsonObject | undefined)?.data as JsonObject | undefined)?.reason;

const decided = (over: Partial<DecisionPointAnswer & { kind: 'decided' }> = {}): DecisionPointAnswer => ({
	kind: 'decided',
	decision: 'ALLOW',
	decisionId: 'd-1',
	obligations: [],
	...over,
});
const AWAY: DecisionPointAnswer = { kind: 'unavailable', why: 'it did not answer in 500 ms' };

/** A service with a script; the last answer stays. */
class ScriptedPoint implements DecisionPoint {
	readonly requests: JsonObject[] = [];
	constructor(private answers: (DecisionPointAnswer | (() => never))[]) {}
	async ask(request: JsonObject): Promise<DecisionPointAnswer> {
		this.requests.push(request);
		const [answer = AWAY, ...rest] = this.answers;
		this.answers = rest.length > 0 ? rest : this.answers;
		return Promise.resolve(typeof answer === 'function' ? answer() : answer);
	}
}

function guarded(
	point: DecisionPoint,
	{ mode, override, ...options }: RigOptions & { mode?: EnforcementMode; override?: Override } = {},
): Rig {
	const rig = disklessRig({
		policy: POLICY,
		...options,
		ports: {
			decisionPoint: () => point,
			...(override && { overrides: { covering: () => override } }),
			...options.ports,
		},
	});
	inMode(rig, mode ?? 'guard');
	return rig;
}

function inMode(rig: Rig, mode: EnforcementMode): void {
	const { policy } = rig.load;
	rig.load = { ...rig.load, policy: policy && { ...policy, identity: { ...NO_IDENTITY_POLICY, mode } } };
}

const read = (rig: Rig) => rig.call('read_file', { path: '/sandbox/ws/a' });
const authority = (rig: Rig) => rig.trail.endings.at(-1)?.authority;

describe('what the policy denies', () => {
	it('is denied, and the decision service is not even asked', async () => {
		const point = new ScriptedPoint([decided()]);
		const rig = guarded(point, { mode: 'observe' });
		expect(reasonOf(await rig.call('delete_file', { path: '/sandbox/ws/a' }))).toBe('destructive_operation');
		expect(point.requests).toEqual([]);
		expect(rig.upstream.sent).toEqual([]);
	});
});

describe('a decision service that says DENY', () => {
	it.each(['guard', 'delegate', 'strict'] as const)('%s: refused, recorded with its id, nothing sent', async mode => {
		const point = new ScriptedPoint([decided({ decision: 'DENY', decisionId: 'd-7', reason: 'not now' })]);
		const rig = guarded(point, { mode });
		const answer = await read(rig);
		expect(reasonOf(answer)).toBe('decision_denied');
		expect(JSON.stringify(answer)).not.toContain('not now');
		expect(rig.upstream.sent).toEqual([]);
		expect(rig.trail.endings).toHaveLength(1);
		expect(rig.trail.endings[0]).toMatchObject({
			outcome: 'refused',
			detail: 'decision_denied',
			authority: { mode, code: 'TOOL_POLICY_DENIED', cause: 'PDP_DENY', decisionId: 'd-7' },
		});
		expect(authority(rig)).not.toHaveProperty('observed');
	});

	it('observe: proceeds, and is recorded as what would have been denied', async () => {
		const rig = guarded(new ScriptedPoint([decided({ decision: 'DENY' })]), { mode: 'observe' });
		expect(await read(rig)).toHaveProperty('result');
		expect(authority(rig)).toEqual({
			...{ mode: 'observe', code: 'TOOL_POLICY_DENIED', cause: 'PDP_DENY', observed: true, decisionId: 'd-1' },
		});
	});

	it('for want of scope: TOOL_SCOPE_INSUFFICIENT', async () => {
		const rig = guarded(new ScriptedPoint([decided({ decision: 'DENY', errorCode: 'SCOPE_INSUFFICIENT' })]));
		await read(rig);
		expect(authority(rig)).toMatchObject({ code: 'TOOL_SCOPE_INSUFFICIENT', cause: 'SCOPE_INSUFFICIENT' });
	});

	it('is asked before the person, who is then not asked', async () => {
		const rig = guarded(new ScriptedPoint([decided({ decision: 'DENY' })]));
		rig.approver.will('allowed-once');
		expect(reasonOf(await rig.call('write_file', { path: '/sandbox/ws/a', content: 'x' }))).toBe('decision_denied');
		expect(rig.approver.requests).toEqual([]);
	});
});

describe('a decision service that gives no decision (invariant 3)', () => {
	it.each(ENFORCEMENT_MODES)('%s', async mode => {
		const rig = guarded(new ScriptedPoint([AWAY]), { mode });
		const answer = await read(rig);
		const { observed, ...rest } = authority(rig) ?? {};
		expect(rest).toEqual({ mode, code: 'TOOL_POLICY_DENIED', cause: 'PDP_UNAVAILABLE' });
		expect(observed).toBe(mode === 'observe' ? true : undefined);
		expect(reasonOf(answer)).toBe(mode === 'observe' ? undefined : 'decision_unavailable');
		expect(rig.upstream.sent).toHaveLength(mode === 'observe' ? 1 : 0);
		expect(rig.trail.endings).toHaveLength(1);
	});

	it('because it throws: the same', async () => {
		const broken = () => {
			throw new Error('kaput');
		};
		const rig = guarded(new ScriptedPoint([broken]));
		expect(reasonOf(await read(rig))).toBe('decision_unavailable');
		expect(rig.trail.endings).toHaveLength(1);
	});

	it('because the client cancelled: the call ends as cancelled, and nothing is sent', async () => {
		const leaving = new AbortController();
		const point: DecisionPoint = {
			ask: async () => {
				leaving.abort();
				return Promise.resolve(decided());
			},
		};
		const rig = guarded(point);
		expect(await rig.call('read_file', { path: '/sandbox/ws/a' }, leaving.signal)).toBeUndefined();
		expect(rig.upstream.sent).toEqual([]);
		expect(rig.trail.endings).toMatchObject([{ outcome: 'cancelled' }]);
	});
});

describe('obligations', () => {
	it.each(['require_approval', 'ask'])('%s turns an allow into a question, and a no is a no', async type => {
		const rig = guarded(new ScriptedPoint([decided({ obligations: [{ type, params: {} }] })]));
		rig.approver.will('denied');
		expect(reasonOf(await read(rig))).toBe('approval_denied');
		expect(rig.approver.requests).toHaveLength(1);
		expect(rig.upstream.sent).toEqual([]);
		expect(authority(rig)).toMatchObject({ decisionId: 'd-1', obligations: [{ type, met: true }] });
	});

	it('a yes lets it go, as it was judged with the question', async () => {
		const rig = guarded(new ScriptedPoint([decided({ obligations: [{ type: 'ask', params: {} }] })]));
		rig.approver.will('allowed-once');
		expect(await read(rig)).toHaveProperty('result');
		expect(rig.trail.endings.at(-1)).toMatchObject({ outcome: 'answered', approval: { outcome: 'allowed-once' } });
	});

	it('log is met by the trail', async () => {
		const rig = guarded(new ScriptedPoint([decided({ obligations: [{ type: 'log', params: {} }] })]), {
			mode: 'strict',
		});
		expect(await read(rig)).toHaveProperty('result');
		expect(authority(rig)?.obligations).toEqual([{ type: 'log', met: true }]);
	});

	it.each(ENFORCEMENT_MODES)('one that is not known, in %s', async mode => {
		const rig = guarded(new ScriptedPoint([decided({ obligations: [{ type: 'redact', params: { a: 1 } }] })]), {
			mode,
		});
		expect(reasonOf(await read(rig))).toBe(mode === 'strict' ? 'decision_obligation' : undefined);
		expect(authority(rig)?.obligations).toEqual([{ type: 'redact', met: false }]);
		expect(rig.upstream.sent).toHaveLength(mode === 'strict' ? 0 : 1);
	});
});

describe('what is asked', () => {
	it('holds no argument, no path and no secret; of arguments their hash', async () => {
		const point = new ScriptedPoint([decided()]);
		const rig = guarded(point);
		await rig.call('read_file', { path: '/sandbox/ws/canary-path', note: 'canary-value' });
		expect(point.requests).toHaveLength(1);
		const text = JSON.stringify(point.requests[0]);
		expect(text).not.toMatch(/canary|sandbox/);
		expect(text).toMatch(/"params_hash":"sha256:[\w-]{43}"/);
	});

	it('not even the hash, where the person wants none', async () => {
		const point = new ScriptedPoint([decided()]);
		await read(guarded(point, { ports: { paramsHash: () => false } }));
		expect(JSON.stringify(point.requests[0])).not.toContain('params_hash');
	});

	it('names no DID that a server merely says is its own', async () => {
		const point = new ScriptedPoint([decided()]);
		const principal = { ...unknownPrincipal(0), state: 'DECLARED_PRINCIPAL' as const, did: 'did:web:bank.example' };
		const source = { current: () => principal, settled: () => Promise.resolve(principal) };
		await read(guarded(point, { server: { principal: source } }));
		expect(point.requests[0]).toMatchObject({ environment: { server_state: 'DECLARED_PRINCIPAL' } });
		expect(JSON.stringify(point.requests[0])).not.toContain('bank.example');
	});
});

describe('decisions that hold for a while (ttl)', () => {
	it('are asked once in their time, and anew afterwards', async () => {
		const point = new ScriptedPoint([decided({ ttl: 10 })]);
		const rig = guarded(point);
		await read(rig);
		rig.clock.advance(9_999);
		await read(rig);
		expect(point.requests).toHaveLength(1);
		expect(authority(rig)).toMatchObject({ decisionId: 'd-1' });
		rig.clock.advance(1);
		await read(rig);
		expect(point.requests).toHaveLength(2);
	});

	it('are not kept without a ttl, and a DENY never is', async () => {
		for (const answer of [decided(), decided({ decision: 'DENY', ttl: 60 }), decided({ ttl: 0 })]) {
			const point = new ScriptedPoint([answer]);
			const rig = guarded(point);
			await read(rig);
			await read(rig);
			expect(point.requests).toHaveLength(2);
		}
	});

	it('hold for no more than five minutes', async () => {
		const point = new ScriptedPoint([decided({ ttl: 1_000_000 })]);
		const rig = guarded(point);
		await read(rig);
		rig.clock.advance(300_000);
		await read(rig);
		expect(point.requests).toHaveLength(2);
	});

	it('hold for the same capability class, arguments, policy and mode only (§2.4: upstream left the class out)', async () => {
		const point = new ScriptedPoint([decided({ ttl: 60 })]);
		const rig = guarded(point);
		await read(rig);
		await rig.call('read_file', { path: '/sandbox/ws/b' });
		expect(point.requests).toHaveLength(2);
		rig.usePolicy(`${POLICY}capabilities:\n  filesystem/read_file: filesystem.list\n`.replace('.read\n', '.*\n'));
		await read(rig);
		expect(point.requests).toHaveLength(3);
		inMode(rig, 'strict');
		await read(rig);
		expect(point.requests).toHaveLength(4);
	});

	it('weigh their obligations anew at each use', async () => {
		const rig = guarded(new ScriptedPoint([decided({ ttl: 60, obligations: [{ type: 'ask', params: {} }] })]));
		rig.approver.will('allowed-once', 'denied');
		expect(await read(rig)).toHaveProperty('result');
		expect(reasonOf(await read(rig))).toBe('approval_denied');
	});

	it('are those of one service as it is configured', async () => {
		const first = new ScriptedPoint([decided({ ttl: 60 })]);
		const second = new ScriptedPoint([decided({ decision: 'DENY' })]);
		let point = first;
		const rig = guarded(first, { ports: { decisionPoint: () => point } });
		await read(rig);
		point = second;
		expect(reasonOf(await read(rig))).toBe('decision_denied');
	});
});

describe('a break-glass token in use', () => {
	const override: Override = { jti: 'j-1', sub: 'ops', reason: 'the service burns', expires: 9_999_999_999 };

	it('stands above the decision service, which is not asked; the call says so', async () => {
		const point = new ScriptedPoint([decided({ decision: 'DENY' })]);
		const rig = guarded(point, { override });
		expect(await read(rig)).toHaveProperty('result');
		expect(point.requests).toEqual([]);
		expect(authority(rig)).toEqual({
			mode: 'guard',
			override: { jti: 'j-1', sub: 'ops', reason: 'the service burns' },
		});
		expect(rig.trail.verdicts.at(-1)?.authority).toEqual(authority(rig));
	});

	it('stands above nothing else: denials of the policy and questions to a person stay', async () => {
		const rig = guarded(new ScriptedPoint([AWAY]), { override });
		rig.approver.will('denied');
		expect(reasonOf(await rig.call('delete_file', { path: '/sandbox/ws/a' }))).toBe('destructive_operation');
		expect(reasonOf(await rig.call('write_file', { path: '/sandbox/ws/a', content: '' }))).toBe('approval_denied');
		rig.stopped = true;
		expect(reasonOf(await read(rig))).toBe('emergency_stop');
	});

	it('covers what the scope names and nothing else, whatever servers and tools are called (property)', () => {
		const name = fc
			.array(
				fc.constantFrom(
					'a',
					'A',
					'b',
					'/',
					'.',
					'..',
					'%',
					'%2F',
					'%2e',
					'\\',
					'*',
					'?',
					'#',
					' ',
					'é',
					'e\u0301',
				),
				{
					...{ minLength: 1, maxLength: 4 },
				},
			)
			.map(parts => parts.join(''));
		fc.assert(
			fc.property(name, name, name, name, (server, tool, named, namedTool) => {
				const covers = (...routes: string[]) =>
					scopeCovers({ methods: ['tools/call'], routes }, 'tools/call', routeOf(server, tool));
				const ofServer = routeOf(named, 'x').slice(0, -'/x'.length);
				expect(covers(ofServer)).toBe(server === named);
				expect(covers(`${ofServer}/`)).toBe(server === named);
				expect(covers(routeOf(named, namedTool))).toBe(server === named && tool === namedTool);
			}),
		);
	});

	it('is asked for the place of the tool, in which no name can break out', () => {
		expect(routeOf('files', 'read_file')).toBe('/files/read_file');
		expect(routeOf('a/b', '../x')).toBe('/a%2Fb/..%2Fx');
		expect(routeOf('\ud800', 'x')).toBe('/%EF%BF%BD/x');
	});
});

describe('whatever a decision service answers', () => {
	const anyAnswer: fc.Arbitrary<DecisionPointAnswer> = fc.oneof(
		fc.constant(AWAY),
		fc.record({
			kind: fc.constant('decided' as const),
			decision: fc.constantFrom('ALLOW' as const, 'DENY' as const),
			decisionId: fc.string(),
			obligations: fc.array(
				fc.record({
					type: fc.constantFrom('log', 'ask', 'require_approval', 'allow', 'skip_approval', 'redact'),
					params: fc.constant({}),
				}),
				{ maxLength: 4 },
			),
			ttl: fc.nat(100),
		}),
	);
	const anyCall = fc.constantFrom(
		['delete_file', { path: '/sandbox/ws/a' }] as const,
		['write_file', { path: '/sandbox/ws/a', content: '' }] as const,
		['read_file', { path: '/sandbox/ws/a' }] as const,
		['frobnicate', {}] as const,
	);

	it('no refusal becomes a pass, and each call leaves exactly one entry (property, invariants 2 and 3)', async () => {
		await fc.assert(
			fc.asyncProperty(
				anyAnswer,
				anyCall,
				fc.constantFrom(...ENFORCEMENT_MODES),
				async (answer, [tool, args], mode) => {
					const without = disklessRig({ policy: POLICY });
					const rig = guarded(new ScriptedPoint([answer]), { mode });
					const before = await without.call(tool, args);
					const after = await rig.call(tool, args);
					if (without.upstream.sent.length === 0) {
						expect(rig.upstream.sent).toEqual([]);
						expect(after).toHaveProperty('error');
					} else {
						expect(before).toHaveProperty('result');
					}
					if (mode !== 'observe' && (answer.kind === 'unavailable' || answer.decision === 'DENY')) {
						expect(rig.upstream.sent).toEqual([]);
					}
					expect(rig.trail.endings).toHaveLength(1);
					expect(rig.trail.verdicts).toHaveLength(rig.upstream.sent.length);
				},
			),
			{ numRuns: 200 },
		);
	});
});
