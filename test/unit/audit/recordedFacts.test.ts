import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditEntry, auditVerdict } from '../../../src/domain/audit/auditRecord';
import { MaskedPlaces } from '../../../src/domain/audit/maskedPlaces';
import { recallFacts } from '../../../src/domain/audit/recallFacts';
import { contextOf, maskedContext, type RecordedContext, recordFacts } from '../../../src/domain/audit/recordedFacts';
import { unknownPrincipal } from '../../../src/domain/identity/principal';
import { ArgumentCopy } from '../../../src/domain/policy/argumentCopy';
import { compareVerdicts } from '../../../src/domain/policy/compareVerdicts';
import { type CallFacts } from '../../../src/domain/policy/facts';
import { judgeFacts } from '../../../src/domain/policy/judgeFacts';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type PolicyLoad } from '../../../src/domain/policy/policy';
import { SESSION_LABELS } from '../../../src/domain/policy/sessionLabel';
import { trailCopy, trailPaths } from '../../../src/firewall/trailCopy';
import { HOST } from '../policy/support';

const SECRET = `ghp_${'a1B2'.repeat(9)}`;

/** The entry of a call as the journal gives it back: masked, cut, through JSON. */
function entryOf(load: PolicyLoad, facts: CallFacts) {
	const copy = trailCopy(facts.arguments).value;
	const places = new MaskedPlaces(facts);
	const paths = trailPaths(facts.paths, places);
	const context = maskedContext(contextOf(facts));
	const entry = {
		server: facts.server,
		tool: facts.tool,
		capability: facts.capability,
		arguments: copy,
		paths,
		verdict: auditVerdict(judgeFacts(load, facts)),
		facts: recordFacts(load, facts, 'tokens', { copy, arguments: copy, paths, places }, 'c'),
	};
	const contexts = new Map([['c', JSON.parse(JSON.stringify(context)) as RecordedContext]]);
	return { entry: JSON.parse(JSON.stringify(entry)) as AuditEntry, contexts };
}

const condition = fc.constantFrom(
	'',
	', path_prefix: /x',
	", paths: '**/*.md'",
	', hosts: [a.com, private]',
	', args: {/amount: {range: {max: 5}}}',
	", args: {/s: {matches: '[a-z]+', max_length: 50}}",
	`, args: {/token: {equals: ${SECRET}}}`,
	', args: {/s: {max_length: 9000}, /note: {one_of: [x, null]}}',
	', labels: [secret]',
	', direction: server',
	', until: 2027-01-01',
);
const drawnRule = fc.record({
	effect: fc.constantFrom('deny', 'require_approval', 'allow'),
	capability: fc.constantFrom('*', 'a.*', 'a.b'),
	condition,
	graded: fc.constantFrom('', ', trust_level: 2', ', limits: {calls_per_session: 3}'),
	strict: fc.constantFrom('', ', contains: x', ", match_regex: 'a+b'", ', match_keywords: [needle, masked]'),
});
const identity = fc.constantFrom(
	'',
	'',
	'identity: {min_trust_level: 2}\n',
	'identity: {mode: observe, require_badge: true, denied_tools: [t]}\n',
	"identity: {capabilities: {a.b: {require_badge: true}}, tools: {'files/*': {allowed_tools: ['x*']}}}\n",
);
const principal = fc.constantFrom<CallFacts['principal']>(
	undefined,
	unknownPrincipal(0),
	unknownPrincipal(0, true),
	{ state: 'VERIFIED_PRINCIPAL', badge: 'ok', level: '2', blocked: false, errors: [] },
	{
		...{ state: 'DECLARED_PRINCIPAL', badge: 'failed', blocked: true },
		...{ errors: ['SERVER_BADGE_REVOKED'], cause: 'BADGE_REVOKED' },
	},
);
const drawnPolicy = fc
	.record({ rules: fc.array(drawnRule, { maxLength: 7 }), mode: fc.constantFrom('enforce', 'observe'), identity })
	.map(({ rules, mode, identity: asked }) => {
		const lines = (effect: string) =>
			rules
				.filter(rule => rule.effect === effect)
				.map(
					({ capability, condition: more, graded, strict }) =>
						`  - {capability: '${capability}'${more}${effect === 'deny' ? '' : graded}${effect === 'allow' ? '' : strict}}`,
				);
		const sections = ['deny', 'require_approval', 'allow'].map(each => `${each}:\n${lines(each).join('\n')}\n`);
		return parsePolicy(`mode: ${mode}\n${asked}${sections.join('')}`, 'p.yaml');
	});
