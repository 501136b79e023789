import { printable } from '../../../base/printable';
import { type AuditEntry } from '../auditRecord';
import { findingCounts } from '../findingCounts';
import { labelsOf } from '../matchesFilter';
import { cellText, type TrailWriter } from './trailFormat';

/** The columns, in their order, each with what stands in it. Lists are JSON arrays, times ISO 8601 in UTC, spans milliseconds. */
export const CSV_COLUMNS: readonly (readonly [name: string, of: (entry: AuditEntry) => unknown])[] = [
	['at', entry => entry.at],
	['id', entry => entry.id],
	['kind', entry => entry.kind],
	['outcome', entry => entry.outcome],
	['event', entry => entry.event],
	['call_id', entry => entry.callId],
	['session', entry => entry.session],
	['agent', entry => entry.client?.name],
	['agent_version', entry => entry.client?.version],
	['server', entry => entry.server?.name],
	['server_id', entry => entry.server?.id],
	['server_version', entry => entry.server?.version],
	['server_source', entry => entry.server?.source],
	['registry_revision', entry => entry.server?.revision],
	['review', entry => entry.server?.review],
	['auth_method', entry => entry.auth?.method],
	['auth_result', entry => entry.auth?.result],
	['tool_pin', entry => entry.pin],
	['from', entry => entry.from],
	['method', entry => entry.method],
	['tool', entry => entry.tool],
	['capability', entry => entry.capability],
	['verdict', entry => entry.verdict?.effect],
	['reason', entry => entry.verdict?.reason],
	['rule', entry => entry.verdict?.rule?.id],
	['rule_file', entry => entry.verdict?.rule?.file],
	['rule_line', entry => entry.verdict?.rule?.line],
	['observed', entry => entry.verdict?.observed],
	['policy_digest', entry => entry.policyDigest],
	['approval', entry => entry.approval?.outcome],
	['approval_ms', entry => entry.approval?.waitedMs],
	['grant', entry => entry.approval?.grantId],
	['paths', entry => entry.paths],
	['arguments', entry => entry.arguments],
	['arguments_digest', entry => entry.digest],
	['arguments_digest_received', entry => entry.received],
	['arguments_mac', entry => entry.argumentsMac],
	['params_hash', entry => entry.paramsHash],
	['held_back', entry => entry.narrowed],
	['credentials', entry => entry.credentials],
	['labels', listOf(labelsOf)],
	['finding_rules', listOf(({ findings = [] }) => [...new Set(findings.map(({ rule }) => rule))])],
	['findings', entry => findingCounts(entry)?.found],
	['worst_finding', entry => findingCounts(entry)?.worst],
	['response_digest', entry => entry.response?.digest],
	['response_bytes', entry => entry.response?.bytes],
	['response_is_error', entry => entry.response?.isError],
	['schema_valid', entry => entry.schemaValid],
	['masked', entry => entry.masked],
	['touched', entry => entry.touched],
	['decide_ms', entry => entry.latency?.decide],
	['upstream_ms', entry => entry.latency?.upstream],
	['screen_ms', entry => entry.latency?.screen],
	['write_ms', entry => entry.latency?.write],
	['actor', entry => entry.actor],
	['before', entry => entry.before],
	['after', entry => entry.after],
	['traceparent', entry => entry.traceparent],
	['detail', entry => entry.detail],
	['seq', entry => entry.seq],
	['hash', entry => entry.hash],
];

/**
 * RFC 4180, with a header line and CRLF. A cell is defused where a spreadsheet would take it for a formula, by an apostrophe
 * before it (also behind a semicolon), and control, bidirectional and invisible characters are spelt `\uXXXX` (AUD-12), so each record is one line.
 */
export function csvFormat(): TrailWriter {
	return {
		begin: () => row(CSV_COLUMNS.map(([name]) => name)),
		add: ({ entry }) => row(CSV_COLUMNS.map(([, of]) => cellText(of(entry)))),
		end: () => '',
	};
}

/** What a spreadsheet begins a formula with, or skips before one; the wide forms count in some locales. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** The same where a spreadsheet of a locale that divides by semicolons begins a cell; quotes do not hold it together there. */
const FORMULA_BEHIND = /;(?="*[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

function row(cells: readonly string[]): string {
	return `${cells.map(cell).join(',')}\r\n`;
}

function cell(text: string): string {
	const defused = printable((FORMULA.test(text) ? `'${text}` : text).replace(FORMULA_BEHIND, ";'"));
	return /[",]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}

/** An empty list is an empty cell. */
function listOf(of: (entry: AuditEntry) => readonly string[]): (entry: AuditEntry) => unknown {
	return entry => {
		const list = of(entry);
		return list.length === 0 ? undefined : list;
	};
}
