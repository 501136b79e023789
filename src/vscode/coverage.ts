import { digestJson } from '../base/digest';
import { type Disposable } from '../base/disposable';
import { Emitter, type Event } from '../base/event';
import {
	type AskBars,
	type FoundInventory,
	type Inventory,
	type InventoryItem,
	inventoryOf,
} from '../domain/registry/inventory';
import { type Placing } from '../domain/registry/placedServer';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ShimSigns } from '../domain/registry/shimSigns';

/** What a person does about servers that are not guarded. */
export type CoverageAnswer = 'guard' | 'never' | undefined;

/** What {@link Coverage} needs. */
export interface CoverageOptions {
	readonly onDidFind: Event<FoundInventory>;
	/** The registered servers of this window. */
	readonly entries: () => readonly ServerEntry[];
	/** Which server a definition is: as guarding it would see it. */
	readonly placing: () => Placing;
	/** Absent entries say nothing while the registry cannot be read. */
	readonly mayTell: () => boolean;
	readonly signs: ShimSigns;
	/** The lists of servers, made anew for each pass over the definitions; absent where there are none. */
	readonly bars?: () => AskBars;
	readonly isTrusted: () => boolean;
	readonly memory: ToldMemory;
	/** Tells a person of servers of which they have not been told; resolves when they answer. */
	readonly tell: (items: readonly InventoryItem[]) => Promise<CoverageAnswer>;
	readonly guard: (items: readonly InventoryItem[]) => Promise<unknown>;
	/** Says to who wants to guard that nothing of what they were told of is left to guard. */
	readonly tellSettled?: () => void;
}

/** What is remembered between windows: digests, no texts. */
export interface ToldMemory {
	get(): readonly string[];
	set(keys: readonly string[]): Promise<void>;
}

/** Digests that are remembered; the oldest go first. */
const MAX_TOLD = 4000;

/**
 * Knows which MCP servers pass the firewall and which go round it, and tells a person of each of the latter once: a server in a
 * file is told of again only if it is another one. Starts nothing by itself.
 */
export class Coverage implements Disposable {
	private readonly changed = new Emitter<Inventory>();
	private readonly subscription: Disposable;
	private found: FoundInventory = { found: [], problems: [] };
	private current: Inventory;

	readonly onDidChange = this.changed.event;

	constructor(private readonly options: CoverageOptions) {
		this.current = this.compute();
		this.subscription = options.onDidFind(found => {
			this.found = found;
			this.update();
		});
	}

	/** As of the last reading of the files, and the registry as it is. */
	get inventory(): Inventory {
		return this.current;
	}

	/** Sets the files against the registry again. */
	update(): void {
		this.current = this.compute();
		this.changed.fire(this.current);
		void this.tellOfNew();
	}

	dispose(): void {
		this.subscription.dispose();
		this.changed.dispose();
	}

	private compute(): Inventory {
		const { entries, signs, placing, bars } = this.options;
		return inventoryOf(this.found, entries(), signs, placing(), bars?.());
	}

	/** INVARIANT: remembered before it is shown, so that nothing is told twice however it is answered. */
	private async tellOfNew(): Promise<void> {
		const { memory, tell, guard, isTrusted, mayTell, tellSettled } = this.options;
		if (!mayTell()) {
			return;
		}
		const told = new Set(memory.get());
		const keysOf = (item: InventoryItem) => toldKeys(item, isTrusted());
		const fresh = this.current.items.filter(
			item => isOpen(item) && !told.has(neverKey(item)) && keysOf(item).some(key => !told.has(key)),
		);
		if (fresh.length === 0) {
			return;
		}
		await this.remember(fresh.flatMap(keysOf));
		const answer = await tell(fresh);
		if (answer === 'never') {
			await this.remember(fresh.map(neverKey));
		}
		if (answer === 'guard') {
			// A message stays until it is answered, and meanwhile they may have been guarded by another way.
			const open = this.current.items.filter(({ coverage }) => coverage === 'unguarded');
			const left = open.filter(({ key }) => fresh.some(item => item.key === key));
			if (left.length > 0) {
				await guard(left);
			} else {
				tellSettled?.();
			}
		}
	}

	private async remember(keys: readonly string[]): Promise<void> {
		const { memory } = this.options;
		await memory.set([...new Set([...memory.get(), ...keys])].slice(-MAX_TOLD));
	}
}

function isOpen({ coverage }: InventoryItem): boolean {
	return coverage === 'unguarded' || coverage === 'unsupported';
}

/** What was said in a restricted workspace, where nothing can be done about it, is said once more when it is trusted. */
function toldKeys({ key, places }: InventoryItem, trusted: boolean): readonly string[] {
	return places.map(({ file }) => digestJson({ key, file, trusted }));
}

function neverKey({ key }: InventoryItem): string {
	return digestJson({ never: key });
}
