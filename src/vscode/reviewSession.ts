import { parameterFindings } from '../domain/registry/parameterFindings';
import { isBlocker, type ReviewFinding } from '../domain/registry/reviewFinding';
import { isPinnedCapability } from '../domain/registry/readServerEntry';
import { sameSubject } from '../domain/registry/reviewSubject';
import { isServerName } from '../domain/registry/serverName';
import { isUnpinned } from '../domain/registry/supplyGaps';
import { suggestCeiling } from '../domain/registry/suggestCeiling';
import { reviewedSurface } from '../domain/registry/surfaceDiff';
import { pinsOfSurface } from '../domain/registry/surfacePin';
import { type ReviewAsk, type ReviewMessage } from '../shared/reviewProtocol';
import { type ReviewDecision, type ReviewRequest } from './guardPorts';
import { type Reviewable, reviewItems } from './reviewItems';
import { ceilingText, capabilityView, findingsOf, reviewPage, reviewWhole, warningOf } from './reviewPage';
import { say } from './say';
import { orderedJson, surfaceText } from './surfaceText';

/** What the editor does after the page has asked for something. */
export type ReviewStep =
	| { readonly kind: 'post'; readonly message: ReviewMessage }
	/** Opens a text, against an earlier one where there is such. `name` is attacker-controlled. */
	| { readonly kind: 'show'; readonly name: string; readonly now: string; readonly before?: string }
	/** The review is over; without a decision nothing was approved. */
	| { readonly kind: 'end'; readonly decision?: ReviewDecision | 'pin' };

/**
 * One review, from its first page to its decision. INVARIANT: what is pinned comes from what the server listed, never from
 * the page, which only names places, capabilities, a ceiling and an owner; each of them is checked here.
 */
export class ReviewSession {
	private request: ReviewRequest;
	private known: readonly ReviewFinding[] | undefined;
	private readonly items: readonly Reviewable[];

	constructor(
		request: ReviewRequest,
		private readonly reviewer: string,
	) {
		this.request = request;
		this.items = reviewItems(request);
	}

	/** Answers one question of the page; undefined where it asks for something that is not there. */
	hear(ask: ReviewAsk): ReviewStep | undefined {
		switch (ask.kind) {
			case 'ready':
				return { kind: 'post', message: { kind: 'page', page: reviewPage(this.request, this.reviewer) } };
			case 'capability':
				return this.reread(ask.item, ask.text);
			case 'show':
				return this.show(ask.item);
			case 'pin':
				return reviewWhole(this.request).canPin ? { kind: 'end', decision: 'pin' } : undefined;
			case 'compare': {
				const { before, surface, serverName } = this.request;
				return {
					...{ kind: 'show', name: serverName, now: surfaceText(surface) },
					...(before !== undefined && { before: surfaceText(reviewedSurface(before)) }),
				};
			}
			case 'approve':
				return this.approve(ask);
			case 'dismiss':
				return { kind: 'end' };
		}
	}

	private get findings(): readonly ReviewFinding[] {
		return (this.known ??= findingsOf(this.request));
	}

	private reread(place: number, text: string): ReviewStep | undefined {
		const item = this.items[place];
		if (item?.kind !== 'tool') {
			return undefined;
		}
		const { name } = item.review.tool;
		const tools = this.request.tools.map(each => (each.tool.name === name ? { ...each, capability: text } : each));
		this.request = { ...this.request, tools };
		const review = tools.find(each => each.tool.name === name) ?? item.review;
		const suggested = suggestCeiling(
			this.request.launch,
			tools.map(({ capability }) => capability),
		);
		// Of all findings the capability decides over hints alone; a large surface is not searched at every key.
		const findings = [
			...this.findings.filter(
				each => sameSubject(each.subject, item.subject) && each.kind !== 'hint-contradicts',
			),
			...parameterFindings(review.tool, text).filter(({ kind }) => kind === 'hint-contradicts'),
		];
		return {
			kind: 'post',
			message: {
				...{ kind: 'reread', item: place, capability: capabilityView(review) },
				whole: reviewWhole(this.request),
				...{ findings: findings.map(warningOf), ceilingWhy: ceilingText(suggested) },
			},
		};
	}

	private show(place: number): ReviewStep | undefined {
		const item = this.items[place];
		if (item === undefined) {
			return undefined;
		}
		const name = 'name' in item.subject ? item.subject.name : 'instructions';
		return {
			...{ kind: 'show', name, now: orderedJson(item.now) },
			...(item.before !== undefined && { before: orderedJson(item.before) }),
		};
	}

	private approve({
		accepted,
		ceiling,
		owner,
	}: Extract<ReviewAsk, { readonly kind: 'approve' }>): ReviewStep | undefined {
		const refused = (why: string): ReviewStep => ({ kind: 'post', message: { kind: 'refused', why } });
		if (accepted.some(place => this.items[place] === undefined)) {
			return undefined;
		}
		const blocker = this.findings.find(isBlocker);
		if (blocker !== undefined) {
			return refused(`${say(blocker.sentence)} ${say(blocker.advice)}`);
		}
		const name = owner.trim();
		if (!isServerName(name)) {
			return refused(say('Say who answers for this server, in at most 100 characters.'));
		}
		const chosen = new Set(accepted.map(place => this.items[place]));
		const has = (wanted: (item: Reviewable) => boolean) =>
			[...chosen].some(item => item !== undefined && wanted(item));
		const admitted = (tool: string) =>
			has(({ kind, subject }) => kind === 'tool' && sameSubject(subject, { kind, name: tool }));
		const tools = this.request.tools.map(review => ({ ...review, admitted: admitted(review.tool.name) }));
		if (tools.some(({ admitted: is, capability }) => is && !isPinnedCapability(capability))) {
			return refused(say('Write what each ticked tool does as resource.action, in lower case, or unknown.'));
		}
		const { surface } = this.request;
		const kept = (kind: 'prompt' | 'template') =>
			[...chosen].flatMap(item => (item !== undefined && item.kind === kind ? [item.item] : []));
		const { instructions } = surface;
		if (instructions !== undefined && !has(({ kind }) => kind === 'instructions')) {
			return refused(say('Tick the instructions or choose “Not Now”: they go with every call of this server.'));
		}
		return {
			kind: 'end',
			decision: {
				...{ tools, ceiling, owner: name },
				// What can be pinned was refused above; what cannot, the findings told.
				...(isUnpinned(this.request.supply) && { acceptsUnpinned: true as const }),
				surface: pinsOfSurface({
					...{ prompts: kept('prompt'), resourceTemplates: kept('template') },
					...(instructions !== undefined && { instructions }),
				}),
			},
		};
	}
}
