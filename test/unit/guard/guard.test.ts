import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseJson } from '../../../src/base/strictJson';
import { type DecisionPointAnswer } from '../../../src/domain/identity/decisionPoint';
import { withCaller } from '../../../src/guard/callerCredential';
import { evidenceRecord } from '../../../src/guard/evidenceRecord';
import { computeParamsHash, evaluateToolAccess, verifyCredential } from '../../../src/guard/evaluateToolAccess';
import { guard, guardSync } from '../../../src/guard/guard';
import { type GuardConfig } from '../../../src/guard/guardConfig';
import { GuardConfigError, GuardError } from '../../../src/guard/guardErrors';
import { compactJws, didKey, freshKey } from '../../fixtures/servers/localIssuer.mjs';
import { GuardRig } from './support';
import { expectMode } from '../support/machine';

const text = (name: string) => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8');
let rig: GuardRig;
let said = '';

beforeEach(async () => {
	rig = await GuardRig.open();
	said = '';
	vi.stubEnv('CAPISCIO_CORE_ADDR', '');
	vi.stubEnv('CAPISCIO_SERVER_ORIGIN', '');
	vi.spyOn(process.stderr, 'write').mockImplementation(chunk => {
		said += String(chunk);
		return true;
	});
});

afterEach(async () => {
	await rig.close();
});

/** What the MCP SDK hands over. */
const extra = (badge?: unknown, meta: object = {}) => ({
	...{ signal: new AbortController().signal, requestId: 1 },
	requestInfo: { headers: badge === undefined ? {} : { 'X-Capiscio-Badge': badge } },
	_meta: meta,
});

/** A guarded tool that counts how often it ran. */
function tool(config: GuardConfig) {
	const ran = { times: 0, extra: undefined as unknown };
	const run = guard({ toolName: 'read_note', ...rig.config(config) }, (_args: object, given: object) => {
		ran.times++;
		ran.extra = given;
		return 'done';
	});
	return { ran, run };
}

const denial = async (promise: Promise<unknown>): Promise<GuardError> => {
	const error: unknown = await promise.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(GuardError);
	return error as GuardError;
};

