import { type AuditRecord, type TouchedFile } from '../../src/domain/audit/auditRecord';
import { CLIENTS, type Dice, digestOf, type MadeServer, type MadeTool, RULES, WORDS, WORLD } from './madeWorld';

/** A record whose time is told as what passes before it, ms. */
export interface Step {
	readonly after: number;
	readonly record: Omit<AuditRecord, 'id' | 'at'> & { readonly id?: string };
}

const POLICY = digestOf('policy of the made world');
/** Digest of {@link MADE_CONTEXT}. */
const CONTEXT_DIGEST = digestOf('context of the made world');
/** Stands in the first entry of a segment that rests on it. */
export const MADE_CONTEXT: NonNullable<AuditRecord['context']> = {
	host: {
		workspaceFolders: ['/home/dev/project'],
		home: '/home/dev',
		platform: 'posix',
		caseInsensitivePaths: false,
	},
	prefixes: { 'filesystem.read': ['/home/dev/project'], 'filesystem.write': ['/home/dev/project/src'] },
};
const FINDING_RULES = ['override-instructions', 'hidden-unicode', 'exfiltrate-link'] as const;

/** What one session of 5 to 80 calls writes, in order, from the launch of its servers to their end. `now` only makes ids. */
export function* madeSession(dice: Dice, now: () => number): Generator<Step, void> {
	const session = dice.uuid(now());
	const client = dice.favour(CLIENTS);
	const servers = Array.from({ length: dice.whole(1, 3) }, () => dice.favour(WORLD));
	const common = { session, client };
	for (const { record: server, credentials } of servers) {
		yield lifecycle(dice, { event: 'upstream-started', server, session, actor: 'client' });
		if (credentials.length > 0) {
			yield lifecycle(dice, { event: 'credential-used', server, session, credentials, actor: 'firewall' });
		}
		yield {
			after: dice.whole(5, 80),
			record: {
				...{ ...common, kind: 'list', outcome: 'answered', server, from: 'client', method: 'tools/list' },
				response: { digest: dice.hex(64), bytes: dice.whole(2_000, 40_000), isError: false },
				policyDigest: POLICY,
			},
		};
	}
	const tainted = new Set<'secret' | 'untrusted'>();
	for (let left = dice.whole(5, 80); left > 0; left--) {
		const server = dice.pick(servers);
		// Bursts, as agents work: most calls follow at once.
		const after = dice.percent(92) ? dice.whole(40, 900) : dice.whole(4_000, 60_000);
		yield* madeCall(dice, now, { server, tool: dice.favour(server.tools), common, tainted, after });
		if (dice.percent(0.6)) {
			yield occasional(dice, server);
		}
	}
	for (const { record: server } of servers) {
		yield lifecycle(dice, { event: 'upstream-ended', server, session, actor: 'client' });
	}
}

interface CallParts {
	readonly server: MadeServer;
	readonly tool: MadeTool;
	readonly common: Required<Pick<AuditRecord, 'session' | 'client'>>;
	readonly tainted: Set<'secret' | 'untrusted'>;
	readonly after: number;
}

function* madeCall(dice: Dice, now: () => number, parts: CallParts): Generator<Step, void> {
	const { server, tool, common, tainted } = parts;
	const id = dice.uuid(now() + parts.after);
	const harmless = /\.(?:read|list|search|get)$/.test(tool.capability);
	const effect = dice.percent(harmless ? 96 : 35) ? 'allow' : dice.percent(70) ? 'require_approval' : 'deny';
	const rule = { id: dice.favour(RULES[effect]), file: '/home/dev/project/.vscode/mcp-firewall.yaml' };
	const said = madeArguments(dice, tool);
	const what = {
		...{ ...common, server: server.record, from: 'client', method: 'tools/call', tool: tool.name },
		...{ capability: tool.capability, pin: tool.pin, policyDigest: POLICY, digest: dice.hex(64) },
		...{ arguments: said.arguments, ...(said.paths && { paths: said.paths }) },
		argumentsMac: `hmac-sha256:${Buffer.from(dice.hex(64), 'hex').toString('base64url')}`,
		...(server.credentials.length > 0 && { credentials: server.credentials }),
		auth: { method: 'file-digest', result: 'ok', at: new Date(now() - 1_000).toISOString() },
		verdict: {
			effect,
			reason: effect === 'deny' ? 'policy_deny' : effect === 'allow' ? 'policy_allow' : 'policy_require_approval',
			rule: { ...rule, line: 4 + rule.id.length },
		},
		...(dice.percent(40) && { traceparent: `00-${dice.hex(32)}-${dice.hex(16)}-01` }),
	} as const satisfies Partial<AuditRecord>;
	const facts = { context: CONTEXT_DIGEST, by: 'reviewed', ...(tainted.size > 0 && { labels: [...tainted] }) };
	const decide = dice.whole(2, 40) / 10;
	if (effect === 'deny') {
		const latency = { decide, approval: 0, upstream: 0, screen: 0, write: 0 };
		yield {
			after: parts.after,
			record: { ...what, id, kind: 'call', outcome: 'refused', facts, latency, detail: `refused by ${rule.id}` },
		};
		return;
	}
	let approval: AuditRecord['approval'];
	if (effect === 'require_approval') {
		const { session } = common;
		yield lifecycle(dice, { event: 'approval-shown', callId: id, server: server.record, session });
		const waitedMs = dice.whole(900, 45_000);
		approval = { outcome: dice.favour(['allowed-once', 'allowed-session', 'denied', 'timeout']), waitedMs };
		const answer = { event: 'approval-answered', callId: id, actor: 'person', detail: approval.outcome } as const;
		yield { ...lifecycle(dice, { ...answer, server: server.record, session }), after: waitedMs };
	}
	if (approval?.outcome === 'denied' || approval?.outcome === 'timeout') {
		const latency = { decide, approval: approval.waitedMs, upstream: 0, screen: 0, write: 0 };
		yield { after: 1, record: { ...what, id, kind: 'call', outcome: 'refused', facts, approval, latency } };
		return;
	}
	const shared = { ...what, ...(approval && { approval }) };
	yield { after: parts.after, record: { ...shared, kind: 'verdict', outcome: 'pending', callId: id, facts } };
	yield { after: dice.whole(3, 900), record: { ...shared, id, ...madeEnd(dice, parts, said.paths, decide) } };
}

