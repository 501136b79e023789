import { type JsonObject } from '../base/json';
import { type ListedItem } from '../domain/registry/surface';
import { type ReviewSubject } from '../domain/registry/reviewSubject';
import { type ReviewRequest, type ToolReview } from './guardPorts';

/** One thing of a review that is accepted by itself; its place in the list is its name towards the page. */
export type Reviewable = {
	readonly subject: ReviewSubject;
	/** As the server lists it now. Attacker-controlled. */
	readonly now: JsonObject;
	/** As it was accepted before. */
	readonly before?: JsonObject;
} & (
	| { readonly kind: 'instructions' }
	| { readonly kind: 'tool'; readonly review: ToolReview }
	| { readonly kind: 'prompt' | 'template'; readonly item: ListedItem }
);

/** All that a person accepts one by one: the instructions, then tools, prompts and resource templates as listed. */
export function reviewItems({ surface, tools, before }: ReviewRequest): readonly Reviewable[] {
	const { instructions } = surface;
	const accepted = before?.surface;
	const listed = (
		kind: 'prompt' | 'template',
		items: readonly ListedItem[],
		pins: readonly { readonly key: string; readonly reviewed: JsonObject }[],
	) =>
		items.map((item): Reviewable => {
			const pin = pins.find(({ key }) => key === item.key);
			const subject: ReviewSubject = { kind, name: item.key };
			return { kind, subject, item, now: item.text, ...(pin !== undefined && { before: pin.reviewed }) };
		});
	const text = (value: string): JsonObject => ({ instructions: value });
	const old = accepted?.instructions?.reviewed;
	return [
		...(instructions === undefined
			? []
			: [
					{
						kind: 'instructions' as const,
						subject: { kind: 'instructions' as const },
						now: text(instructions),
						...(old !== undefined && { before: text(old) }),
					},
				]),
		...tools.map((review): Reviewable => {
			const { tool } = review;
			const subject: ReviewSubject = { kind: 'tool', name: tool.name };
			const was = review.before;
			return {
				kind: 'tool',
				subject,
				review,
				now: { ...tool },
				...(was !== undefined && { before: { ...was } }),
			};
		}),
		...listed('prompt', surface.prompts, accepted?.prompts ?? []),
		...listed('template', surface.resourceTemplates, accepted?.resourceTemplates ?? []),
	];
}
