import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inEnglish } from '../../../src/base/phrase';
import { type BadgeErrorCode } from '../../../src/domain/identity/badge';
import { ENFORCEMENT_MODES } from '../../../src/domain/identity/enforcementMode';
import { type DenyReason, TOOL_CODES } from '../../../src/domain/identity/toolCodes';
import { TRUST_LEVELS, type TrustLevel } from '../../../src/domain/identity/trustLevel';
import { type PrincipalFacts } from '../../../src/domain/policy/facts';
import { asksIdentity, enforcementModeOf, provesLess, trustRank } from '../../../src/domain/policy/identityVerdict';
import { judgeFacts } from '../../../src/domain/policy/judgeFacts';
import { composeLayers } from '../../../src/domain/policy/layers';
import { lintAgainst } from '../../../src/domain/policy/lintAgainst';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { parsePrincipal } from '../../../src/domain/policy/parsePrincipal';
import { type LayerKind, type PolicyLoad } from '../../../src/domain/policy/policy';
import { mayEverPass } from '../../../src/domain/policy/visibility';
import { vectors } from '../identity/vectors';
import { saidBy } from '../support/saidBy';
import { loadOf, problemsOf } from './judge';
import { factsOf } from './support';

const ALLOW = 'allow: [a.b, a.delete]\n';

const verified = (level: TrustLevel): PrincipalFacts => ({
	...{ state: 'VERIFIED_PRINCIPAL', badge: 'ok', level, blocked: false, errors: [] },
});
const failed = (cause: BadgeErrorCode, blocked = false): PrincipalFacts => ({
	...{ state: 'DECLARED_PRINCIPAL', badge: 'failed', cause, blocked, errors: ['SERVER_BADGE_INVALID'] },
});
const DECLARED: PrincipalFacts = {
	...{ state: 'DECLARED_PRINCIPAL', badge: 'absent', blocked: false, errors: ['SERVER_BADGE_MISSING'] },
};
const NONE: PrincipalFacts = {
	...{ state: 'UNVERIFIED_ORIGIN', badge: 'absent', blocked: false, errors: ['SERVER_IDENTITY_MISSING'] },
};
const PENDING: PrincipalFacts = { ...NONE, pending: true };

interface Asked {
	readonly server?: string;
	readonly tool?: string;
	readonly capability?: string;
	readonly isMethod?: true;
}

