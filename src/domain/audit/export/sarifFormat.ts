import { sha256Hex } from '../../../base/digest';
import { type JsonObject } from '../../../base/json';
import { type Finding } from '../../inspection/finding';
import { type AuditEntry } from '../auditRecord';
import { type ExportItem, textOr, type TrailWriter } from './trailFormat';

/** What SARIF readers check a file against (SARIF 2.1.0, OASIS Standard). */
const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** Rules that one file describes; results of further ones, which only a forger has, name theirs by id alone. */
const MAX_RULES = 5_000;

const LEVELS: Readonly<Record<string, string>> = { high: 'error', medium: 'warning', low: 'note' };

/**
 * What inspection found, as SARIF 2.1.0: one run, one result for each finding, in one JSON text. The results come first, since
 * which rules there are is known at the end. What a suppression of the policy made milder is marked as suppressed.
 */
export function sarifFormat(): TrailWriter {
	const rules = new Map<string, JsonObject>();
	const indexes = new Map<string, number>();
	let results = 0;

	function resultOf(entry: AuditEntry, finding: Finding): JsonObject {
		const id = textOr(finding.rule, 'unknown');
		if (!rules.has(id) && rules.size < MAX_RULES) {
			indexes.set(id, rules.size);
			rules.set(id, ruleOf(id, finding));
		}
		const ruleIndex = indexes.get(id);
		return { ruleId: id, ...(ruleIndex !== undefined && { ruleIndex }), ...resultBody(entry, finding, id) };
	}

	return {
		begin: () => `{"$schema":${JSON.stringify(SCHEMA)},"version":"2.1.0","runs":[{"results":[`,
		add: item =>
			findingsOf(item)
				.map(finding => `${results++ === 0 ? '' : ','}\n${JSON.stringify(resultOf(item.entry, finding))}`)
				.join(''),
		end: () => {
			const driver = {
				name: 'MCP Firewall',
				informationUri: 'https://modelcontextprotocol.io/',
				rules: [...rules.values()],
			};
			return `\n],"columnKind":"utf16CodeUnits","tool":${JSON.stringify({ driver })}}]}\n`;
		},
	};
}

/** Those of the outcome; those of the verdict where the outcome has none. */
function findingsOf({ entries }: ExportItem): readonly Finding[] {
	return entries.findLast(({ findings }) => findings !== undefined)?.findings ?? [];
}

function ruleOf(id: string, { kind, family, severity, advice }: Finding): JsonObject {
	const what = [kind, family].filter(part => typeof part === 'string').join(': ') || 'finding';
	const help = textOr(advice, 'Look at the entry of the audit trail.');
	return {
		id,
		shortDescription: { text: what },
		help: { text: help },
		defaultConfiguration: { level: LEVELS[severity] ?? 'warning' },
		properties: { tags: ['mcp', textOr(kind, 'finding')] },
	};
}

function resultBody(entry: AuditEntry, finding: Finding, rule: string): JsonObject {
	const server = textOr(entry.server?.name, 'unknown server');
	const place = textOr(entry.tool ?? entry.method, entry.kind);
	const pointer = textOr(finding.pointer, '');
	const suppressed = entry.suppressed?.find(each => each.rule === rule);
	return {
		level: LEVELS[finding.severity] ?? 'warning',
		message: {
			text: `${textOr(finding.advice, rule)} Seen in ${place} of ${server}${pointer && ` at ${pointer}`}.`,
		},
		locations: [
			{
				physicalLocation: {
					artifactLocation: { uri: `mcp-firewall:/entries/${encodeURIComponent(entry.id)}` },
					...regionOf(finding),
				},
				logicalLocations: [
					{ name: place, fullyQualifiedName: `${server}/${place}${pointer}`, kind: 'function' },
				],
			},
		],
		// The same thing seen again in the same place of the same tool is the same alert.
		partialFingerprints: {
			'mcpFirewallFinding/v1': sha256Hex(
				JSON.stringify([textOr(entry.server?.id, server), place, rule, pointer]),
			),
		},
		...(suppressed !== undefined && {
			suppressions: [{ kind: 'external', justification: textOr(suppressed.reason, '') }],
		}),
		properties: {
			entry: entry.id,
			at: entry.at,
			outcome: entry.outcome,
			...(entry.session !== undefined && { session: entry.session }),
			...(typeof finding.score === 'number' && { score: finding.score }),
		},
	};
}

/** Where it stands in the text at the pointer (SARIF §3.30: offsets count from 0). */
function regionOf(finding: Finding): JsonObject {
	const { start, end }: Partial<Finding['span']> = spanOf(finding) ?? {};
	return isOffset(start) && isOffset(end) && end >= start
		? { region: { charOffset: start, charLength: end - start } }
		: {};
}

/** A forger may leave it out. */
function spanOf({ span }: Partial<Finding>): Finding['span'] | undefined {
	return span;
}

function isOffset(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}
