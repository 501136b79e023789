import { type AuditEntry } from '../domain/audit/auditRecord';
import { type AuditFacets, type AuditFilter, type AuditOverview, type AuditRow } from '../domain/audit/auditFilter';
import { type FindingCounts } from '../domain/audit/findingCounts';

/** How a trail stands, as last verified. */
export interface PanelChain {
	readonly state: 'unknown' | 'valid' | 'broken';
	/** Where it broke and how, for people. */
	readonly detail: string;
	readonly entries: number;
	/** Entries at the end that no signature covers yet: a stream that is written to has some for a moment. */
	readonly unsigned?: number;
}

/** A question that waits in the panel. All texts are plain; those of `quoted` come from client and server. */
export interface PanelQuestion {
	readonly id: string;
	/** Of what will be sent; an answer names it. */
	readonly digest: string;
	readonly message: string;
	/** What is asked and why, one line each. */
	readonly facts: readonly string[];
	readonly quoted: readonly string[];
	/** By when to answer, and what waits behind it. */
	readonly answerBy: string;
	/** The ways to say yes, narrowest first. */
	readonly choices: readonly { readonly title: string; readonly covers: string }[];
}

/** Host to panel. The panel never asks for anything that is not in {@link PanelRequest}. */
export type PanelMessage =
	| {
			readonly kind: 'page';
			/** Echoes {@link PanelRequest}'s `query`. */
			readonly query: number;
			readonly rows: readonly AuditRow[];
			readonly offset: number;
			readonly total: number;
			/** Older segments are still being looked through: the same page will come again. */
			readonly more?: true;
			readonly facets: AuditFacets;
	  }
	/** The answer to `overview`. */
	| { readonly kind: 'overview'; readonly query: number; readonly overview: AuditOverview }
	/** The answer to `session`: its entries, oldest first, at most {@link PANEL_SESSION_LIMIT}. */
	| {
			readonly kind: 'session';
			readonly session: string;
			readonly entries: readonly AuditEntry[];
			/** There are more than these. */
			readonly more?: true;
	  }
	/** Something takes longer than a second: what, and how much of it is done (0 to 1). `done` at 1 ends it. */
	| { readonly kind: 'progress'; readonly what: string; readonly done: number }
	/** Show this view: the filter of a link, or of a command. */
	| { readonly kind: 'show'; readonly filter: AuditFilter; readonly session?: string }
	/**
	 * The answer to `open`; sent without being asked, it opens the entry. `chain` speaks of this entry: `unknown` while it
	 * has not been read by a verification.
	 */
	| {
			readonly kind: 'entry';
			readonly entry: AuditEntry;
			/** What was written before the call was handed on, where there is such an entry: it holds what the verdict rested on. */
			readonly verdict?: AuditEntry;
			readonly chain: PanelChain;
			/** What inspection saw, in numbers. */
			readonly findings?: FindingCounts;
	  }
	| { readonly kind: 'chain'; readonly chain: PanelChain }
	/** The question that waits for an answer in the panel; without one, none does. `focus`: the person asked to see it. */
	| { readonly kind: 'waiting'; readonly question?: PanelQuestion; readonly focus?: boolean }
	/** New entries stand in the trail: ask again. */
	| { readonly kind: 'grown' }
	/** `request` names the kind of request that failed, where the host can tell; without it every open one counts as failed. */
	| { readonly kind: 'failed'; readonly why: string; readonly request?: PanelRequest['kind'] };

/** Panel to host. Validated by {@link readPanelRequest}: a webview is attacker-controlled in principle. */
export type PanelRequest =
	| {
			readonly kind: 'query';
			readonly query: number;
			readonly filter: AuditFilter;
			readonly offset: number;
			readonly limit: number;
	  }
	| { readonly kind: 'open'; readonly id: string }
	| { readonly kind: 'verify' }
	/** Timeline and most frequent of what matches. */
	| { readonly kind: 'overview'; readonly query: number; readonly filter: AuditFilter }
	/** A session as a story. */
	| { readonly kind: 'session'; readonly session: string }
	/** Create a rule for calls like this one: the host reads the call from the trail, and opens the policy at the new rule. */
	| { readonly kind: 'rule'; readonly id: string }
	/** Show what a call would change, or changed, as a diff. */
	| { readonly kind: 'diff'; readonly id: string }
	/** Export what matches: the host asks for the form and the place. */
	| { readonly kind: 'export'; readonly filter: AuditFilter }
	/** Put a link to this view into the clipboard. */
	| { readonly kind: 'link'; readonly filter: AuditFilter; readonly session?: string }
	/** What waits for an answer; the host tells of every change after that. */
	| { readonly kind: 'waiting' }
	/** The person's answer to the question that the page shows: no, or the yes at this place of its `choices`. */
	| { readonly kind: 'answer'; readonly id: string; readonly digest: string; readonly choice: 'deny' | number }
	/** The details of the question that the page shows. */
	| { readonly kind: 'details'; readonly id: string }
	/** Stop what `progress` speaks of. */
	| { readonly kind: 'cancel' }
	/** Why an entry ended as it did. `id` is the entry's: the host reads rule and line from the trail, never from the webview. */
	| { readonly kind: 'why'; readonly id: string }
	/** Suppresses a rule for the server of an entry: the host asks for duration and reason, and looks the rule up in the trail. */
	| { readonly kind: 'suppress'; readonly id: string; readonly rule: string }
	/** Shows the withheld answer of an entry, where it is still kept. */
	| { readonly kind: 'withheld'; readonly id: string };

/** Ways to say yes that a question can have. */
export const PANEL_CHOICE_LIMIT = 16;

/** Rows one query may ask for. */
export const PANEL_PAGE_LIMIT = 200;

/** Entries of one session that are sent. */
export const PANEL_SESSION_LIMIT = 2000;

/** UTF-16 units that a filter or an id in a request may have; the rest is cut off. */
export const PANEL_TEXT_LIMIT = 512;
