import { type AuditEntry } from '../../src/domain/audit/auditRecord';
import { findingCounts } from '../../src/domain/audit/findingCounts';
import { type Finding } from '../../src/domain/inspection/finding';
import {
	type AuditFacets,
	type AuditOverview,
	type AuditRow,
	NO_FACETS,
	type Ranked,
} from '../../src/domain/audit/auditFilter';
import { labelsOf, matchesFilter, rulesOf } from '../../src/domain/audit/matchesFilter';
import { type PanelChain, type PanelMessage, type PanelRequest } from '../../src/shared/panelProtocol';

/** A small deterministic generator (mulberry32), so that pictures and tests see the same trail every time. */
function random(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

const FILE = '/home/ana/shop/.mcp-firewall/policy.yaml';
const SERVERS = [
	{ id: 'a1'.repeat(32), name: 'filesystem', version: '2025.8.21', review: 'active' },
	{ id: 'b2'.repeat(32), name: 'github', version: '1.4.0', review: 'active' },
	{ id: 'c3'.repeat(32), name: 'postgres', version: '0.6.2', review: 'suspended' },
	{ id: 'd4'.repeat(32), name: 'fetch', review: 'unknown' },
].map(server => ({
	...server,
	revision: 7,
	source: `npm:@example/server-${server.name}`,
	protocolVersion: '2025-11-25',
}));

type Shape = Partial<AuditEntry> & { readonly on: number };

const rule = (id: string, line: number) => ({ id, file: FILE, line });
const latency = (upstream: number, approval = 0) => ({ decide: 0.4, approval, upstream, screen: 1.2, write: 0.3 });

const FINDING: Finding = {
	kind: 'instruction-shaped',
	rule: 'imperative-to-assistant',
	severity: 'high',
	pointer: '/content/0/text',
	span: { start: 812, end: 1004 },
	advice: 'The page addresses the assistant and asks it to run a command. Read it as quoted evidence.',
};

const SHAPES: readonly Shape[] = [
	{
		on: 0,
		tool: 'read_text_file',
		capability: 'filesystem.read',
		verdict: { effect: 'allow', reason: 'reads inside the workspace', rule: rule('allow[0]', 21) },
		arguments: { path: '/home/ana/shop/src/cart/total.ts', head: 200 },
		paths: ['/home/ana/shop/src/cart/total.ts'],
		labels: ['filesystem'],
		latency: latency(6),
	},
	{
		on: 0,
		tool: 'list_directory',
		capability: 'filesystem.read',
		verdict: { effect: 'allow', reason: 'reads inside the workspace', rule: rule('allow[0]', 21) },
		arguments: { path: '/home/ana/shop/src' },
		paths: ['/home/ana/shop/src'],
		latency: latency(3),
	},
	{
		on: 0,
		tool: 'write_file',
		capability: 'filesystem.write',
		verdict: { effect: 'require_approval', reason: 'writes ask first', rule: rule('ask-before-writing', 14) },
		approval: { outcome: 'allowed-once', waitedMs: 4210 },
		arguments: {
			path: '/home/ana/shop/src/cart/total.ts',
			content:
				'export function total(items: readonly Item[]): number {\n\treturn items.reduce((sum, item) => sum + item.price, 0);\n}\n',
		},
		paths: ['/home/ana/shop/src/cart/total.ts'],
		latency: latency(9, 4210),
	},
	{
		on: 0,
		outcome: 'refused',
		tool: 'write_file',
		capability: 'filesystem.write',
		verdict: { effect: 'require_approval', reason: 'writes ask first', rule: rule('ask-before-writing', 14) },
		approval: { outcome: 'denied', waitedMs: 2800 },
		arguments: { path: '/home/ana/shop/.env', content: 'STRIPE_KEY=[masked: stripe-key]' },
		paths: ['/home/ana/shop/.env'],
		labels: ['secret'],
		latency: latency(0, 2800),
	},
	{
		on: 0,
		outcome: 'refused',
		tool: 'read_text_file',
		capability: 'filesystem.read',
		verdict: { effect: 'deny', reason: 'policy_default_deny' },
		arguments: { path: '/etc/passwd' },
		paths: ['/etc/passwd'],
		latency: latency(0),
	},
	{
		on: 1,
		tool: 'search_issues',
		capability: 'network.request',
		verdict: { effect: 'allow', reason: 'policy_allow', rule: rule('allow[3]', 34) },
		arguments: { q: 'repo:shop/web is:open cart total', per_page: 20 },
		labels: ['untrusted', 'github'],
		latency: latency(412),
	},
	{
		on: 1,
		tool: 'create_pull_request',
		capability: 'network.write',
		verdict: {
			effect: 'require_approval',
			reason: 'policy_require_approval',
			rule: rule('require_approval[2]', 41),
		},
		approval: { outcome: 'grant', waitedMs: 0 },
		arguments: { owner: 'shop', repo: 'web', title: 'Sum the cart in cents', draft: true },
		latency: latency(931),
	},
	{
		on: 3,
		outcome: 'quarantined',
		tool: 'fetch',
		capability: 'network.request',
		verdict: { effect: 'allow', reason: 'policy_allow', rule: rule('allow[4]', 38) },
		arguments: { url: 'https://docs.example.org/install', max_length: 5000 },
		findings: [
			FINDING,
			{
				...FINDING,
				kind: 'hidden-text',
				rule: 'unicode-tags',
				severity: 'medium',
				span: { start: 2201, end: 2290 },
				advice: 'The text holds characters that a reader cannot see.',
			},
		],
		labels: ['untrusted', 'quarantined'],
		latency: latency(688),
	},
	{
		on: 3,
		outcome: 'withheld',
		tool: 'fetch',
		capability: 'network.request',
		verdict: { effect: 'allow', reason: 'policy_allow', rule: rule('allow[4]', 38) },
		arguments: { url: 'https://docs.example.org/setup', max_length: 5000 },
		findings: [FINDING],
		labels: ['untrusted', 'instruction-shaped'],
		latency: latency(688),
	},
	{
		on: 1,
		tool: 'get_file_contents',
		capability: 'network.request',
		verdict: { effect: 'allow', reason: 'policy_allow', rule: rule('allow[4]', 38) },
		arguments: { owner: 'shop', repo: 'web', path: 'AGENTS.md' },
		findings: [{ ...FINDING, severity: 'medium' }],
		suppressed: [{ rule: FINDING.rule, count: 1, reason: 'Our own agent instructions' }],
		masked: 2,
		labels: ['untrusted', 'secret'],
		latency: latency(310),
	},
	{
		on: 2,
		outcome: 'refused',
		tool: 'get_and_purge',
		capability: 'database.delete',
		verdict: { effect: 'deny', reason: 'destructive_operation', rule: rule('never-drop', 6) },
		arguments: { table: 'orders', where: '1=1' },
		latency: latency(0),
	},
	{
		on: 2,
		outcome: 'failed',
		tool: 'query',
		capability: 'database.read',
		verdict: { effect: 'allow', reason: 'policy_allow', rule: rule('allow[5]', 44) },
		arguments: { sql: 'select count(*) from orders' },
		detail: 'The server exited before it answered.',
		latency: latency(30_000),
	},
	{
		on: 3,
		outcome: 'refused',
		tool: 'fetch\u202Etxt.exe\u200B',
		capability: 'unknown',
		verdict: { effect: 'deny', reason: 'policy_default_deny' },
		arguments: {
			note: '<img src=x onerror=alert(1)> \u202Eevil\u202C \u{E0041}\u{E0042}',
			html: '<b>not bold</b>',
		},
		latency: latency(0),
	},
	{
		on: 2,
		tool: 'query',
		capability: 'database.read',
		verdict: { effect: 'allow', reason: 'observe mode', observed: 'deny', rule: rule('deny[2]', 12) },
		arguments: { sql: 'select email from customers' },
		labels: ['internal'],
		latency: latency(44),
	},
	{ on: 1, kind: 'list', method: 'tools/list', detail: '26 tools, 2 hidden' },
	{ on: 0, kind: 'message', outcome: 'passed', method: 'resources/read' },
	{ on: 0, kind: 'lifecycle', outcome: 'noted', event: 'policy-loaded', detail: 'balanced.yaml, 14 rules' },
	{ on: 3, kind: 'lifecycle', outcome: 'noted', event: 'server-drifted', detail: '1 tool changed its description' },
	{ on: 2, kind: 'lifecycle', outcome: 'noted', event: 'upstream-started', detail: 'process 48112' },
];

const AUTH = { method: 'file-digest', result: 'ok', at: '2026-11-28T09:00:00.000Z' } as const;

/** One session a server for every 200 entries. */
function sessionOf(server: number, seq: number): string {
	return `0199a3c2-77f0-7d11-9f3e-${String(server * 10_000 + Math.floor(seq / 200)).padStart(12, '0')}`;
}

/** A session that saw outside text early, and a secret later. */
function factsOf(seq: number): NonNullable<AuditEntry['facts']> {
	const at = seq % 200;
	return {
		context: '00'.repeat(32),
		by: 'reviewed',
		...(at > 40 && { labels: at > 120 ? (['untrusted', 'secret'] as const) : (['untrusted'] as const) }),
	};
}

/** One entry of a plausible trail. Hashes are filler: the panel does not compute any. */
export function makeEntry(seq: number, atMs: number): AuditEntry {
	const next = random(seq + 7);
	const weighted = next() < 0.55 ? Math.floor(next() * 7) : Math.floor(next() * SHAPES.length);
	const { on, ...shape } = SHAPES[weighted]!;
	const word = () =>
		Math.floor(next() * 2 ** 32)
			.toString(16)
			.padStart(8, '0');
	const hex = () => Array.from({ length: 8 }, word).join('');
	const answered = shape.outcome === undefined || shape.outcome === 'quarantined';
	return {
		id: `0199${hex().slice(0, 4)}-${hex().slice(0, 4)}-7${hex().slice(0, 3)}-8${hex().slice(0, 3)}-${String(seq).padStart(12, '0')}`,
		at: new Date(atMs).toISOString(),
		kind: 'call',
		outcome: 'answered',
		session: sessionOf(on, seq),
		client: { name: 'Visual Studio Code', version: '1.139.0' },
		server: SERVERS[on]!,
		from: 'client',
		method: 'tools/call',
		digest: hex(),
		policyDigest: '7f'.repeat(32),
		...(answered &&
			shape.tool !== undefined && {
				response: { digest: hex(), bytes: Math.floor(next() * 40_000), isError: false },
			}),
		...(shape.verdict && { facts: factsOf(seq), pin: hex(), auth: AUTH }),
		...shape,
		v: 2,
		seq,
		prev: hex(),
		hash: hex(),
	};
}

/** `count` entries, oldest first, the last one shortly before `nowMs`. */
export function makeEntries(count: number, nowMs: number): AuditEntry[] {
	return Array.from({ length: count }, (_, seq) => makeEntry(seq, nowMs - (count - seq) * 41_000));
}

/** What the list shows of an entry. */
export function toRow(entry: AuditEntry): AuditRow {
	const { id, at, kind, outcome, event, method, tool, capability, verdict, labels, detail, released } = entry;
	const always = { id, at, kind, outcome, serverName: entry.server?.name, approval: entry.approval?.outcome };
	return {
		...always,
		...(entry.session && { session: entry.session }),
		...(entry.client && { agent: entry.client.name }),
		...(event && { event }),
		...(method && { method }),
		...(tool && { tool }),
		...(capability && { capability }),
		...(verdict && { verdict }),
		...(labels && { labels }),
		...(detail && { detail }),
		...(released && { released }),
		...countsOf(entry),
	};
}

function countsOf(entry: AuditEntry): Pick<AuditRow, 'findings'> {
	const findings = findingCounts(entry);
	return findings === undefined ? {} : { findings };
}

/** Answers the panel as a host would, over a trail in memory. */
export class FakeHost {
	failing = false;
	broken = false;
	/** Older segments are still being looked through: a filter finds half. */
	older = false;
	/** Entries that no signature covers yet. */
	unsigned = 0;
	private verified: 'unknown' | 'valid' | 'broken' = 'unknown';
	private facets: { readonly of: number; readonly facets: AuditFacets } | undefined;

	constructor(readonly entries: AuditEntry[]) {}

	answer(request: PanelRequest): PanelMessage | undefined {
		if (this.failing) {
			return {
				kind: 'failed',
				why: 'The audit index could not be read: database disk image is malformed.',
				request: request.kind,
			};
		}
		switch (request.kind) {
			case 'query': {
				const all = this.found(request.filter).reverse();
				const found = this.older ? all.slice(0, Math.ceil(all.length / 2)) : all;
				return {
					kind: 'page',
					query: request.query,
					offset: request.offset,
					total: found.length,
					...(this.older && { more: true as const }),
					rows: found.slice(request.offset, request.offset + request.limit).map(toRow),
					facets: this.facetsNow(),
				};
			}
			case 'waiting':
				return { kind: 'waiting' };
			case 'answer':
			case 'details':
				return undefined;
			case 'overview':
				return { kind: 'overview', query: request.query, overview: overviewOf(this.found(request.filter)) };
			case 'session':
				return {
					kind: 'session',
					session: request.session,
					entries: this.found({ session: request.session }).flatMap(withQuestion),
				};
			case 'open': {
				const entry = this.entries.find(each => each.id === request.id);
				return entry === undefined
					? { kind: 'failed', why: 'This entry is not in the trail.', request: 'open' }
					: { kind: 'entry', entry, chain: this.chain(), ...countsOf(entry) };
			}
			case 'verify':
				this.verified = this.broken ? 'broken' : 'valid';
				return { kind: 'chain', chain: this.chain() };
			case 'cancel':
			case 'diff':
			case 'export':
			case 'link':
			case 'rule':
			case 'suppress':
			case 'why':
			case 'withheld':
				return undefined;
		}
	}

	private found(filter: Parameters<typeof matchesFilter>[1]): AuditEntry[] {
		const all = Object.keys(filter).length === 0;
		return all ? this.entries.slice() : this.entries.filter(entry => matchesFilter(entry, filter));
	}

	private facetsNow(): AuditFacets {
		if (this.facets?.of !== this.entries.length) {
			this.facets = { of: this.entries.length, facets: facetsOf(this.entries) };
		}
		return this.facets.facets;
	}

	private chain(): PanelChain {
		const state = this.verified;
		const detail = state === 'broken' ? 'trail-2f.ndjson line 812: hash does not match the entry' : '';
		const { unsigned } = this;
		return { state, detail, entries: this.entries.length, ...(unsigned > 0 && { unsigned }) };
	}
}

function facetsOf(entries: readonly AuditEntry[]): AuditFacets {
	const distinct = (of: (entry: AuditEntry) => readonly (string | undefined)[]) =>
		[...new Set(entries.flatMap(of).filter(value => value !== undefined))].sort();
	return {
		...NO_FACETS,
		server: distinct(entry => [entry.server?.name]),
		tool: distinct(entry => [entry.tool]),
		capability: distinct(entry => [entry.capability]),
		verdict: distinct(entry => [entry.verdict?.effect, entry.outcome]),
		rule: distinct(rulesOf),
		agent: distinct(entry => [entry.client?.name]),
		review: distinct(entry => [entry.server?.review]),
		version: distinct(entry => [entry.server?.version]),
		label: distinct(labelsOf),
	};
}

const BUCKETS = 60;

function overviewOf(found: readonly AuditEntry[]): AuditOverview {
	const times = found.map(({ at }) => Date.parse(at));
	const [first = 0, last = 0] = [times[0], times.at(-1)];
	const bucketMs = Math.max(1000, Math.ceil((last - first + 1) / BUCKETS));
	const counts = Array.from({ length: BUCKETS }, () => ({ allow: 0, require_approval: 0, deny: 0, none: 0 }));
	found.forEach((entry, at) => {
		const into = counts[Math.floor(((times[at] ?? first) - first) / bucketMs)];
		if (into !== undefined) {
			into[entry.verdict?.effect ?? 'none']++;
		}
	});
	const timeline = counts.map((each, at) => ({ from: new Date(first + at * bucketMs).toISOString(), counts: each }));
	const prompts = counts.map(() => ({ calls: 0, prompts: 0 }));
	found.forEach(({ kind, approval }, at) => {
		const into = prompts[Math.floor(((times[at] ?? first) - first) / bucketMs)];
		if (into !== undefined && kind === 'call') {
			into.calls++;
			into.prompts += approval !== undefined && approval.outcome !== 'grant' ? 1 : 0;
		}
	});
	const refused = found.filter(({ outcome }) => outcome === 'refused');
	return {
		total: found.length,
		timeline: found.length === 0 ? [] : timeline,
		bucketMs,
		prompts,
		top: {
			servers: ranked(found.map(({ server }) => server?.name)),
			tools: ranked(found.map(({ tool }) => tool)),
			rules: ranked(found.map(({ verdict }) => verdict?.rule?.id)),
			refusals: ranked(refused.map(({ verdict }) => verdict?.reason)),
		},
	};
}

function ranked(values: readonly (string | undefined)[]): readonly Ranked[] {
	const counts = new Map<string, number>();
	for (const value of values) {
		if (value !== undefined) {
			counts.set(value, (counts.get(value) ?? 0) + 1);
		}
	}
	return [...counts]
		.map(([value, count]) => ({ value, count }))
		.sort((a, b) => b.count - a.count)
		.slice(0, 10);
}

/** A call about which a person was asked, with the events of the question. */
function withQuestion(entry: AuditEntry): readonly AuditEntry[] {
	const { approval, id, seq, at, session, server } = entry;
	if (approval === undefined || approval.outcome === 'grant' || server === undefined || session === undefined) {
		return [entry];
	}
	const event = (name: 'approval-shown' | 'approval-answered'): AuditEntry => ({
		...{ id: `${id}-${name}`, at, kind: 'lifecycle', outcome: 'noted', event: name, callId: id, session, server },
		...{ v: 2, seq, prev: '', hash: '' },
	});
	return [event('approval-shown'), event('approval-answered'), entry];
}
