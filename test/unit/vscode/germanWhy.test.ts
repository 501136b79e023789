import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inEnglish, readPhrase, verbatim } from '../../../src/base/phrase';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { factsOfEntry } from '../../../src/domain/audit/entryFacts';
import { explainEntry } from '../../../src/domain/audit/explainEntry';
import { AUTHORITY_WORDS, authorityPhrase } from '../../../src/domain/identity/authorityWords';
import { IDENTITY_TEXTS, identityWords, NOBODY_LOOKED } from '../../../src/domain/identity/identityWords';
import { suggestCapability } from '../../../src/domain/policy/capability';
import { type HostFacts } from '../../../src/domain/policy/facts';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { policyPrefixes } from '../../../src/domain/policy/prefixes';
import { REVOKED_BY_PERSON, RESTED_BY_PERSON } from '../../../src/domain/registry/changeStatus';
import { compareSupply, supplyReason } from '../../../src/domain/registry/compareSupply';
import { importEntries } from '../../../src/domain/registry/importEntries';
import { REVIEWED_EARLIER } from '../../../src/domain/registry/migrateRegistry';
import { fingerprintOf } from '../../../src/domain/registry/registryBundle';
import { PROBED } from '../../../src/domain/registry/statusWords';
import { suggestCeiling } from '../../../src/domain/registry/suggestCeiling';
import { type PinnedFile } from '../../../src/domain/registry/supplyPin';
import { fillIn } from '../../../src/base/fillIn';
import { capabilityWords } from '../../../src/vscode/capabilityWords';
import { quoteForPerson } from '../../../src/vscode/quote';
import { hintText, refusalText } from '../../../src/vscode/refusalText';
import { statusReasonText } from '../../../src/vscode/statusReasonText';
import { capabilityView, ceilingText } from '../../../src/vscode/reviewPage';
import { sayPhrase, speakWith } from '../../../src/vscode/say';
import { vectors } from '../identity/vectors';
import { aServerEntry } from '../support/serverEntries';

const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.de.json', 'utf8')) as Readonly<Record<string, string>>;
const host: HostFacts = { workspaceFolders: ['/w'], home: '/h', platform: 'posix', caseInsensitivePaths: false };
const load = parsePolicy(
	`identity:
  min_trust_level: 2
deny:
  - {id: secrets, capability: filesystem.*, paths: ['**/.env']}
require_approval:
  - {id: asks, capability: filesystem.read, path_prefix: /etc, labels: [secret], limits: {calls_per_minute: 3}}
allow:
  - {id: reads, capability: filesystem.read, path_prefix: '\${workspaceFolder}', args: {/mode: {equals: x}}}
  - {id: named, capability: filesystem.read, servers: other, tools: other, trust_level: 3}
`,
	'/p/policy.yaml',
);
const ENTRY: AuditRecord = {
	...{ id: 'e', at: '2026-11-21T10:00:00.000Z', kind: 'call', outcome: 'refused' },
	...{ server: { id: 's', name: 'files' }, tool: 'read_file', capability: 'filesystem.read' },
	...{ arguments: { path: '/etc/passwd' }, paths: ['/etc/passwd'], policyDigest: 'then' },
	verdict: { effect: 'deny', reason: 'policy_default_deny' },
	principal: {
		state: 'DECLARED_PRINCIPAL',
		badge: 'failed',
		blocked: true,
		errors: ['SERVER_BADGE_REVOKED'],
	} as never,
	authority: {
		...{ mode: 'guard', code: 'TOOL_BADGE_INVALID' },
		why: "A badge of at least Domain Validated (2) is asked for (policy.yaml:2); the server's identity: FAILED: its badge was revoked.",
	},
};
/** Words that every English sentence of ours has one of, and no German one. */
const ENGLISH = /\b(?:the|of|is|are|it|this|that|rule|nothing|what|which|by|to|be|not|no|you)\b/i;

function why(entry: AuditRecord): string {
	const known = factsOfEntry(entry, host, load.policy ? policyPrefixes(load.policy, host) : new Map(), load);
	return explainEntry(entry, load, known, { quote: quoteForPerson, say: sayPhrase, hint: hintText });
}