describe('guard: a tool runs only for who may call it', () => {
	it.each([
		['no badge', undefined, 'TOOL_AUTH_MISSING'],
		['an empty badge', '', 'TOOL_BADGE_INVALID'],
		['text that is no badge', 'a.b.c', 'TOOL_BADGE_INVALID'],
		['a header that stands twice', ['a', 'b'], 'TOOL_BADGE_INVALID'],
		['something that is no text', 7, 'TOOL_BADGE_INVALID'],
	])('%s: %s', async (_, badge, code) => {
		const { run, ran } = tool({ minTrustLevel: 1 });
		const error = await denial(run({}, extra(badge)));
		expect(error.message).toBe(`${code} (evidence ${error.evidenceId})`);
		expect(ran.times).toBe(0);
		expect(rig.evidence).toMatchObject([{ 'capiscio.decision': 'DENY', 'capiscio.deny_reason': code }]);
	});

	it('a badge that does not hold denies also where the anonymous may call (§2.2 step 2)', async () => {
		const { run, ran } = tool({});
		await expect(run({}, extra())).resolves.toBe('done');
		await denial(run({}, extra('a.b.c')));
		expect(ran.times).toBe(1);
	});

	it('requireBadge is asked before anything else, at level 0 too (§6.1 #1)', async () => {
		const { run } = tool({ requireBadge: true });
		expect((await denial(run({}, extra()))).reason).toBe('badge_missing');
	});

	it('an API key is never enough, whatever it is (§6.1 #2)', async () => {
		const { run } = tool({});
		const error = await denial(run({}, extra(undefined, { capiscio_caller_api_key: 'sk_live_canary' })));
		expect(error.reason).toBe('badge_missing');
		expect(said + JSON.stringify(rig.evidence)).not.toContain('canary');
	});

	it('a badge of the level passes, by header or by _meta, and the tool gets neither', async () => {
		const { run, ran } = tool({ minTrustLevel: 2 });
		const badge = rig.badge();
		await run({ name: 'a' }, extra(badge));
		await run({ name: 'a' }, extra(undefined, { capiscio_caller_badge: badge, progressToken: 1 }));
		expect(ran.times).toBe(2);
		expect(JSON.stringify(ran.extra)).not.toContain(badge);
		expect(ran.extra).toMatchObject({ _meta: { progressToken: 1 } });
		expect(rig.evidence).toMatchObject([
			{ 'capiscio.agent.did': rig.did, 'capiscio.auth.level': 'badge', trust_level: 2 },
			{ 'capiscio.decision': 'ALLOW' },
		]);
	});

	it('a header and a _meta that differ deny', async () => {
		const { run } = tool({});
		await denial(run({}, extra(rig.badge(), { capiscio_caller_badge: rig.badge() })));
	});

	it.each([
		['one level less', { level: '1' }, 'trust_insufficient'],
		['expired', { ttl: -600 }, 'badge_expired'],
		['for another server', { aud: 'did:web:other.example' }, 'badge_invalid'],
		['of level 0', { level: '0' }, undefined],
	] as const)('a badge that is %s', async (_, more, reason) => {
		const { run, ran } = tool({ minTrustLevel: 2, audience: 'did:web:mine.example' });
		const error = await denial(run({}, extra(rig.badge({ ...more }))));
		if (reason !== undefined) expect(error.reason).toBe(reason);
		expect(ran.times).toBe(0);
	});

	it('a badge for this server passes; without an audience of ours none does that names one', async () => {
		const aud = 'did:web:mine.example';
		await expect(tool({ audience: aud }).run({}, extra(rig.badge({ aud })))).resolves.toBe('done');
		await denial(tool({}).run({}, extra(rig.badge({ aud }))));
		vi.stubEnv('CAPISCIO_SERVER_ORIGIN', 'https://mine.example');
		await expect(tool({}).run({}, extra(rig.badge({ aud: 'https://mine.example' })))).resolves.toBe('done');
	});

	it('a badge that is revoked, and one whose subject is disabled, stop passing', async () => {
		const jti = '9f0a4c1e-1111-4222-8333-444455556666';
		const revoked = rig.badge({ jti });
		await expect(tool({ minTrustLevel: 2 }).run({}, extra(revoked))).resolves.toBe('done');
		rig.issuer.revoke(jti);
		expect((await denial(tool({ minTrustLevel: 2, maxStaleness: 1 }).run({}, extra(revoked)))).reason).toBe(
			'badge_revoked',
		);
		rig.issuer.disable(rig.did);
		const error = await denial(tool({ minTrustLevel: 2, maxStaleness: 2 }).run({}, extra(rig.badge())));
		expect(error.result.cause).toBe('BADGE_AGENT_DISABLED');
	});

	it('an issuer that is not trusted is not even asked; an empty list trusts none (§6.1 #7)', async () => {
		for (const trustedIssuers of [[], ['https://registry.capisc.io']]) {
			const error = await denial(tool({ trustedIssuers }).run({}, extra(rig.badge({ level: '4' }))));
			expect(error.reason).toBe('issuer_untrusted');
		}
		expect(rig.fetched).toEqual([]);
	});

	it('a badge that is signed by somebody else denies', async () => {
		const thief = freshKey();
		const [, payload] = rig.badge().split('.') as [string, string];
		const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
		const forged = compactJws(thief.privateKey, { typ: 'JWT', kid: rig.issuer.kid }, claims);
		expect((await denial(tool({}).run({}, extra(forged)))).result.cause).toBe('BADGE_SIGNATURE_INVALID');
	});

	it('level 0 counts only where it is taken', async () => {
		const self = freshKey();
		const did = didKey(self.publicJwk);
		const now = rig.time / 1000;
		const badge = compactJws(
			self.privateKey,
			{ typ: 'JWT', kid: `${did}#${did.slice(8)}` },
			{
				...{
					jti: '9f0a4c1e-1111-4222-8333-444455556666',
					iss: did,
					sub: did,
					iat: now,
					exp: now + 60,
					ial: '0',
				},
				key: { kty: 'OKP', crv: 'Ed25519', x: self.publicJwk.x },
				vc: { type: ['VerifiableCredential', 'AgentIdentity'], credentialSubject: { level: '0' } },
			},
		);
		expect((await denial(tool({}).run({}, extra(badge)))).reason).toBe('issuer_untrusted');
		await expect(tool({ acceptLevelZero: true }).run({}, extra(badge))).resolves.toBe('done');
		await expect(tool({ trustedKeys: [did] }).run({}, extra(badge))).resolves.toBe('done');
		expect((await denial(tool({ acceptLevelZero: true, minTrustLevel: 1 }).run({}, extra(badge)))).reason).toBe(
			'trust_insufficient',
		);
	});

	it('allowedTools filters by the bare name; an empty list allows nothing', async () => {
		await expect(tool({ allowedTools: ['read_*'] }).run({}, extra())).resolves.toBe('done');
		expect((await denial(tool({ allowedTools: ['write_*'] }).run({}, extra()))).reason).toBe('tool_not_allowed');
		await denial(tool({ allowedTools: [] }).run({}, extra()));
	});

	it('what is thrown says nothing of what would have sufficed (RFC-008 §9.3)', async () => {
		const error = await denial(tool({ minTrustLevel: 3 }).run({}, extra(rig.badge())));
		expect(error.message).toBe(`TOOL_TRUST_INSUFFICIENT (evidence ${error.evidenceId})`);
		expect(error.detail).not.toMatch(/\d/);
		expect(error).toMatchObject({ agentDid: rig.did, trustLevel: '2', reason: 'trust_insufficient' });
	});

	it('changing the object afterwards changes nothing, and tools do not share (§6.1 #18)', async () => {
		const config = { ...rig.config(), minTrustLevel: 2 as 0 | 2, allowedTools: ['a'], toolName: 'a' };
		const one = guard(config, () => 'ran');
		config.minTrustLevel = 0;
		config.allowedTools.push('*');
		const other = guard({ ...config, toolName: 'b' }, () => 'ran');
		await denial(one());
		await expect(other()).resolves.toBe('ran');
	});

	it('within a caller that was verified, everything below is on their behalf', async () => {
		const inner = guard({ ...rig.config({ minTrustLevel: 2 }), toolName: 'inner' }, () => 'ran');
		await denial(inner());
		await expect(withCaller({ credential: { badge: rig.badge() } }, () => inner())).resolves.toBe('ran');
	});
});

