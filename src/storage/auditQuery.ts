import { type AuditFilter } from '../domain/audit/auditFilter';
import { ROW_KIND } from './indexRow';
import { type SqlCell } from './sqlite';
import { type Needle, needleOf } from './textSearch';

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

/** A filter as one database of the index is asked for it. */
export interface IndexQuery {
	/** The same for the same filter. */
	readonly key: string;
	/** The filter but its text. */
	readonly sql: string;
	readonly values: readonly SqlCell[];
	/** What the lines are searched for. */
	readonly needle?: Needle;
	/** The one member that the filter has, where it has no other. */
	readonly only?: { readonly member: keyof AuditFilter; readonly value: string };
	/** Nothing before it is asked for: milliseconds since 1970. */
	readonly from?: number;
	/** Nothing is asked for but that it is listed at all. */
	readonly all: boolean;
}

/** When something happened, whatever the order of the trail says. */
const AT = 'coalesce(at, time)';
const WORD = '(SELECT id FROM word WHERE value = ?)';
const IN_LIST = (column: string) =>
	`${column} IN (SELECT list.id FROM list, json_each(list.value) AS each WHERE each.value = ?)`;
const EVENT = ROW_KIND.lifecycle;

/** The condition of a filter; what it holds is bound, never spliced in. The same as `matchesFilter`. */
export function indexQuery(filter: AuditFilter): IndexQuery {
	const terms = ['shown = 1', `kind <> ${ROW_KIND.checkpoint}`];
	const values: SqlCell[] = [];
	const add = (term: string, ...bound: readonly SqlCell[]) => {
		terms.push(term);
		values.push(...bound);
	};
	const equal = ['server', 'tool', 'capability', 'agent', 'review', 'version', 'trust', 'session'] as const;
	for (const member of equal) {
		const wanted = filter[member];
		if (wanted !== undefined) {
			add(`${member} = ${WORD}`, wanted);
		}
	}
	if (filter.verdict !== undefined) {
		add(`(effect = ${WORD} OR outcome = ${WORD})`, filter.verdict, filter.verdict);
	}
	if (filter.rule !== undefined) {
		add(IN_LIST('rules'), filter.rule);
	}
	if (filter.label !== undefined) {
		add(IN_LIST('labels'), filter.label);
	}
	if (filter.kind !== undefined) {
		add(filter.kind === 'events' ? `kind = ${EVENT}` : `kind <> ${EVENT}`);
	}
	// A time that is none compares with nothing.
	if (filter.from !== undefined) {
		add(`${AT} >= ?`, timeOf(filter.from));
	}
	if (filter.to !== undefined) {
		add(`${AT} < ?`, timeOf(filter.to));
	}
	if (filter.findings !== undefined) {
		add('found = 1');
	}
	const needle = filter.text === undefined ? undefined : needleOf(filter.text);
	const from = filter.from === undefined ? null : timeOf(filter.from);
	const asked = Object.entries(filter).filter(([, value]) => value !== undefined);
	const [member, value] = asked[0] ?? [];
	return {
		key: JSON.stringify(asked.sort(([a], [b]) => (a < b ? -1 : 1))),
		sql: terms.join(' AND '),
		values,
		...(needle !== undefined && { needle }),
		...(from !== null && { from }),
		...(asked.length === 1 && { only: { member: member as keyof AuditFilter, value: String(value) } }),
		all: asked.length === 0,
	};
}

function timeOf(text: string): number | null {
	const time = Date.parse(text);
	return Number.isNaN(time) ? null : time;
}

/**
 * The newest entry of each tool that was called, and of each prompt and resource that was got; what was refused is no use.
 * SQLite takes the other columns from the row that holds the greatest time (lang_select, "bare columns").
 */
export const LAST_USES = (['tool', 'prompt', 'resource'] as const)
	.map(
		what => `SELECT server.value, '${what}', name.value, max(time), entry.id FROM entry
			JOIN word AS server ON server.id = server JOIN word AS name ON name.id = ${what}
			WHERE shown = 1 AND outcome <> coalesce((SELECT id FROM word WHERE value = 'refused'), 0) GROUP BY server, ${what}`,
	)
	.join(' UNION ALL ');
