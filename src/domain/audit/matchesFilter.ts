import { type AuditFilter } from './auditFilter';
import { isTrustLevel } from '../identity/trustLevel';
import { type AuditEntry, type RecordedPrincipal } from './auditRecord';
import { findingCounts } from './findingCounts';

/**
 * Whether an entry is one that a filter asks for; what the index says in SQL. An entry of kind `verdict` whose outcome stands in
 * the trail is not shown by lists: that is for the caller to know.
 */
export function matchesFilter(entry: AuditEntry, filter: AuditFilter): boolean {
	const { verdict, outcome, server } = entry;
	return (
		is(filter.server, server?.name) &&
		is(filter.tool, entry.tool) &&
		is(filter.capability, entry.capability) &&
		is(filter.agent, entry.client?.name) &&
		is(filter.review, server?.review) &&
		is(filter.version, server?.version) &&
		is(filter.trust, trustOf(entry)) &&
		is(filter.session, entry.session) &&
		isOneOf(filter.verdict, verdictsOf(verdict?.effect, outcome)) &&
		isOneOf(filter.rule, rulesOf(entry)) &&
		isOneOf(filter.label, labelsOf(entry)) &&
		isOfKind(entry, filter.kind) &&
		isWithin(Date.parse(entry.at), filter) &&
		(filter.findings === undefined || findingCounts(entry) !== undefined) &&
		(filter.text === undefined || textOfEntry(entry).includes(filter.text.toLowerCase()))
	);
}

/** Ids of the rules that had a say in an entry: the one that decided, and those that found something. */
export function rulesOf({ verdict, findings, screened }: AuditEntry): readonly string[] {
	const own = verdict?.rule === undefined ? [] : [verdict.rule.id];
	const answer = screened?.rule === undefined ? [] : [screened.rule];
	return [...new Set([...own, ...answer, ...(findings ?? []).map(({ rule }) => rule)])];
}

/** Why an entry was refused, in the words that are counted and filtered by; undefined where it was not, or nobody judged it. */
export function refusalOf({ outcome, verdict }: AuditEntry): string | undefined {
	return outcome === 'refused' ? verdict?.reason : undefined;
}

/**
 * Who the server was, in one word: the level of its verified badge (`0` to `4`), `declared`, `none`, or `failed`. Undefined where
 * nobody looked, or where the entry says what no version writes.
 */
export function trustOf(entry: AuditEntry): string | undefined {
	const { state, level, blocked }: Partial<RecordedPrincipal> = entry.principal ?? {};
	switch (state) {
		case 'VERIFIED_PRINCIPAL':
			return blocked === true ? 'failed' : isTrustLevel(level) ? level : undefined;
		case 'DECLARED_PRINCIPAL':
			return blocked === true ? 'failed' : 'declared';
		case 'UNVERIFIED_ORIGIN':
			return blocked === true ? 'failed' : 'none';
		case undefined:
		default:
			return undefined;
	}
}

/** Labels of the answer and of the session that the verdict rested on. */
export function labelsOf({ labels, facts }: AuditEntry): readonly string[] {
	return [...new Set([...(labels ?? []), ...(facts?.labels ?? [])])];
}

/** What a text filter looks in, in lower case: every text of the entry, names of members too, as people read it (not escaped). */
export function textOfEntry(entry: AuditEntry): string {
	const parts: string[] = [];
	collect({ ...entry, prev: undefined, hash: undefined }, parts);
	return parts.join('\n').toLowerCase();
}

function collect(value: unknown, parts: string[]): void {
	if (typeof value === 'string') {
		parts.push(value);
	} else if (typeof value === 'number' || typeof value === 'boolean') {
		parts.push(String(value));
	} else if (Array.isArray(value)) {
		for (const item of value) {
			collect(item, parts);
		}
	} else if (typeof value === 'object' && value !== null) {
		for (const [key, item] of Object.entries(value)) {
			if (item !== undefined) {
				parts.push(key);
				collect(item, parts);
			}
		}
	}
}

function is(wanted: string | undefined, found: string | undefined): boolean {
	return wanted === undefined || wanted === found;
}

function isOneOf(wanted: string | undefined, found: readonly string[]): boolean {
	return wanted === undefined || found.includes(wanted);
}

function verdictsOf(effect: string | undefined, outcome: string): readonly string[] {
	return effect === undefined ? [outcome] : [effect, outcome];
}

function isOfKind({ kind }: AuditEntry, wanted: AuditFilter['kind']): boolean {
	const event = kind === 'lifecycle' || kind === 'checkpoint';
	return wanted === undefined ? kind !== 'checkpoint' : event === (wanted === 'events') && kind !== 'checkpoint';
}

function isWithin(time: number, { from, to }: AuditFilter): boolean {
	return (from === undefined || time >= Date.parse(from)) && (to === undefined || time < Date.parse(to));
}
