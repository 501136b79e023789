import { type AuditFilter, type Facet } from '../shared/auditView';
import { trustWord, verdictWord } from './words';

/** How each facet is called. */
export const FACET_WORDS: Readonly<Record<Facet, string>> = {
	server: 'Server',
	tool: 'Tool',
	capability: 'Capability',
	verdict: 'Verdict',
	rule: 'Rule',
	agent: 'Agent',
	review: 'Review',
	version: 'Version',
	trust: 'Identity',
	label: 'Label',
};

/** What the menu offers beside the facets. */
export const KIND_WORDS = { calls: 'Calls only', events: 'Events only' } as const;

/** Stretches of time that end now, in milliseconds. */
export const TIME_CHOICES = [
	['Last 15 minutes', 900_000],
	['Last hour', 3_600_000],
	['Last 24 hours', 86_400_000],
	['Last 7 days', 604_800_000],
	['Last 30 days', 2_592_000_000],
] as const;

/** A value of a facet as people read it; attacker-controlled for most facets. */
export function valueWord(facet: Facet, value: string): string {
	return facet === 'verdict' ? verdictWord(value) : facet === 'trust' ? trustWord(value) : value;
}

/** Members of a filter to be set; undefined ones are to be taken out. */
export type FilterChange = { readonly [K in keyof AuditFilter]: AuditFilter[K] | undefined };

/** The filter with a member set, or without it. */
export function withMember<K extends keyof AuditFilter>(
	filter: AuditFilter,
	key: K,
	value: AuditFilter[K] | undefined,
): AuditFilter {
	const rest = Object.fromEntries(Object.entries(filter).filter(([name]) => name !== key));
	return { ...rest, ...(value !== undefined && value !== '' && { [key]: value }) };
}

/** The filter over the last so many milliseconds. The end stays open, so that new entries still come in. */
export function since(filter: AuditFilter, ms: number, now: number): AuditFilter {
	return withMember(withMember(filter, 'to', undefined), 'from', new Date(now - ms).toISOString());
}

/** True when anything is filtered. */
export function isFiltered(filter: AuditFilter): boolean {
	return Object.keys(filter).length > 0;
}

/** An ISO time as `datetime-local` wants it, in the reader's zone; empty where it is no time. */
export function toLocalInput(iso: string | undefined): string {
	const at = new Date(iso ?? '');
	if (Number.isNaN(at.getTime()) || at.getFullYear() < 1000 || at.getFullYear() > 9999) {
		return '';
	}
	const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
	return local.toISOString().slice(0, 19);
}

/** What was put into a `datetime-local`, as ISO 8601 in UTC; undefined where it is empty or no time. */
export function fromLocalInput(value: string): string | undefined {
	const at = new Date(value);
	return value === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
