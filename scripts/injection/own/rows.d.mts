/** A row of our own sentences; see rows.mjs. */
export interface OwnRow {
	readonly id: string;
	readonly text: string;
	readonly label: 'injection' | 'benign';
	readonly family: string;
	readonly language: string;
	readonly kind: 'tool_response' | 'tool_description' | 'user_prompt';
	readonly split: 'train' | 'test';
	/** File and line of the wording, so that rows of one wording can be kept together. */
	readonly wording: string;
	readonly span?: readonly [number, number];
	readonly embedded?: true;
}

/** All rows, in a fixed order. */
export function ownRows(): OwnRow[];
