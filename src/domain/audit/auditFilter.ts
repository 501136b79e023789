import { type AuditEntry } from './auditRecord';
import { type FindingCounts } from './findingCounts';

/** Which entries. Members combine by AND; an empty filter matches all. Texts are compared exactly unless they say otherwise. */
export interface AuditFilter {
	/** Name of the server. */
	readonly server?: string;
	readonly tool?: string;
	readonly capability?: string;
	/** Effect of the verdict (`deny`), or an outcome (`quarantined`). */
	readonly verdict?: string;
	/** Id of the rule that decided, or of one that found something in an answer. */
	readonly rule?: string;
	/** Name of the client that asked: the agent. */
	readonly agent?: string;
	/** Status of the registry entry when it was judged. */
	readonly review?: string;
	/** Version of the server that was reviewed. */
	readonly version?: string;
	/** Who the server was ({@link trustOf}): the level of its badge, `declared`, `none` or `failed`. */
	readonly trust?: string;
	/** A label of the answer, or a label of the session that the verdict rested on. */
	readonly label?: string;
	/** A session, by id: one task. */
	readonly session?: string;
	/** `calls`: what crossed, or would have (calls, lists, messages). `events`: lifecycle. */
	readonly kind?: 'calls' | 'events';
	/** ISO 8601, inclusive. */
	readonly from?: string;
	/** ISO 8601, exclusive. */
	readonly to?: string;
	/** Case-insensitive, anywhere in the masked entry but its chain hashes. */
	readonly text?: string;
	/** Only entries in which inspection saw something. */
	readonly findings?: true;
}

/** What lists show of one entry. */
export type AuditRow = Pick<
	AuditEntry,
	| 'id'
	| 'at'
	| 'kind'
	| 'outcome'
	| 'event'
	| 'method'
	| 'tool'
	| 'capability'
	| 'verdict'
	| 'labels'
	| 'detail'
	| 'released'
	| 'session'
> & {
	readonly serverName: string | undefined;
	readonly approval: string | undefined;
	readonly agent?: string;
	/** Absent where inspection saw nothing. */
	readonly findings?: FindingCounts;
};

/** The members of a filter that are chosen from a list. */
export const FACETS = [
	'server',
	'tool',
	'capability',
	'verdict',
	'rule',
	'agent',
	'review',
	'version',
	'trust',
	'label',
] as const;

/** A member of a filter that is chosen from a list. */
export type Facet = (typeof FACETS)[number];

/** The values that occur in the whole trail, sorted; at most 500 of each. */
export type AuditFacets = Readonly<Record<Facet, readonly string[]>>;

/** The facets of a trail of which nothing is known. */
export const NO_FACETS: AuditFacets = {
	...{
		server: [],
		tool: [],
		capability: [],
		verdict: [],
		rule: [],
		agent: [],
		review: [],
		version: [],
		trust: [],
		label: [],
	},
};

/** One page, newest first. */
export interface AuditPage {
	readonly rows: readonly AuditRow[];
	/** All that match, not only this page; with `more`, so many at least. */
	readonly total: number;
	/** Older segments have not been looked through yet: `total` and what follows may still grow. */
	readonly more?: true;
	readonly facets: AuditFacets;
}

/** How many calls of a stretch of time ended how. */
export interface TimelineBucket {
	/** ISO 8601, start of the bucket. */
	readonly from: string;
	/** By effect of the verdict; `none` where nothing was decided. */
	readonly counts: Readonly<Record<'allow' | 'require_approval' | 'deny' | 'none', number>>;
}

/** One of the most frequent, with how often. */
export interface Ranked {
	readonly value: string;
	readonly count: number;
}

/** How often persons were interrupted: calls, and those of them that waited for a person's answer. Remembered answers are none. */
export interface PromptCount {
	readonly calls: number;
	readonly prompts: number;
}

/** What matches a filter, as a whole. */
export interface AuditOverview {
	readonly total: number;
	/** At most 120 buckets of equal length (`bucketMs`) from the first to the last match; empty where nothing matches. */
	readonly timeline: readonly TimelineBucket[];
	readonly bucketMs: number;
	/** One for each bucket of `timeline`; absent where nothing matches. */
	readonly prompts?: readonly PromptCount[];
	/** At most ten each, most frequent first; `refusals` are reasons of refusals. */
	readonly top: Readonly<Record<'servers' | 'tools' | 'rules' | 'refusals', readonly Ranked[]>>;
}

/** Sums for `audit stats` and the panel's head. */
export interface AuditStats {
	readonly entries: number;
	readonly calls: number;
	readonly byVerdict: readonly Ranked[];
	readonly byOutcome: readonly Ranked[];
	readonly top: AuditOverview['top'];
	/** Milliseconds, over calls: median and 99th percentile of each step. */
	readonly latency: Readonly<
		Record<'decide' | 'approval' | 'upstream' | 'screen' | 'write', { p50: number; p99: number }>
	>;
	/** ISO 8601 of the first and last entry. */
	readonly from?: string;
	readonly to?: string;
}
