import { type AuditFilter } from '../domain/audit/auditFilter';
import { type SqlCell } from './sqlite';

/** The last time that something of a server was used. Names are attacker-controlled. */
export interface AuditUse {
	/** The name of the server. */
	readonly server: string;
	readonly kind: 'tool' | 'prompt' | 'resource';
	readonly name: string;
	/** Milliseconds since 1970. */
	readonly at: number;
	readonly entryId: string;
}

/**
 * `time` is the latest time up to this entry in its file. `callId` is set for verdicts only; they are `shown` while the
 * entry that they announce is missing. `found`: inspection saw something. `folded` is the lower-case body where SQLite's own folding (ASCII) falls short.
 */
export const indexSchema = `
	CREATE TABLE entry (
		file INTEGER NOT NULL, seq INTEGER NOT NULL, time INTEGER NOT NULL, id TEXT NOT NULL, callId TEXT,
		outcome TEXT NOT NULL, effect TEXT, server TEXT, tool TEXT, shown INTEGER NOT NULL, found INTEGER NOT NULL,
		prev TEXT NOT NULL, hash TEXT NOT NULL, body TEXT NOT NULL, folded TEXT
	);
	CREATE INDEX newest ON entry (shown, time, file, seq);
	CREATE INDEX byId ON entry (id);
	CREATE INDEX announced ON entry (callId) WHERE callId IS NOT NULL;
	CREATE INDEX byFile ON entry (file);
`;

/**
 * The newest entry of each tool that was called, and of each prompt and resource that was got; what was refused is no use.
 * SQLite takes the other columns from the row that holds the greatest time (lang_select, "bare columns").
 */
export const lastUsesQuery = `
	SELECT server, 'tool', tool, max(time), id FROM entry
		WHERE shown = 1 AND outcome <> 'refused' AND tool IS NOT NULL AND server IS NOT NULL GROUP BY server, tool
	UNION ALL SELECT server, 'prompt', json_extract(body, '$.arguments.name') AS name, max(time), id FROM entry
		WHERE shown = 1 AND outcome <> 'refused' AND server IS NOT NULL
		AND instr(body, '"method":"prompts/get"') > 0 AND json_extract(body, '$.method') = 'prompts/get'
		AND name IS NOT NULL GROUP BY server, name
	UNION ALL SELECT server, 'resource', json_extract(body, '$.arguments.uri') AS name, max(time), id FROM entry
		WHERE shown = 1 AND outcome <> 'refused' AND server IS NOT NULL
		AND instr(body, '"method":"resources/read"') > 0 AND json_extract(body, '$.method') = 'resources/read'
		AND name IS NOT NULL GROUP BY server, name
`;

/** The condition of a filter; text of the filter is bound, and searched without wildcards. */
export function whereOf(filter: AuditFilter): { readonly sql: string; readonly values: readonly SqlCell[] } {
	const terms = ['shown = 1'];
	const values: SqlCell[] = [];
	const add = (term: string, ...bound: readonly string[]) => {
		terms.push(term);
		values.push(...bound);
	};
	if (filter.server) {
		add('server = ?', filter.server);
	}
	if (filter.tool) {
		add('tool = ?', filter.tool);
	}
	if (filter.verdict) {
		add('(effect = ? OR outcome = ?)', filter.verdict, filter.verdict);
	}
	if (filter.findings) {
		add('found = 1');
	}
	if (filter.text) {
		// Entries are JSON, so a quote or a newline that a person types stands there escaped.
		const plain = filter.text.toLowerCase();
		const escaped = JSON.stringify(plain).slice(1, -1);
		const needles = [...new Set([plain, escaped])];
		const terms = needles.map(() => 'instr(coalesce(folded, lower(body)), ?) > 0');
		add(`(${terms.join(' OR ')})`, ...needles);
	}
	return { sql: terms.join(' AND '), values };
}
