import { type AuditEntry } from '../domain/audit/auditRecord';
import { type FindingCounts } from '../domain/audit/findingCounts';

/** What the panel shows of one row; the whole entry comes when it is opened. */
export type PanelRow = Pick<
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
> & {
	readonly serverName: string | undefined;
	readonly approval: string | undefined;
	/** Absent where inspection saw nothing. */
	readonly findings?: FindingCounts;
};

/** Filters combine by AND; an empty filter shows all. */
export interface PanelFilter {
	readonly server?: string;
	readonly tool?: string;
	/** Effect, or an outcome such as `quarantined`. */
	readonly verdict?: string;
	/** Case-insensitive, over the whole masked entry. */
	readonly text?: string;
	/** Only entries in which inspection saw something. */
	readonly findings?: true;
}

/** What the filters can be set to. */
export interface PanelFacets {
	readonly servers: readonly string[];
	readonly tools: readonly string[];
	readonly verdicts: readonly string[];
}

/** State of the chain, as last verified. */
export interface PanelChain {
	readonly state: 'unknown' | 'valid' | 'broken';
	/** Where it broke and how, for people. */
	readonly detail: string;
	readonly entries: number;
}

/** Host to panel. The panel never asks for anything that is not in {@link PanelRequest}. */
export type PanelMessage =
	| {
			readonly kind: 'page';
			/** Echoes {@link PanelRequest}'s `query`. */
			readonly query: number;
			readonly rows: readonly PanelRow[];
			readonly offset: number;
			readonly total: number;
			readonly facets: PanelFacets;
	  }
	/**
	 * The answer to `open`; sent without being asked, it opens the entry. `chain` speaks of this entry: `unknown` while it
	 * has not been read by a verification.
	 */
	| {
			readonly kind: 'entry';
			readonly entry: AuditEntry;
			readonly chain: PanelChain;
			/** What inspection saw, in numbers. */
			readonly findings?: FindingCounts;
	  }
	| { readonly kind: 'chain'; readonly chain: PanelChain }
	/** New entries stand in the trail: ask again. */
	| { readonly kind: 'grown' }
	/** `request` names the kind of request that failed, where the host can tell; without it every open one counts as failed. */
	| { readonly kind: 'failed'; readonly why: string; readonly request?: PanelRequest['kind'] };

/** Panel to host. Validated by {@link readPanelRequest}: a webview is attacker-controlled in principle. */
export type PanelRequest =
	| {
			readonly kind: 'query';
			readonly query: number;
			readonly filter: PanelFilter;
			readonly offset: number;
			readonly limit: number;
	  }
	| { readonly kind: 'open'; readonly id: string }
	| { readonly kind: 'verify' }
	/** Why an entry ended as it did. `id` is the entry's: the host reads rule and line from the trail, never from the webview. */
	| { readonly kind: 'why'; readonly id: string }
	/** Suppresses a rule for the server of an entry: the host asks for duration and reason, and looks the rule up in the trail. */
	| { readonly kind: 'suppress'; readonly id: string; readonly rule: string }
	/** Shows the withheld answer of an entry, where it is still kept. */
	| { readonly kind: 'withheld'; readonly id: string };

/** Rows one query may ask for. */
export const PANEL_PAGE_LIMIT = 200;

/** UTF-16 units that a filter or an id in a request may have; the rest is cut off. */
export const PANEL_TEXT_LIMIT = 512;
