import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { type EntryFacts, factsOfEntry, ruleNow } from '../../../src/domain/audit/entryFacts';
import { explainEntry } from '../../../src/domain/audit/explainEntry';
import { type HostFacts } from '../../../src/domain/policy/facts';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { policyPrefixes } from '../../../src/domain/policy/prefixes';
import { hintFor } from '../../../src/firewall/refusal';
import { quoteForPerson } from '../../../src/vscode/quote';
import { ENGLISH } from '../support/englishWords';

const host: HostFacts = { workspaceFolders: ['/w'], home: '/h', platform: 'posix', caseInsensitivePaths: false };
const POLICY = `deny:
  - {id: secrets, capability: filesystem.*, paths: ['**/.env']}
allow:
  - {id: reads, capability: filesystem.read, path_prefix: '\${workspaceFolder}'}
  - {id: named, capability: filesystem.read, servers: other, tools: other}
  - {id: elsewhere, capability: network.request}
`;
const load = parsePolicy(POLICY, '/p/policy.yaml');
const ENTRY: AuditRecord = {
	id: 'e',
	at: '2026-11-21T10:00:00.000Z',
	kind: 'call',
	outcome: 'refused',
	server: { id: 's', name: 'files' },
	tool: 'read_file',
	capability: 'filesystem.read',
	arguments: { path: '/etc/passwd' },
	paths: ['/etc/passwd'],
	verdict: { effect: 'deny', reason: 'policy_default_deny' },
	policyDigest: load.digest,
};
const factsOf = (entry: AuditRecord, from = load) =>
	factsOfEntry(entry, host, from.policy ? policyPrefixes(from.policy, host) : new Map(), from);
const why = (entry: AuditRecord, from = load, known: EntryFacts | undefined = factsOf(entry, from)) =>
	explainEntry(entry, from, known, { ...ENGLISH, quote: quoteForPerson });