async function verdict(policy: string | PolicyLoad, principal: PrincipalFacts | undefined, asked: Asked = {}) {
	const load = loadOf(policy);
	expect(load.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
	const { isMethod, ...call } = asked;
	const facts = await factsOf(load, { capability: 'a.b', ...call });
	return judgeFacts(load, {
		...facts,
		...(principal !== undefined && { principal }),
		...(isMethod === true && { isMethod }),
	});
}
const effect = async (policy: string | PolicyLoad, principal: PrincipalFacts | undefined, asked?: Asked) =>
	(await verdict(policy, principal, asked)).effect;

const layer = (kind: LayerKind, text: string) => ({ kind, load: parsePolicy(text, `/${kind}.yaml`) });

describe('the section identity: what does not parse (invariant 3)', () => {
	it.each([
		['identity: guard\n', 'wrong-type', 1],
		['identity: {mode: warn}\n', 'wrong-type', 1],
		['identity:\n  min_level: 2\n', 'unknown-key', 2],
		['identity:\n  min_trust_level: 5\n', 'invalid-value', 2],
		['identity:\n  min_trust_level: -1\n', 'invalid-value', 2],
		['identity:\n  min_trust_level: 2.5\n', 'invalid-value', 2],
		["identity:\n  min_trust_level: '02'\n", 'invalid-value', 2],
		['identity:\n  min_trust_level: true\n', 'invalid-value', 2],
		['identity:\n  min_trust_level:\n', 'invalid-value', 2],
		["identity:\n  require_badge: 'yes'\n", 'wrong-type', 2],
		["identity:\n  allowed_tools: ['[a']\n", 'invalid-pattern', 2],
		['identity:\n  allowed_tools: [1]\n', 'wrong-type', 2],
		["identity:\n  denied_tools: ['x\\']\n", 'invalid-pattern', 2],
		['identity:\n  denied_tools: {a: b}\n', 'wrong-type', 2],
		['identity:\n  servers: [a]\n', 'wrong-type', 2],
		['identity:\n  servers:\n    a: {}\n', 'empty-value', 3],
		['identity:\n  servers:\n    a:\n', 'empty-value', 3],
		['identity:\n  servers:\n    a: {mode: strict}\n', 'unknown-key', 3],
		["identity:\n  servers:\n    '[a': {require_badge: true}\n", 'invalid-pattern', 3],
		['identity:\n  capabilities:\n    Shell: {require_badge: true}\n', 'invalid-pattern', 3],
		['identity:\n  tools:\n    read: {require_badge: true}\n', 'invalid-pattern', 3],
		['identity:\n  tools:\n    /read: {require_badge: true}\n', 'invalid-pattern', 3],
		["identity:\n  tools:\n    'a/[b': {require_badge: true}\n", 'invalid-pattern', 3],
		['identity:\n  servers:\n    a: {require_badge: true}\n    a: {require_badge: false}\n', 'duplicate-key', 4],
	])('%j: %s in line %i, and then nothing passes', async (text, code, line) => {
		expect(problemsOf(text + ALLOW)).toContainEqual([code, 'error', line]);
		const load = parsePolicy(text + ALLOW, 'policy.yaml');
		const facts = await factsOf(load, { capability: 'a.b' });
		expect(judgeFacts(load, { ...facts, principal: verified('4') }).reason).toBe('policy_unusable');
	});

	it('tells the number of a level that is written by its name', () => {
		const [problem] = parsePolicy('identity: {min_trust_level: DV}\n', 'p').problems;
		expect(saidBy(problem)).toContain("'DV' is level 2");
	});
	it('warns of a tool that is allowed and denied at one place', () => {
		expect(problemsOf('identity:\n  allowed_tools: [a, b]\n  denied_tools: b\n')).toEqual([
			['shadowed', 'warning', 2],
		]);
	});
	it('warns of servers and tools that nobody reviewed', () => {
		const text =
			"identity:\n  servers:\n    fs: {require_badge: true}\n    'f*': {require_badge: true}\n  tools:\n    files/rm: {require_badge: true}\n    files/read: {require_badge: true}\n";
		const found = lintAgainst(parsePolicy(text, 'p'), { pins: [{ server: 'files', tool: 'read' }] });
		expect(found.map(({ code, at }) => [code, at.line])).toEqual([
			['no-such-tool', 3],
			['no-such-tool', 6],
		]);
	});
	it('is nothing where it is empty', async () => {
		expect(parsePolicy(`identity:\n${ALLOW}`, 'p').problems).toEqual([]);
		expect(await effect(`identity:\n${ALLOW}`, NONE)).toBe('allow');
	});
});

describe('min_trust_level (RFC-006 §6, RFC-002 §5)', () => {
	it.each(TRUST_LEVELS.flatMap(asked => TRUST_LEVELS.map(has => [asked, has] as const)))(
		'%s is asked, level %s is there',
		async (asked, has) => {
			for (const written of [asked, `'${asked}'`]) {
				const is = await verdict(`identity: {min_trust_level: ${written}}\n${ALLOW}`, verified(has));
				const enough = TRUST_LEVELS.indexOf(has) >= TRUST_LEVELS.indexOf(asked);
				expect(is.effect).toBe(enough ? 'allow' : 'deny');
				expect(is.authority?.reason).toBe(enough ? undefined : 'trust_insufficient');
			}
		},
	);

	it.each([
		['nobody looked', undefined, 'badge_missing', 'SERVER_IDENTITY_MISSING'],
		['nothing disclosed', NONE, 'badge_missing', 'SERVER_IDENTITY_MISSING'],
		['pending', PENDING, 'badge_missing', 'SERVER_IDENTITY_MISSING'],
		[
			'a level that is pending again',
			{ ...verified('4'), pending: true as const },
			'badge_missing',
			'SERVER_IDENTITY_MISSING',
		],
		['declared', DECLARED, 'badge_missing', 'SERVER_BADGE_MISSING'],
		[
			'a badge of another place',
			{ ...failed('BADGE_EXPIRED'), cause: undefined },
			'badge_invalid',
			'SERVER_BADGE_INVALID',
		],
		['expired', failed('BADGE_EXPIRED'), 'badge_expired', 'BADGE_EXPIRED'],
		['untrusted issuer', failed('BADGE_ISSUER_UNTRUSTED'), 'issuer_untrusted', 'BADGE_ISSUER_UNTRUSTED'],
		[
			'unreachable revocation source',
			failed('REVOCATION_CHECK_FAILED'),
			'badge_invalid',
			'REVOCATION_CHECK_FAILED',
		],
		[
			'a badge that is ok of a server that is not verified',
			{ ...DECLARED, badge: 'ok' as const },
			'badge_invalid',
			'SERVER_BADGE_MISSING',
		],
	] as const)('%s: denied as %s', async (_title, principal, reason, cause) => {
		const who = principal as PrincipalFacts | undefined;
		for (const term of ['min_trust_level: 1', 'require_badge: true']) {
			const is = await verdict(`identity: {${term}}\n${ALLOW}`, who);
			expect(is).toMatchObject({
				effect: 'deny',
				reason,
				rules: [],
				authority: { reason, cause, observed: false },
			});
			expect(is.authority?.at?.line).toBe(1);
		}
	});

	it('§6.1 #25: 0 asks for nothing, require_badge asks for a badge of level 0 at least', async () => {
		for (const principal of [undefined, NONE, PENDING, DECLARED]) {
			expect(await effect(`identity: {min_trust_level: 0}\n${ALLOW}`, principal)).toBe('allow');
			expect(await effect(`identity: {require_badge: true}\n${ALLOW}`, principal)).toBe('deny');
		}
		expect(await effect(`identity: {require_badge: true}\n${ALLOW}`, verified('0'))).toBe('allow');
	});

	it('says for people what was asked and what there is', async () => {
		const is = await verdict(`identity:\n  min_trust_level: 3\n${ALLOW}`, verified('2'));
		expect(is.authority && inEnglish(is.authority.why)).toBe(
			"A badge of at least Organization Validated (3) is asked for (policy.yaml:2); the server's identity: verified, Domain Validated (2).",
		);
	});

	it('opens nothing by itself: what no rule lets pass stays denied', async () => {
		expect((await verdict('identity: {min_trust_level: 1}\n', verified('4'))).reason).toBe('policy_default_deny');
	});
});

describe('each term at each place, and which one counts (identity.md §6.2 rule 2)', () => {
	const places: readonly (readonly [string, (terms: string) => string])[] = [
		['top', terms => `identity: {${terms}}\n`],
		['server', terms => `identity: {servers: {'file*': {${terms}}}}\n`],
		['capability', terms => `identity: {capabilities: {'a.*': {${terms}}}}\n`],
		['tool', terms => `identity: {tools: {'files/r*': {${terms}}}}\n`],
	];
	const asked = { server: 'files', tool: 'read', capability: 'a.b' };
	const others = { server: 'web', tool: 'get', capability: 'b.c' };
	const terms: readonly (readonly [string, DenyReason])[] = [
		['min_trust_level: 3', 'trust_insufficient'],
		['allowed_tools: []', 'tool_not_allowed'],
		["allowed_tools: ['w*']", 'tool_not_allowed'],
		['denied_tools: [read]', 'tool_not_allowed'],
	];
	it.each(places.flatMap(([place, write]) => terms.map(([term, reason]) => [term, place, write, reason] as const)))(
		'%s at %s',
		async (term, place, write, reason) => {
			const policy = `${write(term)}allow: [a.b, b.c]\n`;
			const is = await verdict(policy, verified('2'), asked);
			expect(is.authority?.reason).toBe(reason);
			const elsewhere = await verdict(policy, verified('2'), others);
			const everywhere = place === 'top' && !term.startsWith('denied_tools');
			expect(elsewhere.effect).toBe(everywhere ? 'deny' : 'allow');
		},
	);
	it.each(places)('require_badge at %s', async (_place, write) => {
		expect(await effect(`${write('require_badge: true')}allow: [a.b]\n`, NONE, asked)).toBe('deny');
		expect(await effect(`${write('require_badge: true')}allow: [a.b]\n`, verified('0'), asked)).toBe('allow');
	});

	it.each(places.flatMap(([wide], index) => places.slice(index + 1).map(([narrow]) => [wide, narrow] as const)))(
		'%s is beaten by %s, term by term, both ways',
		async (wide, narrow) => {
			const section = (one: string, other: string) => {
				const lines: Readonly<Record<string, (terms: string) => string>> = {
					top: each => each,
					server: each => `servers: {files: {${each}}}`,
					capability: each => `capabilities: {a.b: {${each}}}`,
					tool: each => `tools: {files/read: {${each}}}`,
				};
				return `identity: {${lines[wide]?.(one) ?? ''}, ${lines[narrow]?.(other) ?? ''}}\n${ALLOW}`;
			};
			const none = [NONE, asked] as const;
			expect(await effect(section('min_trust_level: 4', 'min_trust_level: 0'), ...none)).toBe('allow');
			expect(await effect(section('min_trust_level: 0', 'min_trust_level: 4'), ...none)).toBe('deny');
			expect(await effect(section('require_badge: true', 'require_badge: false'), ...none)).toBe('allow');
			expect(await effect(section('require_badge: false', 'require_badge: true'), ...none)).toBe('deny');
			expect(await effect(section('allowed_tools: []', 'allowed_tools: [read]'), ...none)).toBe('allow');
			expect(await effect(section('allowed_tools: [read]', 'allowed_tools: []'), ...none)).toBe('deny');
			expect(await effect(section('denied_tools: [read]', 'denied_tools: [x]'), ...none)).toBe('allow');
			expect(await effect(section('denied_tools: [x]', 'denied_tools: [read]'), ...none)).toBe('deny');
			// A narrower place that is silent about a term leaves the wider one's.
			expect(await effect(section('min_trust_level: 4', 'require_badge: false'), ...none)).toBe('deny');
		},
	);

	it.each([
		["servers: {files: {min_trust_level: 1}, 'f*': {min_trust_level: 3}}"],
		["servers: {'f*': {min_trust_level: 3}, files: {min_trust_level: 1}}"],
		["capabilities: {a.b: {min_trust_level: 1}, 'a.*': {min_trust_level: 3}}"],
		["tools: {files/read: {min_trust_level: 1}, '*/r*': {min_trust_level: 3}}"],
		['servers: {files: {require_badge: false, min_trust_level: 3}}'],
		["servers: {files: {allowed_tools: [read]}, 'f*': {allowed_tools: [write]}}"],
		["servers: {files: {denied_tools: [x]}, 'f*': {denied_tools: [read]}}"],
	])('of several patterns of one kind the strictest: %s', async section => {
		expect(await effect(`identity: {${section}}\n${ALLOW}`, verified('2'), asked)).toBe('deny');
	});

	it('names of servers and tools may hold a slash, and a pattern is not stretched over it', async () => {
		const policy = `identity: {require_badge: true, tools: {'a/b/c': {require_badge: false}, 'trusted/*': {require_badge: false}}}\n${ALLOW}`;
		expect(await effect(policy, NONE, { server: 'a', tool: 'b/c' })).toBe('allow');
		expect(await effect(policy, NONE, { server: 'a/b', tool: 'c' })).toBe('allow');
		expect(await effect(policy, NONE, { server: 'trusted', tool: 'x/y' })).toBe('allow');
		expect(await effect(policy, NONE, { server: 'trusted/evil', tool: 'x' })).toBe('deny');
	});

	it('denied_tools wins over allowed_tools, and a slash in a name does not evade it', async () => {
		const policy = `identity: {allowed_tools: ['*', '*/*'], denied_tools: ['delete_*']}\n${ALLOW}`;
		expect(await effect(policy, NONE, { tool: 'read' })).toBe('allow');
		expect(await effect(policy, NONE, { tool: 'delete_all' })).toBe('deny');
		expect(await effect(policy, NONE, { tool: 'delete_/all' })).toBe('deny');
	});

	it('lists of tools and patterns over tools do not speak of methods; levels do', async () => {
		const method = { tool: 'resources/read', server: 'files', isMethod: true } as const;
		expect(await effect(`identity: {allowed_tools: []}\n${ALLOW}`, NONE, method)).toBe('allow');
		expect(await effect(`identity: {tools: {'files/*': {require_badge: true}}}\n${ALLOW}`, NONE, method)).toBe(
			'allow',
		);
		expect(await effect(`identity: {min_trust_level: 1}\n${ALLOW}`, NONE, method)).toBe('deny');
		// A tool that calls itself like a method is a tool.
		expect(await effect(`identity: {allowed_tools: []}\n${ALLOW}`, NONE, { tool: 'resources/read' })).toBe('deny');
	});
});

describe('a server whose identity failed', () => {
	const forged = failed('BADGE_SIGNATURE_INVALID', true);
	it.each([
		ALLOW,
		`identity: {min_trust_level: 0}\n${ALLOW}`,
		`mode: observe\n${ALLOW}`,
		`identity: {mode: strict}\n${ALLOW}`,
	])('gets nothing, whatever the policy says: %j', async policy => {
		expect(await verdict(policy, forged)).toMatchObject({
			...{ effect: 'deny', reason: 'server_identity_failed', rules: [] },
			authority: { reason: 'badge_invalid', cause: 'BADGE_SIGNATURE_INVALID', observed: false },
		});
	});
	it('neither where a badge of the highest level stands beside the failure', async () => {
		const rebound: PrincipalFacts = { ...verified('4'), blocked: true, errors: ['SERVER_DOMAIN_MISMATCH'] };
		const is = await verdict(ALLOW, rebound);
		expect(is).toMatchObject({ reason: 'server_identity_failed', authority: { cause: 'SERVER_DOMAIN_MISMATCH' } });
		expect(is.authority && inEnglish(is.authority.why)).toContain('FAILED');
		expect(trustRank(rebound)).toBeUndefined();
	});
	it('§2.9: a revoked badge and a disabled subject are told as revoked', async () => {
		expect((await verdict(ALLOW, failed('BADGE_REVOKED', true))).authority?.reason).toBe('badge_revoked');
		expect((await verdict(ALLOW, failed('BADGE_AGENT_DISABLED', true))).authority?.reason).toBe('badge_revoked');
	});
	it('passes in mode observe alone, and the verdict says what would have been (ALLOW_OBSERVE)', async () => {
		expect(await verdict(`identity: {mode: observe}\n${ALLOW}`, forged)).toMatchObject({
			...{ effect: 'allow', observed: 'deny', authority: { observed: true, mode: 'observe' } },
		});
	});
	it('what a server asks of its client is denied too, and not left to the client', async () => {
		const load = loadOf(ALLOW);
		const facts = await factsOf(load, { capability: 'client.sampling' });
		const asks = { ...facts, direction: 'server', unclaimed: true, isMethod: true } as const;
		expect(judgeFacts(load, { ...asks, principal: forged }).reason).toBe('server_identity_failed');
		expect(judgeFacts(load, { ...asks, principal: NONE }).reason).toBe('left_to_client');
	});
});

describe('modes (RFC-008 §10) and layers', () => {
	const STRICT_TERMS = 'min_trust_level: 2';
	it.each(ENFORCEMENT_MODES)('%s', async mode => {
		const is = await verdict(`identity: {mode: ${mode}, ${STRICT_TERMS}}\n${ALLOW}`, NONE);
		expect(is.authority).toMatchObject({ mode, observed: mode === 'observe', reason: 'badge_missing' });
		expect(is.effect).toBe(mode === 'observe' ? 'allow' : 'deny');
	});
	it('observe lifts no rule: a deny stays a deny, a question a question', async () => {
		const section = `identity: {mode: observe, ${STRICT_TERMS}}\n`;
		expect(await verdict(`${section}deny: [a.b]\n`, NONE)).toMatchObject({ effect: 'deny', reason: 'policy_deny' });
		const asking = await verdict(`${section}require_approval: [a.b]\n`, NONE);
		expect(asking).toMatchObject({ effect: 'require_approval', authority: { observed: true } });
		expect(asking.observed).toBeUndefined();
	});
	it("the policy's own mode observe lifts terms, but not those of an organisation that enforces", async () => {
		const own = layer('user', `mode: observe\nidentity: {${STRICT_TERMS}}\n${ALLOW}`);
		expect(await effect(composeLayers([own]), NONE)).toBe('allow');
		const firm = layer('organisation', 'identity: {require_badge: true}\n');
		const both = composeLayers([firm, own]);
		expect(await verdict(both, NONE)).toMatchObject({
			effect: 'deny',
			authority: { at: { file: '/organisation.yaml' } },
		});
		expect(await effect(both, verified('1'))).toBe('allow');
		const watching = layer('organisation', `mode: observe\nidentity: {${STRICT_TERMS}}\n`);
		expect(await effect(composeLayers([watching, layer('user', ALLOW)]), NONE)).toBe('allow');
	});
	it('each layer is asked by itself, and all must hold: none makes another milder', async () => {
		const user = layer('user', `identity: {min_trust_level: 2, servers: {files: {min_trust_level: 0}}}\n${ALLOW}`);
		const firm = layer('organisation', 'identity: {min_trust_level: 1, allowed_tools: [read, write]}\n');
		const files = { server: 'files', tool: 'read' };
		expect(await effect(composeLayers([user]), NONE, files)).toBe('allow');
		const both = composeLayers([firm, user]);
		expect(await effect(both, NONE, files)).toBe('deny');
		expect(await effect(both, verified('1'), files)).toBe('allow');
		expect(await effect(both, verified('1'), { server: 'web', tool: 'read' })).toBe('deny');
		expect(await effect(both, verified('2'), { server: 'web', tool: 'read' })).toBe('allow');
		expect(await effect(both, verified('4'), { server: 'files', tool: 'rm' })).toBe('deny');
	});
	it('invariant 4: a workspace tightens, and lowers neither a term nor the mode', async () => {
		const user = layer('user', `identity: {min_trust_level: 2}\n${ALLOW}`);
		const milder = layer(
			'workspace',
			'identity: {mode: observe, min_trust_level: 0, servers: {filesystem: {allowed_tools: ["*"]}}}\n',
		);
		const load = composeLayers([user, milder]);
		expect(await effect(load, NONE)).toBe('deny');
		expect(load.problems).toMatchObject([{ code: 'ignored', at: { file: '/workspace.yaml', line: 1 } }]);
		// Alone it does not lower the default either.
		expect(enforcementModeOf(composeLayers([layer('user', ALLOW), milder]).policy!)).toBe('guard');
		const stricter = layer('workspace', 'identity: {mode: strict, denied_tools: [tool]}\n');
		const tight = composeLayers([layer('user', `identity: {mode: observe}\n${ALLOW}`), stricter]);
		expect(tight.policy?.identity?.mode).toBe('strict');
		expect(await effect(tight, verified('4'))).toBe('deny');
	});
	it('the mode is the strictest of yours and the organisation’s', () => {
		const modes = ENFORCEMENT_MODES;
		for (const [one, above] of modes.entries()) {
			for (const [other, own] of modes.entries()) {
				const load = composeLayers([
					layer('organisation', `identity: {mode: ${above}}\n`),
					layer('user', `identity: {mode: ${own}}\n${ALLOW}`),
				]);
				expect(enforcementModeOf(load.policy!)).toBe(modes[Math.max(one, other)]);
			}
		}
		expect(enforcementModeOf(parsePolicy(ALLOW, 'p').policy!)).toBe('guard');
	});
});

describe('what a person was told of a server holds no more', () => {
	const forged = failed('BADGE_SIGNATURE_INVALID', true);
	it.each([
		['a check failed that had not', forged, NONE, true],
		['a check failed of one that was verified', forged, verified('0'), true],
		['it was known to have failed', forged, forged, false],
		['its badge ended', NONE, verified('0'), true],
		['nobody looks any more', undefined, verified('0'), true],
		['it was not known yet, and discloses nothing', NONE, PENDING, false],
		['it was not known yet, and is verified', verified('1'), PENDING, false],
		['nothing changed', verified('2'), verified('2'), false],
	] as const)('%s: %s', (_title, now, before, less) => {
		expect(provesLess(now, before)).toBe(less);
	});
});

describe('which calls wait for an identity', () => {
	const target = { server: 'files', tool: 'read', capability: 'a.b' };
	it.each([
		[ALLOW, false],
		[`identity: {min_trust_level: 0, allowed_tools: [x]}\n${ALLOW}`, false],
		[`identity: {min_trust_level: 1}\n${ALLOW}`, true],
		[`identity: {require_badge: true}\n${ALLOW}`, true],
		[`identity: {require_badge: true, servers: {files: {require_badge: false}}}\n${ALLOW}`, false],
		[`identity: {tools: {web/get: {min_trust_level: 4}}}\n${ALLOW}`, false],
		['allow: [{capability: a.b, trust_level: 1}]\n', true],
		['allow: [{capability: a.c, trust_level: 1}]\n', false],
	])('%j: %s', (policy, expected) => {
		expect(asksIdentity(parsePolicy(policy, 'p').policy!, target)).toBe(expected);
	});
});

describe('tools that identity hides from tools/list', () => {
	const shows = (policy: string, principal: PrincipalFacts | undefined, tool = 'read') =>
		mayEverPass(parsePolicy(policy, 'p'), {
			server: 'files',
			tool,
			capability: 'a.b',
			...(principal && { principal }),
		});
	it('hides what lists or a missing level deny, and everything of a server that failed', () => {
		expect(shows(`identity: {denied_tools: [read]}\n${ALLOW}`, verified('4'))).toBe(false);
		expect(shows(`identity: {allowed_tools: [write]}\n${ALLOW}`, PENDING)).toBe(false);
		expect(shows(`identity: {min_trust_level: 2}\n${ALLOW}`, verified('1'))).toBe(false);
		expect(shows(`identity: {min_trust_level: 2}\n${ALLOW}`, undefined)).toBe(false);
		expect(shows(ALLOW, failed('BADGE_REVOKED', true))).toBe(false);
	});
	it('hides nothing for want of what is pending, nor in mode observe', () => {
		expect(shows(`identity: {min_trust_level: 2, require_badge: true}\n${ALLOW}`, PENDING)).toBe(true);
		expect(shows(`identity: {mode: observe, min_trust_level: 2}\n${ALLOW}`, NONE)).toBe(true);
		expect(shows(`identity: {mode: observe}\n${ALLOW}`, failed('BADGE_REVOKED', true))).toBe(true);
		expect(shows(`identity: {min_trust_level: 2}\n${ALLOW}`, verified('2'))).toBe(true);
	});
});

describe('codes.json: deny reasons and their codes (§2.9)', () => {
	const { rfc006 } = vectors<{
		readonly rfc006: { readonly deny_reason_to_tool_code: Readonly<Record<string, string>> };
	}>('codes');
	it.each(Object.entries(rfc006.deny_reason_to_tool_code))('%s is %s', (name, code) => {
		const reason = name.toLowerCase() as DenyReason;
		// §6.3: a tool that is there and not allowed is denied by policy.
		expect(TOOL_CODES[reason]).toBe(reason === 'tool_not_allowed' ? 'TOOL_POLICY_DENIED' : code);
	});
});

describe('properties', () => {
	const level = fc.constantFrom(...TRUST_LEVELS);
	const globs = fc.array(fc.constantFrom('*', 'tool', 't*', 'x', '[a-z]*', 'a/*'), { maxLength: 3 });
	const terms = fc
		.record(
			{
				min_trust_level: level,
				require_badge: fc.boolean(),
				allowed_tools: globs,
				denied_tools: globs.filter(({ length }) => length > 0),
			},
			{ requiredKeys: [] },
		)
		.filter(each => Object.keys(each).length > 0);
	const maps = (keys: readonly string[]) => fc.dictionary(fc.constantFrom(...keys), terms, { maxKeys: 2 });
	const section = fc.record(
		{
			mode: fc.constantFrom('guard', 'delegate', 'strict'),
			servers: maps(['filesystem', 'f*', 'web']),
			capabilities: maps(['a.b', 'a.*', '*', '*.delete']),
			tools: maps(['filesystem/tool', '*/*', 'web/*']),
		},
		{ requiredKeys: [] },
	);
	const principal = fc.constantFrom(
		...[undefined, NONE, PENDING, DECLARED, failed('BADGE_EXPIRED'), failed('BADGE_REVOKED', true)],
		...TRUST_LEVELS.map(verified),
	);
	const rules = fc.constantFrom('', ALLOW, 'deny: [a.b]\n', 'require_approval: [a.b]\n', `mode: observe\n${ALLOW}`);
	const strictness = { allow: 0, require_approval: 1, deny: 2 };

	it('in guard and above, a section only ever tightens: no term turns a deny into anything else', async () => {
		await fc.assert(
			fc.asyncProperty(
				section,
				fc.option(terms, { nil: undefined }),
				rules,
				principal,
				async (maps, top, text, who) => {
					const identity = JSON.stringify({ ...maps, ...top });
					const [without, with_] = [
						await verdict(text, who),
						await verdict(`identity: ${identity}\n${text}`, who),
					];
					expect(strictness[with_.effect]).toBeGreaterThanOrEqual(strictness[without.effect]);
				},
			),
			{ numRuns: 400 },
		);
	});

	it('invariant 4: whatever section a workspace brings, even observe, makes nothing milder', async () => {
		const any = fc.tuple(section, fc.constantFrom('observe', 'guard', 'strict'));
		await fc.assert(
			fc.asyncProperty(any, section, rules, principal, async ([maps, mode], own, text, who) => {
				const user = layer('user', `identity: ${JSON.stringify(own)}\n${text}`);
				const workspace = layer('workspace', `identity: ${JSON.stringify({ ...maps, mode })}\n`);
				const [without, with_] = [
					await verdict(composeLayers([user]), who),
					await verdict(composeLayers([user, workspace]), who),
				];
				expect(strictness[with_.effect]).toBeGreaterThanOrEqual(strictness[without.effect]);
			}),
			{ numRuns: 300 },
		);
	});

	it('a server that proves more gets no less', async () => {
		await fc.assert(
			fc.asyncProperty(section, rules, level, level, async (own, text, one, other) => {
				const [low, high] = [one, other].sort();
				const policy = `identity: ${JSON.stringify(own)}\n${text}`;
				const [weak, strong] = [
					await verdict(policy, verified(low ?? '0')),
					await verdict(policy, verified(high ?? '0')),
				];
				expect(strictness[strong.effect]).toBeLessThanOrEqual(strictness[weak.effect]);
				expect(provesLess(verified(low ?? '0'), verified(high ?? '0'))).toBe(low !== high);
			}),
			{ numRuns: 200 },
		);
	});

	it('reading a principal never throws, and never gives a level to a server that is not verified', () => {
		fc.assert(
			fc.property(
				fc.oneof(
					fc.jsonValue(),
					fc.record(
						{
							state: fc.constantFrom('VERIFIED_PRINCIPAL', 'DECLARED_PRINCIPAL', 'verified', 1),
							level: fc.constantFrom('0', '4', 4, '5', null, 'toString'),
							badge: fc.constantFrom('ok', 'failed', 'absent', true),
							blocked: fc.constantFrom(true, false, 'no'),
							errors: fc.constantFrom([], ['SERVER_BADGE_INVALID'], ['toString'], 'x'),
							cause: fc.constantFrom('BADGE_EXPIRED', 'constructor', 7),
							pending: fc.constantFrom(true, false, 0),
						},
						{ requiredKeys: [] },
					),
				),
				value => {
					const read = parsePrincipal(value);
					if (typeof read !== 'string' && read.level !== undefined) {
						expect([read.state, read.badge]).toEqual(['VERIFIED_PRINCIPAL', 'ok']);
					}
				},
			),
		);
	});
});
