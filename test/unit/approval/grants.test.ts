import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approvalFacts } from '../../../src/domain/approval/approvalFacts';
import { type GrantReach } from '../../../src/domain/approval/grant';
import { grantRule, grantSentence } from '../../../src/domain/approval/grantRule';
import { signedText } from '../../../src/domain/approval/grantRecord';
import { type CallFacts } from '../../../src/domain/policy/facts';
import { decide } from '../../../src/domain/policy/decide';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { argumentsText } from '../../../src/firewall/argumentsText';

const binding = { serverName: 'files', tool: 'write_file', capability: 'filesystem.write' };
const terms = (reach: GrantReach, over: Partial<typeof binding> = {}) => ({
	...{ scope: 'workspace' as const, reach, binding: { ...binding, ...over } },
	expiresAt: Date.UTC(2026, 10, 21, 12),
});
const call = (path: string, over: Partial<CallFacts> = {}): CallFacts => ({
	server: { id: 'i', name: 'files' },
	tool: 'write_file',
	capability: 'filesystem.write',
	arguments: {},
	paths: [{ pointer: '/path', raw: path, candidates: [path] }],
	host: { workspaceFolders: ['/ws'], platform: 'posix', caseInsensitivePaths: false },
	prefixes: new Map(['/ws', '/ws/a', '/ws/b', '/ws/notes'].map(place => [place, [place]])),
	now: Date.UTC(2026, 10, 21, 11),
	...over,
});

describe('grantRule', () => {
	it('is the rule that the grant amounts to', () => {
		expect(grantRule(terms({ kind: 'folders', folders: ['/ws/notes'] }))).toBe(`# In this workspace only.
allow:
  - servers: ["files"]
    tools: ["write_file"]
    capability: "filesystem.write"
    path_prefix: "/ws/notes"
    until: "2026-11-21T12:00:00.000Z"
`);
	});

	it.each([
		[{ kind: 'folders', folders: ['/ws/notes'] }, '/ws/notes/a.md', '/ws/other/a.md'],
		[{ kind: 'folders', folders: ['/ws/a*', '/ws/b'] }, '/ws/a*/x/y.md', '/ws/ab/x.md'],
	] as [GrantReach, string, string][])('%j allows what it covers and nothing beside it', (reach, inside, outside) => {
		const load = parsePolicy(grantRule(terms(reach)), '/p.yaml');
		expect(load.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
		expect(decide(load, call(inside)).effect).toBe('allow');
		expect(decide(load, call(outside)).effect).toBe('deny');
		expect(decide(load, call(inside, { tool: 'other' })).effect).toBe('deny');
		expect(decide(load, call(inside, { now: Date.UTC(2026, 10, 21, 13) })).effect).toBe('deny');
	});

	it('APPR-13 property: a name can add no line to the rule, whatever is in it', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (serverName, folder) => {
				const rule = grantRule(terms({ kind: 'folders', folders: [folder] }, { serverName }));
				expect(rule.split('\n').filter(line => !line.startsWith('#'))).toHaveLength(7);
				expect(rule).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b\u0085\u2028]/u);
				expect(grantSentence(terms({ kind: 'folders', folders: [folder] })).split('\n')).toHaveLength(1);
			}),
		);
	});
});

describe('signedText', () => {
	it('APPR-10 property: two grants that differ in a member have two texts', () => {
		const name = fc.string({ maxLength: 8 });
		const grant = fc.record({
			serverId: name,
			serverName: name,
			tool: name,
			capability: name,
			toolDigest: name,
			entryDigest: name,
			policyDigest: name,
			askedBy: name,
		});
		const text = (own: typeof grant extends fc.Arbitrary<infer T> ? T : never) =>
			signedText(
				{ id: 'g', scope: 'workspace', binding: own, reach: { kind: 'call', digest: '' }, madeAt: 0 },
				'm',
			);
		fc.assert(
			fc.property(grant, grant, (one, other) => {
				expect(text(one) === text(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
			}),
		);
	});
});

describe('argumentsText', () => {
	const read = (text: string) => argumentsText({ bytes: Buffer.from(text), value: {} });

	it('property: is the text of params.arguments, wherever it stands', () => {
		fc.assert(
			fc.property(
				fc.dictionary(fc.string(), fc.jsonValue()),
				fc.jsonValue(),
				fc.nat(3000),
				(args, other, space) => {
					const inner = JSON.stringify(args);
					const name = JSON.stringify('arguments');
					const text = `{"id":1,"arguments":{"no":1},"x":{"arguments":{"no":2}},"params":{"_meta":{"arguments":${JSON.stringify(other)}},${name}${' '.repeat(space)}:${inner},"z":[{"arguments":{}}]},"params2":{"arguments":{}}}`;
					expect(read(text).text).toBe(inner);
				},
			),
		);
	});

	it.each([
		['{"params":{"arguments":{"n":9007199254740993}}}', true],
		['{"params":{"arguments":{"n":0.1000000000000000055}}}', true],
		['{"params":{"\\u0061rguments":{"n":1e2}}}', true],
		['{"params":{"arguments":{"n":"9007199254740993","m":12.5}}}', false],
		['{"params":{"x":9007199254740993,"arguments":{}}}', false],
	])('%s: rounded %s', (text, rounded) => {
		expect(read(text).inexact !== undefined).toBe(rounded);
	});

	it('is {} without arguments', () => {
		expect(read('{"params":{"name":"x"}}')).toEqual({ text: '{}' });
	});
});

describe('approvalFacts', () => {
	const sources = {
		client: undefined,
		server: { id: 'i', name: 'files' },
		launch: { kind: 'stdio', command: 'npx', args: ['files'], env: ['API_TOKEN'] },
		reviewedAt: undefined,
		facts: call('/ws/a', { labels: new Set(['secret'] as const) }),
		load: parsePolicy('require_approval: ["*"]\n', '/p/policy.yaml'),
		findings: [],
		originsOf: () => [],
	} as const;

	it.each([
		['filesystem.read', 'nothing-to-undo'],
		['filesystem.write', 'by-hand'],
		['filesystem.delete', 'by-hand'],
		['mail.send', 'not-at-all'],
		['shell.execute', 'unknown'],
		['unknown', 'unknown'],
	] as const)('%s can be undone: %s', (capability, reversal) => {
		const verdict = decide(sources.load, { ...sources.facts, capability });
		expect(approvalFacts({ ...sources, verdict: { ...verdict, capability } }).effect.reversal).toBe(reversal);
	});

	it('names variables and never their values, the rule with its line, and what is not sure', () => {
		const facts = approvalFacts({ ...sources, verdict: decide(sources.load, sources.facts) });
		expect(facts.identity.environment).toEqual(['API_TOKEN']);
		expect(facts.rules).toEqual([{ id: 'require_approval[0]', file: '/p/policy.yaml', line: 1, owner: 'user' }]);
		expect(facts.context).toMatchObject([{ label: 'secret', origins: [] }]);
		expect(facts.uncertain).toHaveLength(1);
		expect(facts.downstream.launch).toBe('npx files');
	});
});
