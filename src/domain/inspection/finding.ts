/** What inspection looks for. */
export type FindingKind =
	| 'instruction-shaped'
	| 'hidden-text'
	| 'secret'
	/** An address that would lead whoever follows it to a protected place, this machine, or program code. */
	| 'unsafe-link'
	/** A part that is not what the server says it is, or contradicts another part. */
	| 'wrong-content';

/** What an inspector saw in one string leaf. */
export interface Finding {
	readonly kind: FindingKind;
	/** Id of the inspection rule, stable across versions. */
	readonly rule: string;
	readonly severity: 'low' | 'medium' | 'high';
	/** JSON pointer of the leaf within the inspected value. */
	readonly pointer: string;
	/** UTF-16 offsets within the leaf, end exclusive. */
	readonly span: { readonly start: number; readonly end: number };
	/** What the rule recognises, for example `override`; absent for secrets. */
	readonly family?: string;
	/** How sure inspection is that this is meant to be acted on, 0 to 1; absent for secrets. */
	readonly score?: number;
	/** One sentence for a person; never contains the inspected text. */
	readonly advice: string;
}