/** How a call that was handed on came back. */
function madeEnd(
	dice: Dice,
	{ server, tool, tainted }: CallParts,
	paths: readonly string[] | undefined,
	decide: number,
): Pick<AuditRecord, 'kind' | 'outcome'> & Partial<AuditRecord> {
	const found = server.outside && dice.percent(6);
	const isError = dice.percent(4);
	const secret = dice.percent(1.5);
	if (server.outside) {
		tainted.add('untrusted');
	}
	if (secret) {
		tainted.add('secret');
	}
	const latency = { approval: 0, upstream: dice.whole(20, 9_000) / 10, screen: dice.whole(1, 60) / 10, write: 0.1 };
	const labels = [
		...(server.outside ? ['untrusted', `source:${server.record.name}`] : []),
		...(secret ? ['secret'] : []),
	];
	return {
		kind: 'call',
		outcome: found ? dice.favour(['quarantined', 'withheld'] as const) : dice.percent(1) ? 'failed' : 'answered',
		response: { digest: dice.hex(64), bytes: dice.whole(40, 60_000), isError },
		latency: { decide, ...latency },
		schemaValid: !dice.percent(0.5),
		...(labels.length > 0 && { labels }),
		...(secret && { masked: 1 }),
		...(found && madeFinding(dice)),
		...(/\.(?:write|create|update|delete)$/.test(tool.capability) && paths && { touched: paths.map(touch(dice)) }),
	};
}

function madeFinding(dice: Dice): Pick<AuditRecord, 'findings' | 'screened'> {
	const start = dice.whole(0, 900);
	const found = {
		...{
			kind: 'instruction-shaped' as const,
			rule: dice.favour(FINDING_RULES),
			severity: dice.pick(['medium', 'high'] as const),
		},
		...{ pointer: '/content/0/text', span: { start, end: start + 60 }, family: 'override', score: 0.93 },
		advice: 'The text addresses the model and asks it to drop its task.',
	} as const;
	return { findings: [found], screened: { effect: 'quote', rule: 'quarantine-instructions' } };
}

function touch(dice: Dice): (path: string) => TouchedFile {
	return path => ({ path, before: dice.percent(30) ? 'absent' : dice.hex(64), after: dice.hex(64) });
}

function madeArguments(dice: Dice, tool: MadeTool) {
	const words = Array.from({ length: dice.whole(3, 24) }, () => dice.pick(WORDS)).join(' ');
	if (tool.capability.startsWith('filesystem.')) {
		const path = `/home/dev/project/src/${dice.pick(WORDS)}/${dice.pick(WORDS)}.ts`;
		return { arguments: { path, ...(/write|create|update/.test(tool.name) && { content: words }) }, paths: [path] };
	}
	return { arguments: { query: words, limit: dice.whole(1, 100), ...(dice.percent(30) && { dryRun: true }) } };
}

function occasional(dice: Dice, { record: server }: MadeServer): Step {
	const before = dice.hex(64);
	return dice.pick([
		lifecycle(dice, { event: 'server-drifted', server, before, after: dice.hex(64), actor: 'server' }),
		lifecycle(dice, { event: 'server-reviewed', server, before, after: dice.hex(64), actor: 'person' }),
		lifecycle(dice, { event: 'policy-loaded', policyDigest: POLICY, after: POLICY, actor: 'person' }),
		lifecycle(dice, { event: 'grant-made', server, actor: 'person', detail: 'for this workspace, 30 days' }),
		lifecycle(dice, { event: 'list-changed', server, actor: 'server' }),
	]);
}

function lifecycle(dice: Dice, record: Partial<AuditRecord>): Step {
	return { after: dice.whole(1, 40), record: { ...record, kind: 'lifecycle', outcome: 'noted' } };
}