describe('guardSync', () => {
	const sync = (config: GuardConfig = {}) =>
		guardSync({ ...rig.config(config), toolName: 's' }, (n: number) => n + 1);

	it('runs for a caller who was verified before, and never for a badge that nobody looked at', async () => {
		const run = sync({ minTrustLevel: 2 });
		const credential = { badge: rig.badge() };
		expect(() => run(1)).toThrow(GuardError);
		expect(() => withCaller({ credential }, () => run(1))).toThrow(/TOOL_BADGE_INVALID/);
		const known = await verifyCredential(credential, rig.config());
		expect(withCaller(known, () => run(1))).toBe(2);
		expect(rig.evidence.map(each => each['capiscio.decision'])).toEqual(['DENY', 'DENY', 'ALLOW']);
	});

	it('weighs anew by its own issuers, and by its own clock', async () => {
		const known = await verifyCredential({ badge: rig.badge() }, rig.config());
		expect(() => withCaller(known, () => sync({ trustedIssuers: [] })(1))).toThrow(/TOOL_ISSUER_UNTRUSTED/);
		rig.time += 361_000;
		expect(() => withCaller(known, () => sync()(1))).toThrow(/TOOL_BADGE_INVALID/);
	});

	it('a badge that was verified for one server does not count for another', async () => {
		const aud = 'did:web:mine.example';
		const known = await verifyCredential({ badge: rig.badge({ aud }) }, rig.config({ audience: aud }));
		expect(withCaller(known, () => sync({ audience: aud })(1))).toBe(2);
		expect(() => withCaller(known, () => sync({ audience: 'did:web:other.example' })(1))).toThrow(
			/TOOL_BADGE_INVALID/,
		);
	});

	it('does not run where a decision service would have to be waited for', () => {
		const decisionService = { ask: () => Promise.reject(new Error('never')) };
		expect(() => sync({ decisionService })(1)).toThrow(GuardError);
	});
});