describe('explanations in German', () => {
	beforeEach(() => {
		speakWith((text, ...args) => fillIn(bundle[text] ?? text, ...args));
	});
	afterEach(() => {
		speakWith(fillIn);
	});

	it('“Why?” is German throughout, near misses with a path, a label or a list among them', () => {
		const text = why(ENTRY);
		expect(text.split('\n').filter(line => ENGLISH.test(line))).toEqual([]);
		expect(text).toContain('Warum: read_file wurde abgelehnt');
		expect(text).toContain('Pfad 1 von 1 liegt anderswo');
		expect(text).toMatch(/NICHT ERFÜLLT +args +\/mode fehlt/);
		expect(text.replaceAll(/\s+/g, ' ')).toContain(
			'Verlangt wird ein Ausweis von mindestens Domain Validated (2) (policy.yaml:2); die Identität des Servers: FEHLGESCHLAGEN: sein Ausweis wurde gesperrt.',
		);
	});
	it('a refusal says in German what the trail keeps in English of who a server is', () => {
		expect(refusalText(ENTRY)).toContain('die Identität des Servers: FEHLGESCHLAGEN: sein Ausweis wurde gesperrt.');
	});
	it('what a capability was read from, what it means and what a server may be sent is German', () => {
		const tool = { name: 'run_shell', inputSchema: { type: 'object', properties: { command: {} } } } as never;
		const subject = {
			policyTable: new Map<string, string>(),
			serverName: 'x',
			tool: 'run_shell',
			descriptor: tool,
		};
		const suggestion = suggestCapability(subject);
		expect(capabilityWords({ capability: suggestion.capability, suggestion, tool }, '').because).toBe(
			'Warum: sein Name enthält „run“; es nimmt „command“ entgegen.',
		);
		expect(capabilityView({ capability: 'filesystem.reed', suggestion: undefined, tool } as never).meaning).toMatch(
			/^Keine Fähigkeit des Produkts: .* Meinten Sie filesystem\.read\?$/,
		);
		const launch = { kind: 'stdio', command: 'x', args: [], env: [] } as never;
		expect(ceilingText(suggestCeiling(launch, ['network.send']))).toContain(
			'(network.send), deshalb erhält er keine',
		);
	});
});

describe('what the registry keeps of a status in English', () => {
	const pin = (role: PinnedFile['role'], digest = 'a') => ({ role, path: `/${role}`, digest });
	const supply = (files: readonly unknown[], more = {}) =>
		({ source: { kind: 'npm', name: 'x', version: '1.0.0' }, files, gaps: [], ...more }) as never;
	const roles = ['executable', 'entry', 'manifest', 'lockfile', 'package', 'dependencies', 'registry'] as const;

	beforeEach(() => {
		speakWith((text, ...args) => {
			expect(bundle).toHaveProperty([text]);
			return fillIn(bundle[text] ?? text, ...args);
		});
	});
	afterEach(() => {
		speakWith(fillIn);
	});

	it.each([
		[roles.map(role => pin(role)), roles.map(role => pin(role, 'b')), {}],
		[[pin('executable'), pin('entry')], [], {}],
		[
			[pin('executable')],
			[pin('executable'), pin('lockfile')],
			{ integrity: 'z', installScripts: true, gaps: ['unpinned'] },
		],
		[[pin('executable')], [{ ...pin('executable'), path: '/other' }], { source: { kind: 'npm', name: 'y' } }],
		[[], [], {}],
	])('what changed of what a server starts is said in German: %j', (before, after, more) => {
		const reason = supplyReason(compareSupply(supply(before), supply(after, more)));
		expect(reason).toMatch(/^supply-chain: \w/);
		expect(statusReasonText(reason)).not.toMatch(/supply-chain|\b(?:is|was|changed|it|its|of)\b/);
	});
	it.each([RESTED_BY_PERSON, REVOKED_BY_PERSON, REVIEWED_EARLIER, PROBED])('%s', reason => {
		expect(statusReasonText(reason)).not.toMatch(/\b(?:by|there|it)\b/);
	});
	it('what an import writes of a new server, and of one that its publisher revoked', () => {
		const publisher = { name: 'ops', key: 'AAAA' };
		const there = {
			createdAt: '2026-11-21T10:00:00.000Z',
			publisher,
			entries: [aServerEntry({ status: 'revoked' })],
		};
		const reasons = [[], [aServerEntry()]].map(
			here => importEntries(there, here, '/b').entries[0]?.statusReason ?? '',
		);
		const key = fingerprintOf(publisher.key).slice(0, 17);
		expect(reasons.map(statusReasonText)).toEqual([
			`von jemand anderem überprüft, mit dem Schlüssel ${key}`,
			`dort gesperrt: von jemand anderem überprüft, mit dem Schlüssel ${key}`,
		]);
		speakWith(fillIn);
		expect(reasons.map(statusReasonText)).toEqual(reasons);
	});
	it('leaves alone what a person wrote', () => {
		speakWith(fillIn);
		expect(statusReasonText('the vendor asked us to; {0}')).toBe('the vendor asked us to; {0}');
	});
});

