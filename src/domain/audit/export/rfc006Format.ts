import { hexToBytes } from '@noble/hashes/utils.js';
import { toBase64Url } from '../../../base/base64Url';
import { type JsonObject } from '../../../base/json';
import { isAllowed } from '../../approval/approval';
import { TOOL_CODES } from '../../identity/toolCodes';
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
	const tool = plain(entry.tool);
	if (tool === undefined || (entry.kind !== 'call' && entry.kind !== 'verdict')) {
		return undefined;
	}
	const decided = decisionOf(item);
	return {
		'event.name': 'capiscio.tool_invocation',
		...callerOf(entry),
		'capiscio.target': tool,
		'capiscio.policy_version': policyVersion(entry.policyDigest),
		'capiscio.decision': decided === 'ALLOW' ? 'ALLOW' : 'DENY',
		...(decided !== 'ALLOW' && { 'capiscio.deny_reason': denyReason(entry, decided) }),
		...withoutGaps({
			'capiscio.policy.decision_id': plain(entry.authority?.decisionId),
			'capiscio.tool.params_hash': plain(entry.paramsHash),
		}),
		id: entry.id,
		timestamp: entry.at,
		'mcp_firewall.outcome': entry.outcome,
		...withoutGaps({
			'mcp_firewall.enforcement': decided === 'ALLOW_OBSERVE' ? decided : undefined,
			'mcp_firewall.cause': plain(entry.authority?.cause),
			'mcp_firewall.override': plain(entry.authority?.override?.jti),
			'mcp_firewall.server': plain(entry.server?.name),
			...serverOf(entry),
			'mcp_firewall.client': plain(entry.client?.name),
			'mcp_firewall.session': plain(entry.session),
			'mcp_firewall.rule': plain(entry.verdict?.rule?.id),
		}),
	};
}

/**
 * Who called, as far as it is proven: by the badge that went with the call, of which only the id is known here. What a client
 * calls itself is no identity.
 */
function callerOf({ authority }: AuditEntry): JsonObject {
	const jti = plain(authority?.callerBadge);
	if (jti === undefined) {
		return { 'capiscio.agent.did': 'anonymous', 'capiscio.auth.level': 'anonymous' };
	}
	const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(jti);
	return {
		'capiscio.agent.did': uuid
			? `urn:uuid:${jti}`
			: `urn:x-badge:${encodeURIComponent(jti.replace(/\p{Cs}/gu, '\ufffd'))}`,
		'capiscio.badge.jti': jti,
		'capiscio.auth.level': 'badge',
	};
}

/** What a server merely says of itself is not told as its DID. */
function serverOf({ principal }: AuditEntry): Readonly<Record<string, string | undefined>> {
	const verified = principal?.state === 'VERIFIED_PRINCIPAL';
	return {
		'mcp_firewall.server_state': plain(principal?.state),
		'mcp_firewall.server_did': verified ? plain(principal.did) : undefined,
		'mcp_firewall.server_trust_level': verified ? plain(principal.level) : undefined,
	};
}

function withoutGaps(members: Readonly<Record<string, string | undefined>>): JsonObject {
	return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** A text without tokens: of a badge its id alone may be told (RFC-002 §9.2), and names are attacker-controlled. */
function plain(value: unknown): string | undefined {
	return textOr(value, undefined)
		?.replace(/eyJ[A-Za-z0-9_.-]*/g, '[token]')
		.replace(/(?<![A-Za-z0-9_-])(?:eyA|ew[0ko])[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, '[token]');
}

/**
 * `ALLOW_OBSERVE`: it would have been denied, and a mode that only observes let it pass. That is never told as ALLOW (RFC-005; identity.md
 * §2.4): the record says DENY, as was decided, and beside it that the call went on.
 */
function decisionOf(item: ExportItem): 'ALLOW' | 'ALLOW_OBSERVE' | 'DENY' {
	const { authority, verdict } = item.entry;
	if (!wasLetThrough(item)) {
		return 'DENY';
	}
	return authority?.observed === true || verdict?.observed === 'deny' ? 'ALLOW_OBSERVE' : 'ALLOW';
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
	return verdict.effect === 'allow' || approval?.outcome === 'grant' || isAllowed(approval?.outcome);
}

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

const CODES: ReadonlySet<string> = new Set(Object.values(TOOL_CODES));

/** What mode `observe` let pass is no reason for what ended the call otherwise. */
function denyReason({ verdict, detail, authority }: AuditEntry, decided: 'ALLOW_OBSERVE' | 'DENY'): string {
	const code = authority?.observed === true && decided === 'DENY' ? undefined : textOr(authority?.code, undefined);
	if (code !== undefined && CODES.has(code)) {
		return code;
	}
	const reason = textOr(detail ?? verdict?.reason, undefined);
	const known = reason === undefined ? undefined : DENY_REASONS.find(([of]) => of.test(reason))?.[1];
	return known ?? (verdict === undefined ? 'UNSPECIFIED' : 'TOOL_POLICY_DENIED');
}