const leaf = fc.oneof(
	fc.constantFrom('https://a.com', 'http://10.0.0.1', 'aab', 'x', 'needle', SECRET, `aab ${SECRET} x`),
	fc.constantFrom('y'.repeat(8_300), `${'y'.repeat(8_300)} needle https://a.com`, '[masked:x len=3]'),
	fc.integer({ min: -9, max: 9 }),
	fc.constant(null),
);
const drawnFacts: fc.Arbitrary<CallFacts> = fc
	.record({
		capability: fc.constantFrom('a.b', 'a.c', 'unknown'),
		args: fc.dictionary(fc.constantFrom('url', 'amount', 's', 'note', 'token', 'password', SECRET), leaf),
		path: fc.constantFrom(undefined, '/x/a.md', '/y/b.md', '/own/trail', `/x/${SECRET}`),
		problem: fc.constantFrom(undefined, undefined, 'no-root' as const),
		labels: fc.subarray([...SESSION_LABELS]),
		trustLevel: fc.constantFrom(undefined, 1, 3),
		who: principal,
		direction: fc.constantFrom(undefined, 'client' as const),
		used: fc.constantFrom(0, 3),
	})
	.map(({ capability, args, path, problem, labels, trustLevel, who, direction, used }) => ({
		server: { id: 'id', name: 'files' },
		tool: 't',
		capability,
		arguments: path === undefined ? args : { ...args, path },
		paths:
			path === undefined
				? []
				: [{ pointer: '/path', raw: path, candidates: [path], ...(problem !== undefined && { problem }) }],
		host: HOST,
		prefixes: new Map([['/x', ['/x']]]),
		ownPlaces: { folders: ['/own'], files: [] },
		labels: new Set(labels),
		usage: new Map(
			used === 0
				? []
				: [['allow[0]', { callsThisMinute: used, callsThisSession: used, bytesThisSession: 0 }] as const],
		),
		now: Date.UTC(2026, 10, 21),
		...(trustLevel !== undefined && { trustLevel }),
		...(who !== undefined && { principal: who }),
		...(direction !== undefined && { direction }),
	}));

