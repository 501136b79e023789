/** What a finding or a change of a review is about. `name` is attacker-controlled. */
export type ReviewSubject =
	| { readonly kind: 'server' | 'identity' | 'instructions' }
	| { readonly kind: 'tool' | 'prompt' | 'template'; readonly name: string };

/** How much a reviewer should mind. */
export type Severity = 'low' | 'medium' | 'high';

/** True when two subjects are the same thing. */
export function sameSubject(left: ReviewSubject, right: ReviewSubject): boolean {
	const nameOf = (subject: ReviewSubject) => ('name' in subject ? subject.name : '');
	return left.kind === right.kind && nameOf(left) === nameOf(right);
}