describe('a configuration that cannot be meant', () => {
	it.each<[string, object, RegExp]>([
		['a level that is none', { minTrustLevel: 5 }, /0, 1, 2, 3 or 4/],
		['a level that is no whole number', { minTrustLevel: 1.5 }, /0, 1, 2, 3 or 4/],
		['a member that is misspelt', { min_trust_level: 2 }, /no member "min_trust_level"/],
		[
			'an issuer as a DID (§6.1 #24)',
			{ trustedIssuers: ['did:web:registry.capisc.io'] },
			/"https:\/\/registry\.capisc\.io"/,
		],
		['an issuer that is no origin', { trustedIssuers: ['registry'] }, /./],
		['a list that is none', { allowedTools: 'read_*' }, /must be a list/],
		['a glob that is malformed (§2.7)', { allowedTools: ['[a'] }, /malformed/],
		['requireBadge that is no boolean', { requireBadge: 'no' }, /true or false/],
		['a gRPC core', { decisionService: 'localhost:50051' }, /gRPC core/],
		['a decision service over plain http elsewhere', { decisionService: 'http://pdp.example/' }, /https/],
	])('%s', (_, config, message) => {
		expect(() => guard({ toolName: 't', ...config }, () => 1)).toThrow(GuardConfigError);
		expect(() => guard({ toolName: 't', ...config }, () => 1)).toThrow(message);
	});

	it('CAPISCIO_CORE_ADDR with the address of the gRPC core is refused, and says so', () => {
		vi.stubEnv('CAPISCIO_CORE_ADDR', 'localhost:50051');
		expect(() => guard({ toolName: 't' }, () => 1)).toThrow(/gRPC core/);
	});

	it('a tool needs a name', () => {
		expect(() => guard({}, () => 1)).toThrow(/needs a name/);
		expect(() =>
			guard({}, function named() {
				return 1;
			}),
		).not.toThrow();
	});
});

describe('a decision service can only tighten (§6.1 #16)', () => {
	const answer = (decision: 'ALLOW' | 'DENY', more: object = {}): DecisionPointAnswer => ({
		...{ kind: 'decided', decision, decisionId: 'd1', obligations: [], ...more },
	});
	const service = (given: DecisionPointAnswer | Error) => {
		const asked: unknown[] = [];
		return {
			asked,
			ask: (request: unknown) => {
				asked.push(request);
				return given instanceof Error ? Promise.reject(given) : Promise.resolve(given);
			},
		};
	};

	it('is asked about what would be allowed only, and its yes opens nothing', async () => {
		const decisionService = service(answer('ALLOW'));
		await denial(tool({ decisionService, minTrustLevel: 2 }).run({}, extra()));
		expect(decisionService.asked).toEqual([]);
		await expect(tool({ decisionService }).run({ path: 'canary' }, extra(rig.badge()))).resolves.toBe('done');
		expect(decisionService.asked).toMatchObject([
			{
				pip_version: 'capiscio.pip.v1',
				subject: { did: rig.did, trust_level: '2' },
				action: { mcp_tool: 'read_note' },
			},
		]);
		expect(JSON.stringify(decisionService.asked)).not.toContain('canary');
		expect(rig.evidence.at(-1)).toMatchObject({ 'capiscio.policy.decision_id': 'd1' });
	});

	it.each<[string, DecisionPointAnswer | Error, string]>([
		['no', answer('DENY'), 'TOOL_POLICY_DENIED'],
		['no scope', answer('DENY', { errorCode: 'SCOPE_INSUFFICIENT' }), 'TOOL_SCOPE_INSUFFICIENT'],
		[
			'a person is to be asked, whom there is none of',
			answer('ALLOW', { obligations: [{ type: 'require_approval', params: {} }] }),
			'',
		],
		['silence', { kind: 'unavailable', why: 'w' }, 'TOOL_POLICY_DENIED'],
		['a failure', new Error('x'), 'TOOL_POLICY_DENIED'],
	])('%s denies', async (name, given, code) => {
		const error = await denial(tool({ decisionService: service(given) }).run({}, extra()));
		expect(error.result.denyCode).toBe(code === '' ? 'TOOL_POLICY_DENIED' : code);
		expect(name).not.toBe('');
	});
});

