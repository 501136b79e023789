/** How much a reviewer should mind. */
export type ReviewSeverity = 'low' | 'medium' | 'high';

/** A finding or a change. `where` is attacker-controlled; the sentences are ours. */
export interface ReviewWarning {
	readonly severity: ReviewSeverity;
	readonly sentence: string;
	readonly advice?: string;
	readonly where?: string;
}

/** One parameter of a tool or argument of a prompt. Attacker-controlled but for `required`. */
export interface ReviewParameter {
	readonly name: string;
	readonly type: string;
	readonly required: boolean;
	readonly description?: string;
}

/** One annotation of a tool, its value as JSON. Attacker-controlled but for `overruled`. */
export interface ReviewHint {
	readonly name: string;
	readonly value: string;
	/** True where the firewall tells the editor the opposite. */
	readonly overruled: boolean;
}

/** What a tool counts as; all of it our words but for `text`, which the reviewer may have typed. */
export interface ReviewCapability {
	readonly text: string;
	/** False where it is no `resource.action`: then nothing can be approved. */
	readonly valid: boolean;
	readonly meaning: string;
	readonly risk: ReviewSeverity;
	/** Why it was suggested, and which hints were not believed; absent where there is nothing to say. */
	readonly why?: string;
}

/** One thing that is accepted by itself. Its texts are attacker-controlled. */
export interface ReviewItem {
	readonly kind: 'instructions' | 'tool' | 'prompt' | 'template';
	readonly name: string;
	readonly title?: string;
	readonly description?: string;
	readonly parameters: readonly ReviewParameter[];
	readonly hints: readonly ReviewHint[];
	readonly state: 'new' | 'changed' | 'same';
	/** Of tools only. */
	readonly capability?: ReviewCapability;
	readonly findings: readonly ReviewWarning[];
	readonly changes: readonly ReviewWarning[];
	/** What is ticked when the page opens: never what has a grave finding that nobody accepted before. */
	readonly accepted: boolean;
}

/** One line of what the server is. `value` may be attacker-controlled. */
export interface ReviewFact {
	readonly label: string;
	readonly value: string;
	/** True for what the server says of itself and nobody has checked. */
	readonly claimed?: true;
}

/** Which data a server may be sent at most. */
export type ReviewCeiling = 'public' | 'internal' | 'secret';

/** What is found that belongs to no item, and whether it forbids approval. */
export interface ReviewWhole {
	readonly findings: readonly ReviewWarning[];
	/** Why nothing can be approved; absent where it can. */
	readonly blocked?: string | undefined;
	/** True where a click can settle that, by looking a version up and pinning it. */
	readonly canPin: boolean;
}

/** Everything that the review editor shows. */
export interface ReviewPage extends ReviewWhole {
	readonly serverName: string;
	/** One sentence of ours: why this is reviewed. */
	readonly reason: string;
	/** False where something was accepted before. */
	readonly first: boolean;
	readonly facts: readonly ReviewFact[];
	/** What changed and belongs to no item: what is gone, identity. */
	readonly changes: readonly ReviewWarning[];
	readonly owner: string;
	readonly ceiling: ReviewCeiling;
	/** Why this ceiling is suggested, with which one it is. */
	readonly ceilingWhy: string;
	readonly items: readonly ReviewItem[];
	/** Capabilities that can be picked from; others can be typed. */
	readonly capabilities: readonly string[];
}

/** Host to page. */
export type ReviewMessage =
	| { readonly kind: 'page'; readonly page: ReviewPage }
	/** The answer to `capability`: what the item counts as now, what is found in it and in the whole, and the ceiling's suggestion. */
	| {
			readonly kind: 'reread';
			readonly item: number;
			readonly capability: ReviewCapability;
			readonly findings: readonly ReviewWarning[];
			readonly whole: ReviewWhole;
			readonly ceilingWhy: string;
	  }
	/** An approval was not taken: one sentence of ours. */
	| { readonly kind: 'refused'; readonly why: string };

/**
 * Page to host. Validated by {@link readReviewAsk}: a webview is attacker-controlled in principle, so it names items by their
 * place and never says what is pinned.
 */
export type ReviewAsk =
	| { readonly kind: 'ready' }
	| { readonly kind: 'capability'; readonly item: number; readonly text: string }
	/** Opens the item as JSON, against what was accepted where there was such. */
	| { readonly kind: 'show'; readonly item: number }
	/** Looks up an exact version, pins it and begins anew. */
	| { readonly kind: 'pin' }
	/** Opens all that the server says against all that was accepted. */
	| { readonly kind: 'compare' }
	| {
			readonly kind: 'approve';
			/** Places of the accepted items, ascending, none twice. */
			readonly accepted: readonly number[];
			readonly ceiling: ReviewCeiling;
			readonly owner: string;
	  }
	| { readonly kind: 'dismiss' };

/** UTF-16 units of a text that the page may send. */
export const REVIEW_TEXT_LIMIT = 256;
