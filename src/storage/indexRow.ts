import { type AuditEntry } from '../domain/audit/auditRecord';
import { findingCounts } from '../domain/audit/findingCounts';
import { labelsOf, refusalOf, rulesOf, trustOf } from '../domain/audit/matchesFilter';
import { type SqlCell } from './sqlite';

/**
 * One database of the index. Bodies stay in the journal: `start` and `length` say where (bytes, newline not counted). Texts stand
 * once, in `word`, sets of them as JSON arrays in `list`. `time` is the latest `at` up to this entry in its stream; `at` is null
 * where it is the same. `mark` and `announces` are {@link markOf} of the entry's id, and of the call that a verdict announces, which
 * is `shown` while the entry of that id is missing. `kind`: {@link ROW_KIND}. `odd`: the line may say more than
 * it shows when its bytes are searched. Latencies in microseconds, three digits of them.
 */
export const INDEX_SCHEMA = [
	'CREATE TABLE word (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE)',
	'CREATE TABLE list (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE)',
	`CREATE TABLE entry (
		id INTEGER PRIMARY KEY, file INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL, time INTEGER NOT NULL,
		at INTEGER, mark INTEGER NOT NULL, announces INTEGER, kind INTEGER NOT NULL, shown INTEGER NOT NULL, found INTEGER NOT NULL,
		odd INTEGER NOT NULL, outcome INTEGER NOT NULL, effect INTEGER, server INTEGER, tool INTEGER, capability INTEGER, rules INTEGER,
		agent INTEGER, review INTEGER, version INTEGER, trust INTEGER, labels INTEGER, session INTEGER, reason INTEGER, prompt INTEGER, resource INTEGER,
		decide INTEGER, approval INTEGER, upstream INTEGER, screen INTEGER, write INTEGER
	)`,
	'CREATE INDEX newest ON entry (time)',
	'CREATE INDEX marked ON entry (mark)',
] as const;

/** What stands in the column `kind`. */
export const ROW_KIND: Readonly<Record<AuditEntry['kind'], number>> = {
	...{ message: 0, lifecycle: 1, checkpoint: 2, call: 3, verdict: 4, list: 5 },
};

const COLUMNS = 32;

/** Writes one row; its values are those of {@link rowOf}. */
export const INSERT_ROW = `INSERT INTO entry VALUES (${Array.from({ length: COLUMNS }, () => '?').join(', ')})`;

/** Longest text that is kept of a reason: it is counted and shown, not searched. */
const REASON_UNITS = 300;

/** Where an entry stands, and when it counts as written. */
export interface RowPlace {
	/** Of its row. */
	readonly id: number;
	readonly file: number;
	readonly start: number;
	readonly length: number;
	readonly time: number;
	readonly odd: boolean;
}

/** Numbers of texts, made where they are new. */
export interface Words {
	word(value: string | undefined): number | null;
	list(values: readonly string[]): number | null;
}

/** The values of an entry's row, in the order of the columns. */
export function rowOf(entry: AuditEntry, place: RowPlace, words: Words): SqlCell[] {
	const { server, verdict, latency, kind, outcome } = entry;
	const at = Date.parse(entry.at);
	const announces = kind === 'verdict' && entry.callId !== undefined ? markOf(entry.callId) : null;
	return [
		...[place.id, place.file, place.start, place.length, place.time, at === place.time ? null : at],
		...[
			markOf(entry.id),
			announces,
			ROW_KIND[kind],
			1,
			findingCounts(entry) === undefined ? 0 : 1,
			place.odd ? 1 : 0,
		],
		...[words.word(outcome), words.word(verdict?.effect), words.word(server?.name), words.word(entry.tool)],
		...[words.word(entry.capability), words.list(rulesOf(entry)), words.word(entry.client?.name)],
		...[words.word(textOf(server?.review)), words.word(textOf(server?.version)), words.word(trustOf(entry))],
		words.list(labelsOf(entry)),
		...[words.word(entry.session), words.word(refusalOf(entry)?.slice(0, REASON_UNITS))],
		...[words.word(askedFor(entry, 'prompts/get', 'name')), words.word(askedFor(entry, 'resources/read', 'uri'))],
		...[micros(latency?.decide), micros(latency?.approval), micros(latency?.upstream)],
		...[micros(latency?.screen), micros(latency?.write)],
	];
}

/**
 * A number of 47 bits for an id, by which the index finds it (cyrb53). No proof of anything: whoever can write the journal can make
 * two ids with one mark, so what is found is read and compared.
 */
export function markOf(id: string): number {
	let one = 0xdeadbeef;
	let two = 0x41c6ce57;
	for (let index = 0; index < id.length; index++) {
		const unit = id.charCodeAt(index);
		one = Math.imul(one ^ unit, 2654435761);
		two = Math.imul(two ^ unit, 1597334677);
	}
	one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
	two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
	return 2 ** 32 * (two & 0x7fff) + (one >>> 0);
}

function askedFor({ method, arguments: asked }: AuditEntry, wanted: string, member: string): string | undefined {
	const given = method === wanted && typeof asked === 'object' && asked !== null ? asked : undefined;
	return given === undefined ? undefined : textOf((given as Record<string, unknown>)[member]);
}

/** A forger may have written anything where the reader of entries does not look. */
function textOf(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}

function micros(milliseconds: unknown): number | null {
	if (typeof milliseconds !== 'number' || !(milliseconds >= 0)) {
		return null;
	}
	const exact = milliseconds * 1000;
	const step = exact < 1000 ? 1 : 10 ** (Math.floor(Math.log10(exact)) - 2);
	return Math.min(Number.MAX_SAFE_INTEGER, Math.round(exact / step) * step);
}