describe('evidence (RFC-006 §7)', () => {
	const schema = {
		type: 'object',
		required: [
			...['event.name', 'capiscio.agent.did', 'capiscio.auth.level', 'capiscio.target'],
			...['capiscio.policy_version', 'capiscio.decision'],
		],
		properties: {
			'event.name': { const: 'capiscio.tool_invocation' },
			'capiscio.agent.did': { type: 'string', minLength: 1 },
			'capiscio.auth.level': { enum: ['badge+envelope', 'badge', 'apikey', 'anonymous'] },
			'capiscio.target': { type: 'string' },
			'capiscio.policy_version': { type: 'string', minLength: 1 },
			'capiscio.decision': { enum: ['ALLOW', 'DENY'] },
			'capiscio.tool.params_hash': { type: 'string', pattern: '^sha256:[A-Za-z0-9_-]{43}$' },
		},
	};
	const valid = new Ajv().compile(schema);

	it('each attempt leaves one record that fits the schema, and in none is an argument, a badge or a key', async () => {
		const badge = rig.badge();
		const { run } = tool({ minTrustLevel: 2, policyVersion: 'v1.0' });
		await run({ secret: 'canary-argument' }, extra(badge));
		await denial(run({ secret: 'canary-argument' }, extra()));
		await denial(run({ secret: 'canary-argument' }, extra('canary.badge.x')));
		expect(rig.evidence).toHaveLength(3);
		for (const record of rig.evidence) {
			expect(valid(record), JSON.stringify(valid.errors)).toBe(true);
			expect(record['capiscio.policy_version']).toBe('v1.0');
			expect(record['capiscio.tool.params_hash']).toBe(computeParamsHash({ secret: 'canary-argument' }));
		}
		const written = JSON.stringify(rig.evidence) + said;
		expect(written).not.toContain('canary');
		expect(written).not.toContain(badge);
	});

	it('a deny_reason is there exactly on denials, a jti exactly with a badge that holds', async () => {
		const { run } = tool({ minTrustLevel: 2 });
		await run({}, extra(rig.badge({ jti: '9f0a4c1e-1111-4222-8333-444455556666' })));
		await denial(run({}, extra(rig.badge({ ttl: -600 }))));
		const [allowed, denied] = rig.evidence;
		expect(allowed).toMatchObject({ 'capiscio.badge.jti': '9f0a4c1e-1111-4222-8333-444455556666' });
		expect(allowed).not.toHaveProperty(['capiscio.deny_reason']);
		expect(denied).toMatchObject({ 'capiscio.agent.did': 'anonymous', 'mcp_firewall.cause': 'BADGE_EXPIRED' });
		expect(denied).not.toHaveProperty(['capiscio.badge.jti']);
	});

	it('policy_version is derived where none is named, and is another for another policy (§6.1 #3)', async () => {
		for (const minTrustLevel of [0, 0, 1] as const) {
			await tool({ minTrustLevel }).run({}, extra(rig.badge()));
		}
		const [a, b, c] = rig.evidence.map(each => each['capiscio.policy_version']);
		expect(a).toMatch(/^sha256:[A-Za-z0-9_-]{43}$/);
		expect([a === b, a === c]).toEqual([true, false]);
	});

	it('a call whose evidence cannot be kept does not run', async () => {
		const { run, ran } = tool({ evidence: () => Promise.reject(new Error('disk')) });
		const error = await denial(run({}, extra()));
		expect([error.reason, ran.times]).toEqual(['internal_error', 0]);
	});

	it('goes to files of a day, for their owner alone, one line each, also from guardSync', async () => {
		const directory = join(mkdtempSync(join(tmpdir(), 'guard-')), 'evidence');
		onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
		const { run } = tool({ evidence: { directory } });
		await Promise.all([run({ n: 1 }, extra()), run({ n: 2 }, extra()), run({ n: 3 }, extra())]);
		guardSync({ ...rig.config({ evidence: { directory } }), toolName: 's' }, () => 1)();
		rig.time += 24 * 3600 * 1000;
		await run({}, extra());
		expect(readdirSync(directory).sort()).toEqual(['2026-11-28.jsonl', '2026-11-29.jsonl']);
		const file = join(directory, '2026-11-28.jsonl');
		expect(
			readFileSync(file, 'utf8')
				.trim()
				.split('\n')
				.map(line => valid(JSON.parse(line))),
		).toEqual(Array(4).fill(true));
		expectMode(directory, 0o700);
		expectMode(file, 0o600);
	});

	it('a directory that cannot be written denies', async () => {
		const file = join(mkdtempSync(join(tmpdir(), 'guard-')), 'file');
		writeFileSync(file, '');
		expect((await denial(tool({ evidence: { directory: join(file, 'x') } }).run({}, extra()))).reason).toBe(
			'internal_error',
		);
	});

	it('without configuration it lies where CAPISCIO_EVIDENCE_DIR says', async () => {
		const directory = mkdtempSync(join(tmpdir(), 'guard-'));
		onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
		vi.stubEnv('CAPISCIO_EVIDENCE_DIR', directory);
		const result = await evaluateToolAccess('read_note', {});
		expect(readFileSync(join(directory, `${result.evidence.timestamp.slice(0, 10)}.jsonl`), 'utf8')).toContain(
			result.evidenceId,
		);
	});

	it('CAPISCIO_SERVER_ORIGIN is in it', async () => {
		vi.stubEnv('CAPISCIO_SERVER_ORIGIN', 'https://mine.example');
		await tool({}).run({}, extra());
		expect(rig.evidence).toMatchObject([{ server_origin: 'https://mine.example' }]);
	});

	it('CAPISCIO_LOG_LEVEL says how much is told', async () => {
		await denial(tool({ requireBadge: true }).run({}, extra()));
		expect(said).toMatch(/denied "read_note" to anonymous: TOOL_AUTH_MISSING/);
		said = '';
		vi.stubEnv('CAPISCIO_LOG_LEVEL', 'error');
		await denial(tool({ requireBadge: true }).run({}, extra()));
		expect(said).toBe('');
	});

	it('a record made for nobody says anonymous, and fits', () => {
		const record = evidenceRecord({
			...{ id: 'i', at: 0, tool: 't', caller: { kind: 'anonymous' }, access: { decision: 'ALLOW' } },
			...{
				policyVersion: 'v',
				policyDigest: 'd',
				paramsHash: undefined,
				serverOrigin: undefined,
				decisionId: undefined,
			},
		});
		expect(valid(record)).toBe(true);
	});
});