describe('explainEntry', () => {
	it('tells of a default deny which rules were near, the nearest first, and what failed', () => {
		const text = why(ENTRY);
		expect(text).toContain('Why: read_file was refused');
		expect(text).toContain('The policy is the one that decided this call.');
		expect(text).toContain('This is outside of what the policy allows.');
		expect(text).not.toContain('Only the person');
		expect([...text.matchAll(/^ {2}\w+ {2}(\w+) /gm)].map(([, id]) => id)).toEqual(['reads', 'named', 'secrets']);
		expect(text).toMatch(/allow {2}reads {2}\(policy\.yaml:4\)\n(?: {4}holds .*\n)+ {4}FAILS {8}path_prefix/);
		expect(text).not.toContain('allow  elsewhere');
	});
	it('says what it does not know: partial facts', () => {
		expect(why(ENTRY)).toContain('Partial facts: the trail keeps a masked record');
		const whole = { ...factsOf(ENTRY)!, gaps: [] };
		expect(why(ENTRY, load, whole)).not.toContain('Partial facts');
	});
	it('rests on what the verdict rested on, where the entry holds it', () => {
		const labelled = parsePolicy('allow:\n  - {id: reads, capability: filesystem.read, labels: [secret]}\n', '/p');
		const facts = { context: 'c', by: 'pin', paths: [{ pointer: '/path', count: 1 }], labels: ['secret'] } as const;
		const entry = { ...ENTRY, policyDigest: labelled.digest, facts };
		expect(why(entry, labelled)).toMatch(/holds +labels/);
		expect(why(entry, labelled)).not.toContain('Partial facts');
		expect(why({ ...entry, facts: { ...facts, labels: [] } }, labelled)).toMatch(/FAILS +labels/);
		expect(why({ ...entry, facts: { ...facts, altered: 'arguments' } }, labelled)).toContain('Partial facts');
		// Where a place was masked, or the entry is odd, what is left of it is told as partial.
		expect(why({ ...entry, facts: { ...facts, altered: 'places' } }, labelled)).toContain('Partial facts');
		expect(why({ ...entry, facts: { ...facts, paths: 3 as never } }, labelled)).toContain('Partial facts');
	});
	it('says when the policy has changed, and when it would decide otherwise', () => {
		const opened = parsePolicy('allow: [filesystem.read]', '/p/policy.yaml');
		expect(why(ENTRY, opened)).toContain('The policy has changed since this call.');
		expect(why(ENTRY, opened)).toContain('the policy of now would say allow where the call got deny');
		expect(why(ENTRY)).not.toContain('would say');
	});
	it('takes every place of a path for one: an allow needs all of them', () => {
		const link = { ...ENTRY, paths: ['/w/link', '/etc/passwd'] };
		expect(factsOf(link)?.facts.paths).toHaveLength(2);
		expect(why(link)).toMatch(
			/reads {2}\(policy\.yaml:4\)\n(?: {4}holds .*\n)+ {4}FAILS {8}path_prefix {2}path 2 of 2/,
		);
		expect(why({ ...ENTRY, paths: ['/w/a'] })).toMatch(/reads {2}\(policy\.yaml:4\) {2}matches/);
	});
	it('names the place that an approval does not cover, rather than only "matches" under a refusal', () => {
		const asking = parsePolicy(
			'require_approval:\n  - {id: q, capability: filesystem.read, path_prefix: /w}\n',
			'/p/policy.yaml',
		);
		const text = why({ ...ENTRY, policyDigest: asking.digest, paths: ['/w/a', '/etc/passwd\n'] }, asking);
		expect(text).toContain('q  (policy.yaml:2)  matches, but nothing lets /etc/passwd');
		expect(text).toMatch(/nothing lets .* pass$/m);
		expect(why({ ...ENTRY, policyDigest: asking.digest, paths: ['/w/a'] }, asking)).not.toContain('nothing lets');
	});
	it('has words for a broken policy, for no rule at all, and for entries of no call', () => {
		expect(why(ENTRY, parsePolicy('deny: {', 'p'))).toContain('has an error, so every call is refused');
		expect(why(ENTRY, parsePolicy('allow: [a.b]', 'p'))).toContain(
			'No rule of the policy speaks of this capability',
		);
		expect(why({ id: 'x', at: ENTRY.at, kind: 'message', outcome: 'refused' })).toContain('no capability');
	});
	it('invariant 5: nothing of a server can make a line of its own', () => {
		const text = fc.string({ unit: 'binary', maxLength: 60 });
		const lines = why(ENTRY).split('\n').length;
		fc.assert(
			fc.property(text, text, text, (tool, name, path) => {
				const entry = { ...ENTRY, tool, server: { id: 's', name }, paths: [`/etc/${path}`] };
				const got = explainEntry(entry, load, factsOf(ENTRY), { ...ENGLISH, quote: quoteForPerson });
				// An empty name leaves its row out.
				expect(got.split('\n').length).toBeLessThanOrEqual(lines);
			}),
		);
	});
});

describe('ruleNow', () => {
	const ruled: AuditRecord = {
		...ENTRY,
		verdict: { effect: 'allow', reason: 'policy_allow', rule: { id: 'reads', file: '/p/policy.yaml', line: 4 } },
	};
	it('the same policy: the same line', () => {
		expect(ruleNow(ruled, load)).toEqual({ kind: 'same', file: '/p/policy.yaml', line: 4 });
	});
	it('a changed policy: the line of the rule of that id, or where it was', () => {
		const moved = parsePolicy(`# new\n\n${POLICY}`, '/p/policy.yaml');
		expect(ruleNow(ruled, moved)).toEqual({ kind: 'moved', file: '/p/policy.yaml', line: 6 });
		const gone = parsePolicy('deny: [a.b]', '/p/policy.yaml');
		expect(ruleNow(ruled, gone)).toEqual({ kind: 'gone', file: '/p/policy.yaml', line: 4 });
		const other = parsePolicy(POLICY, '/p/other.yaml');
		expect(ruleNow({ ...ruled, policyDigest: 'then' }, other)?.kind).toBe('gone');
	});
	it('no rule: nowhere', () => {
		expect(ruleNow(ENTRY, load)).toBeUndefined();
	});
});

describe('hintFor', () => {
	it.each(['constructor', '__proto__', 'toString'])(
		'a reason of a workspace’s author that objects know: %s',
		reason => {
			expect(hintFor(reason)).toMatch(/^A rule of the policy refuses this/);
		},
	);
});
