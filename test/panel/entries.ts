import { type AuditEntry } from '../../src/domain/audit/auditRecord';
import { findingCounts } from '../../src/domain/audit/findingCounts';
import { type Finding } from '../../src/domain/inspection/finding';
import { type AuditFilter, type AuditRow, NO_FACETS } from '../../src/domain/audit/auditFilter';
import { type PanelMessage, type PanelRequest } from '../../src/shared/panelProtocol';

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
	{ id: 'a1'.repeat(32), name: 'filesystem' },
	{ id: 'b2'.repeat(32), name: 'github' },
	{ id: 'c3'.repeat(32), name: 'postgres' },
	{ id: 'd4'.repeat(32), name: 'fetch' },
];

type Shape = Partial<AuditEntry> & { readonly on: number };

const rule = (id: string, line: number) => ({ id, file: FILE, line });
const latency = (upstream: number, approval = 0) => ({ decide: 0.4, approval, upstream, screen: 1.2 });

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
		session: '0199a3c2-77f0-7d11-9f3e-5c2b8e61a004',
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
	private verified: 'unknown' | 'valid' | 'broken' = 'unknown';

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
				const found = this.entries.filter(entry => matches(entry, request.filter)).reverse();
				const distinct = (values: readonly (string | undefined)[]) =>
					[...new Set(values.filter(value => value !== undefined))].sort();
				return {
					kind: 'page',
					query: request.query,
					offset: request.offset,
					total: found.length,
					rows: found.slice(request.offset, request.offset + request.limit).map(toRow),
					facets: {
						...NO_FACETS,
						server: distinct(this.entries.map(entry => entry.server?.name)),
						tool: distinct(this.entries.map(entry => entry.tool)),
						verdict: distinct(this.entries.flatMap(entry => [entry.verdict?.effect, entry.outcome])),
					},
				};
			}
			case 'open': {
				const entry = this.entries.find(each => each.id === request.id);
				return entry === undefined
					? { kind: 'failed', why: 'This entry is not in the trail.', request: 'open' }
					: { kind: 'entry', entry, chain: this.chain(), ...countsOf(entry) };
			}
			case 'verify':
				this.verified = this.broken ? 'broken' : 'valid';
				return { kind: 'chain', chain: this.chain() };
			case 'why':
			case 'suppress':
			case 'withheld':
				return undefined;
			default:
				return undefined;
		}
	}

	private chain() {
		const state = this.verified;
		const detail = state === 'broken' ? 'trail-2f.ndjson line 812: hash does not match the entry' : '';
		return { state, detail, entries: this.entries.length };
	}
}

function matches(entry: AuditEntry, filter: AuditFilter): boolean {
	return (
		(filter.server === undefined || entry.server?.name === filter.server) &&
		(filter.tool === undefined || entry.tool === filter.tool) &&
		(filter.verdict === undefined ||
			entry.verdict?.effect === filter.verdict ||
			entry.outcome === filter.verdict) &&
		(filter.findings === undefined || findingCounts(entry) !== undefined) &&
		(filter.text === undefined || JSON.stringify(entry).toLowerCase().includes(filter.text.toLowerCase()))
	);
}
