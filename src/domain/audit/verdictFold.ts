import { type AuditEntry } from './auditRecord';

/** How many verdicts may wait for their outcome. Honest streams have as many as calls under way; a forged one has no end. */
const MAX_WAITING = 10_000;

/** One thing that happened: an entry, and the `verdict` entry that announced it. */
export interface Folded<Item> {
	/** What was given: of the outcome, or of a verdict whose outcome nobody recorded. */
	readonly item: Item;
	readonly verdict?: Item;
	/** The item's entry with the facts (and their context) of its verdict: what a filter has to look at. Its hash is the item's own. */
	readonly entry: AuditEntry;
}

/**
 * Joins each `verdict` entry with the entry that says how the message left the path, so that both count once. Give it the
 * entries of a trail with each stream in its own order; streams may be mixed.
 */
export class VerdictFold<Item extends { readonly entry: AuditEntry }> {
	private readonly waiting = new Map<string, Item>();

	/** What is complete now: mostly the item itself, nothing for a verdict that waits for its outcome. */
	add(item: Item): readonly Folded<Item>[] {
		const { entry } = item;
		if (entry.kind === 'verdict' && entry.callId !== undefined) {
			const before = this.waiting.get(entry.callId);
			this.waiting.set(entry.callId, item);
			return before === undefined ? this.excess() : [alone(before)];
		}
		const verdict = this.waiting.get(entry.id);
		if (verdict === undefined) {
			return [alone(item)];
		}
		this.waiting.delete(entry.id);
		const { facts, context } = verdict.entry;
		const known = {
			...(entry.facts === undefined && facts !== undefined && { facts }),
			...(entry.context === undefined && context !== undefined && { context }),
		};
		return [{ item, verdict, entry: { ...entry, ...known } }];
	}

	/** The verdicts whose outcome nobody recorded, once all entries were given: the editor was killed, or the call goes on. */
	*rest(): Generator<Folded<Item>> {
		for (const item of this.waiting.values()) {
			yield alone(item);
		}
		this.waiting.clear();
	}

	private excess(): readonly Folded<Item>[] {
		const [oldest] = this.waiting;
		if (oldest === undefined || this.waiting.size <= MAX_WAITING) {
			return [];
		}
		this.waiting.delete(oldest[0]);
		return [alone(oldest[1])];
	}
}

function alone<Item extends { readonly entry: AuditEntry }>(item: Item): Folded<Item> {
	return { item, entry: item.entry };
}
