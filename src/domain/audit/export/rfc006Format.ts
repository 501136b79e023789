import { hexToBytes } from '@noble/hashes/utils.js';
import { toBase64Url } from '../../../base/base64Url';
import { type JsonObject } from '../../../base/json';
import { type AuditEntry } from '../auditRecord';
import { type ExportItem, textOr, type TrailWriter } from './trailFormat';

/**
 * RFC-006 evidence records (schema `capiscio:rfc-006:tool-invocation:v0.4`; identity.md §2.5), one JSON text a line, one for each
 * call of a tool. INVARIANT: no argument, no answer and no credential is in them, of arguments their hash at most. Members
 * besides those of the schema are `id`, `timestamp` and `mcp_firewall.*`.
 */
export function rfc006Format(): TrailWriter {
	return {
		begin: () => '',
		add: item => {
			const record = evidenceRecord(item);
			return record === undefined ? '' : `${JSON.stringify(record)}\n`;
		},
		end: () => '',
	};
}

/** The evidence record of a call; undefined for entries of no tool. */
function evidenceRecord(item: ExportItem): JsonObject | undefined {
	const { entry } = item;
	const tool = textOr(entry.tool, undefined);
	if (tool === undefined || (entry.kind !== 'call' && entry.kind !== 'verdict')) {
		return undefined;
	}
	const passed = wasLetThrough(item);
	const { session, verdict, client } = entry;
	const server = textOr(entry.server?.name, undefined);
	const agent = textOr(client?.name, undefined);
	const rule = textOr(verdict?.rule?.id, undefined);
	return {
		'event.name': 'capiscio.tool_invocation',
		// What a client calls itself is no identity: nothing proves it.
		'capiscio.agent.did': 'anonymous',
		'capiscio.auth.level': 'anonymous',
		'capiscio.target': tool,
		'capiscio.policy_version': policyVersion(entry.policyDigest),
		'capiscio.decision': passed ? 'ALLOW' : 'DENY',
		...(!passed && { 'capiscio.deny_reason': denyReason(entry) }),
		...(entry.paramsHash !== undefined && { 'capiscio.tool.params_hash': entry.paramsHash }),
		id: entry.id,
		timestamp: entry.at,
		'mcp_firewall.outcome': entry.outcome,
		...(server !== undefined && { 'mcp_firewall.server': server }),
		...(agent !== undefined && { 'mcp_firewall.client': agent }),
		...(session !== undefined && { 'mcp_firewall.session': session }),
		...(rule !== undefined && { 'mcp_firewall.rule': rule }),
	};
}

/** True when the call was let go to its server; what became of it there, and of its answer, is no matter here. */
function wasLetThrough({ entry: { outcome, verdict, approval }, entries }: ExportItem): boolean {
	// A verdict is written only before a call is handed on: one that was cut off afterwards had been let go.
	if (entries.some(({ kind }) => kind === 'verdict')) {
		return true;
	}
	if (verdict === undefined || verdict.effect === 'deny' || outcome === 'refused') {
		return false;
	}
	return verdict.effect === 'allow' || LETTING.has(approval?.outcome);
}

const LETTING: ReadonlySet<string | undefined> = new Set([
	'allowed-once',
	'allowed-session',
	'allowed-workspace',
	'grant',
]);

/** `sha256:` and base64url of the policy's digest (identity.md §2.8); a text that cannot be one where no policy was in force. */
function policyVersion(digest: string | undefined): string {
	return digest !== undefined && /^[0-9a-f]{64}$/.test(digest) ? `sha256:${toBase64Url(hexToBytes(digest))}` : 'none';
}

/** Reason codes of ours and the code of RFC-006 that says the same (identity.md §2.9). */
const DENY_REASONS: readonly (readonly [of: RegExp, code: string])[] = [
	[/^tool_(?:not_listed|not_reviewed)$|^server_not_approved$/, 'TOOL_NOT_FOUND'],
	[/^trust_too_low$/, 'TOOL_TRUST_INSUFFICIENT'],
	[
		/^(?:emergency_stop|internal_error|trail_unwritable|answer_unrecorded|arguments_unjudgeable|changed_while_waiting|input_\w+)$/,
		'UNSPECIFIED',
	],
	[/^(?:server|tool)_\w+$|^supply_changed$|^surface_unknown$/, 'UNSPECIFIED'],
];

function denyReason({ verdict, detail }: AuditEntry): string {
	const reason = textOr(detail ?? verdict?.reason, undefined);
	const known = reason === undefined ? undefined : DENY_REASONS.find(([of]) => of.test(reason))?.[1];
	return known ?? (verdict === undefined ? 'UNSPECIFIED' : 'TOOL_POLICY_DENIED');
}