describe('what the trail keeps in English', () => {
	const words = identityWords({
		...{ state: 'DECLARED_PRINCIPAL', badge: 'failed', errors: ['SERVER_BADGE_INVALID'], blocked: true },
		cause: 'BADGE_EXPIRED',
	}).words;
	/** All that there are: codes.test.ts holds our types to them. */
	const codes = vectors<{
		readonly rfc002: { readonly errors: readonly string[] };
		readonly rfc007: { readonly error_spec: readonly string[]; readonly error_core_only: readonly string[] };
	}>('codes');
	it.each([
		AUTHORITY_WORDS.identity(words),
		AUTHORITY_WORDS.identity(NOBODY_LOOKED),
		AUTHORITY_WORDS.deniedTool('policy.yaml:3'),
		AUTHORITY_WORDS.otherTool('policy.yaml:3'),
		AUTHORITY_WORDS.badge('policy.yaml:3', words),
		AUTHORITY_WORDS.level('Domain Validated (2)', 'policy.yaml:3', words),
		AUTHORITY_WORDS.service('"no"'),
	])('is read back as the phrase that it was made from: %j', made => {
		expect(authorityPhrase(inEnglish(made))).toEqual(made);
	});
	it('is read back, whatever a server was found to be', () => {
		const texts = new Set<string>();
		const badges = codes.rfc002.errors.map(cause => ({ errors: ['SERVER_BADGE_INVALID'], cause }));
		const servers = [...codes.rfc007.error_spec, ...codes.rfc007.error_core_only].map(error => ({
			errors: [error],
		}));
		const failures = [{ errors: [] }, ...servers, ...badges];
		const principals = [
			...[true, false].flatMap(blocked => failures.map(each => ({ ...each, badge: 'failed', blocked }))),
			...(['VERIFIED_PRINCIPAL', 'DECLARED_PRINCIPAL', 'UNVERIFIED_ORIGIN'] as const).map(state => ({ state })),
			...[{ state: 'VERIFIED_PRINCIPAL', level: '2' }, { pending: true }],
		];
		for (const principal of principals) {
			const none = { state: 'DECLARED_PRINCIPAL', badge: 'absent', errors: [] };
			const found = identityWords({ ...none, ...principal } as never).words;
			const made = AUTHORITY_WORDS.identity(found);
			expect(authorityPhrase(inEnglish(made))).toEqual(made);
			[found, ...found.args].forEach(each => texts.add(typeof each === 'object' ? each.text : ''));
		}
		expect([...IDENTITY_TEXTS].filter(text => !texts.has(text))).toEqual([NOBODY_LOOKED.text]);
	});
	it('cannot have been made from two texts, so their order does not matter', () => {
		const twice = IDENTITY_TEXTS.filter(
			text => IDENTITY_TEXTS.filter(each => readPhrase(fillIn(text, 'x'), [each]) !== undefined).length !== 1,
		);
		expect(twice).toEqual([]);
	});
	it('is left as it is where it is none of ours, and what a service says is never translated', () => {
		expect(authorityPhrase('Anything (else).')).toEqual(verbatim('Anything (else).'));
		expect(authorityPhrase('The decision service says: none.').args).toEqual(['none']);
		expect(readPhrase('a{0}b', ['{0}c'])).toBeUndefined();
		expect(inEnglish(verbatim('{1}{0}'))).toBe('{1}{0}');
		const long = `The server's identity: ${'x'.repeat(5_000)}.`;
		expect(authorityPhrase(long)).toEqual(verbatim(long));
	});
});