describe('computeParamsHash (RFC 8785)', () => {
	const from = process.env.IDENTITY_VECTORS;
	const vectors = JSON.parse(
		from === undefined ? text('identity/params-hash.json') : readFileSync(join(from, 'params-hash.json'), 'utf8'),
	) as Record<
		'cases' | 'must_refuse',
		readonly { readonly id: string; readonly input: string; readonly jcs_hash?: string }[]
	>;

	it.each([...vectors.cases, ...vectors.must_refuse])('$id', ({ input, jcs_hash: hash }) => {
		const parsed = parseJson(input, 'strict');
		const hashed = () => {
			if (!parsed.ok) throw new TypeError('no strict JSON');
			return computeParamsHash(parsed.value as Record<string, unknown>);
		};
		if (hash === undefined) expect(hashed).toThrow(TypeError);
		else expect(hashed()).toBe(hash);
	});

	it('refuses what has no canonical form', () => {
		for (const value of [NaN, Infinity, '\ud800']) {
			expect(() => computeParamsHash({ value })).toThrow(TypeError);
		}
	});

	it('positional arguments are hashed too (§6.1 #17)', async () => {
		const run = guard({ ...rig.config(), toolName: 'p' }, (a: string, b: string) => a + b);
		await run('a', 'b');
		await run('a', 'c');
		const [one, other] = rig.evidence.map(each => each['capiscio.tool.params_hash']);
		expect(one).not.toBe(other);
	});
});