describe('recorded facts', () => {
	it('ARG-03 the same policy gives the same verdict from the record, masked and cut as it is', () => {
		let altered = 0;
		fc.assert(
			fc.property(drawnPolicy, drawnFacts, (load, facts) => {
				const { entry, contexts } = entryOf(load, facts);
				expect(JSON.stringify(entry.facts)).not.toContain(SECRET);
				const recall = recallFacts(entry, contexts, load);
				const url = facts.arguments.url;
				const { password, token } = facts.arguments;
				const holds = (text: unknown, part: string) => typeof text === 'string' && text.includes(part);
				const masked =
					[...facts.paths.map(({ raw }) => raw), url].some(text => holds(text, SECRET)) ||
					[password, token].some(text => holds(text, '://'));
				if (recall.kind === 'problem') {
					expect([recall.why, masked]).toEqual(['masked-place', true]);
					return;
				}
				expect(facts.paths.some(({ raw }) => raw.includes(SECRET))).toBe(false);
				altered += entry.facts?.altered === undefined ? 0 : 1;
				expect(auditVerdict(judgeFacts(load, recall.facts))).toEqual(entry.verdict);
				expect(judgeFacts(load, recall.facts).authority).toEqual(judgeFacts(load, facts).authority);
			}),
			{ numRuns: 120 },
		);
		expect(altered).toBeGreaterThan(5);
	});

	it('what a comparison from the record tells is what the calls themselves would have told', () => {
		fc.assert(
			fc.property(drawnPolicy, drawnPolicy, drawnFacts, (before, after, drawn) => {
				// Counts are kept for the rules of the policy that decided, and nobody counted for another.
				const facts = { ...drawn, usage: new Map() };
				const { entry, contexts } = entryOf(before, facts);
				const recall = recallFacts(entry, contexts, before);
				if (recall.kind === 'problem') {
					return;
				}
				const side = (load: PolicyLoad) => ({ load, facts: recall.facts });
				const told = compareVerdicts(side(before), side(after), recall.copy, recall.facts.told);
				if (told.kind === 'told') {
					const differs = judgeFacts(before, facts).effect !== judgeFacts(after, facts).effect;
					expect(told.before.effect !== told.after.effect).toBe(differs);
				} else {
					// A call that says a mark by itself (`[masked:…`) is taken for altered, see ArgumentCopy.
					expect(entry.facts?.altered === 'arguments' || recall.copy.altered).toBe(true);
				}
			}),
			{ numRuns: 120 },
		);
	});

	it('a call that says a mark by itself cannot be told where a condition looks at it, although nothing was masked', () => {
		const load = parsePolicy("deny:\n  - {capability: '*', args: {/s: {matches: '[a-z]+'}}}\n", 'p.yaml');
		const facts = {
			...fc.sample(drawnFacts, { seed: 1, numRuns: 1 })[0]!,
			arguments: { s: '[masked:x len=3]' },
			paths: [],
		};
		const { entry, contexts } = entryOf(load, facts);
		expect(entry.facts?.altered).toBeUndefined();
		const recall = recallFacts(entry, contexts, load);
		expect(recall).toMatchObject({ kind: 'facts', copy: { altered: true } });
	});

	it('entries of older versions, and entries that somebody wrote, are told apart and never throw', () => {
		const load = parsePolicy('allow: [a.b]\n', 'p.yaml');
		const entry = { server: { id: 'i', name: 's' }, tool: 't', capability: 'a.b' } as AuditEntry;
		expect(recallFacts(entry, new Map())).toEqual({ kind: 'problem', why: 'no-facts' });
		const facts = { context: 'c', by: 'tokens', paths: [{ pointer: '', count: 2 }] };
		expect(recallFacts({ ...entry, facts }, new Map())).toEqual({ kind: 'problem', why: 'no-context' });
		const contexts = new Map([
			['c', { host: { workspaceFolders: [] }, prefixes: {} } as unknown as RecordedContext],
		]);
		expect(recallFacts({ ...entry, facts }, contexts, load)).toEqual({ kind: 'problem', why: 'unreadable' });
		fc.assert(
			fc.property(
				fc.dictionary(fc.constantFrom('paths', 'usage', 'labels', 'urls', 'outcomes'), fc.jsonValue()),
				odd => {
					const strange = {
						...entry,
						facts: { context: 'c', by: 'x', altered: 'arguments', ...odd } as never,
					};
					const recall = recallFacts(strange, contexts, load);
					expect(['problem', 'facts']).toContain(recall.kind);
					if (recall.kind !== 'problem') {
						expect(['allow', 'require_approval', 'deny']).toContain(judgeFacts(load, recall.facts).effect);
					}
				},
			),
		);
	});

	it('a condition is known from the copy only where its argument is left', () => {
		const copy = new ArgumentCopy({ a: 1, s: '[masked:x len=3]', list: ['[cut: len=9 sha256=0]', 2] });
		expect(['a', 's', 'gone'].map(key => copy.knows([key]))).toEqual([true, false, true]);
		expect([copy.knows(['list', '0']), copy.knows(['list', '1']), copy.knows(['list'])]).toEqual([
			false,
			true,
			true,
		]);
		expect(new ArgumentCopy({ '[masked:x len=3]': 1 }).knows(['gone'])).toBe(false);
		expect(new ArgumentCopy(undefined).knows(['a'])).toBe(false);
	});
});
