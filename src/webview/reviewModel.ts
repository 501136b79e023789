import {
	type ReviewAsk,
	type ReviewCeiling,
	type ReviewItem,
	type ReviewMessage,
	type ReviewPage,
} from '../shared/reviewProtocol';
import { say } from './say';

/** What the person has chosen so far on the review editor's page, and what goes to the host of it. */
export class ReviewModel {
	page: ReviewPage | undefined;
	owner = '';
	ceiling: ReviewCeiling = 'public';
	/** Why the host did not take an approval. */
	refused: string | undefined;
	private items: readonly ReviewItem[] = [];
	private readonly ticked = new Set<number>();

	constructor(private readonly post: (ask: ReviewAsk) => void) {}

	/** What is under review, with what the host has read anew. */
	get all(): readonly ReviewItem[] {
		return this.items;
	}

	receive(message: ReviewMessage): void {
		switch (message.kind) {
			case 'page': {
				const { page } = message;
				this.page = page;
				this.items = page.items;
				this.owner = page.owner;
				this.ceiling = page.ceiling;
				this.ticked.clear();
				page.items.forEach((item, place) => this.tick(place, item.accepted));
				return;
			}
			case 'reread': {
				const { item: changed, capability, findings, whole, ceilingWhy } = message;
				this.items = this.items.map((item, place) =>
					place === changed ? { ...item, capability, findings } : item,
				);
				if (this.page !== undefined) {
					// What blocked it may be settled.
					this.page = { ...this.page, blocked: undefined, ...whole, ceilingWhy };
				}
				return;
			}
			case 'refused':
				this.refused = message.why;
		}
	}

	isTicked(place: number): boolean {
		return this.ticked.has(place);
	}

	tick(place: number, on: boolean): void {
		if (on) {
			this.ticked.add(place);
		} else {
			this.ticked.delete(place);
		}
		this.refused = undefined;
	}

	/** Ticks everything without a grave finding or change; what has one is ticked by hand. */
	tickHarmless(): void {
		this.items.forEach((item, place) => {
			if (![...item.findings, ...item.changes].some(({ severity }) => severity === 'high')) {
				this.tick(place, true);
			}
		});
	}

	setCapability(place: number, text: string): void {
		this.refused = undefined;
		this.post({ kind: 'capability', item: place, text: text.trim().slice(0, 128) });
	}

	/** How many things are ticked, of how many. */
	get count(): { readonly ticked: number; readonly of: number } {
		return { ticked: this.ticked.size, of: this.items.length };
	}

	/** Why nothing can be approved as it stands; undefined where it can. */
	get obstacle(): string | undefined {
		if (this.page?.blocked !== undefined) {
			return this.page.blocked;
		}
		const wrong = this.items.some(({ capability }, place) => this.isTicked(place) && capability?.valid === false);
		if (wrong) {
			return say('Write what each ticked tool does as resource.action, in lower case.');
		}
		if (this.items.some(({ kind }, place) => kind === 'instructions' && !this.isTicked(place))) {
			return say('Tick the instructions or choose “Not Now”: they go with every call of this server.');
		}
		return this.owner.trim() === '' ? say('Say who answers for this server.') : undefined;
	}

	approve(): void {
		if (this.page !== undefined && this.obstacle === undefined) {
			const accepted = [...this.ticked].sort((left, right) => left - right);
			this.post({ kind: 'approve', accepted, ceiling: this.ceiling, owner: this.owner.trim() });
		}
	}
}
