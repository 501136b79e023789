import { digestJson } from '../../base/digest';
import { type Launch, serverIdOf } from './launch';
import { type FoundServer } from './mcpJson';
import { type OriginPlace } from './originPlaces';
import { placedIds, type Placing } from './placedServer';
import { type ServerEntry } from './serverEntry';
import { type ShimSigns, shimmedServer } from './shimSigns';

/** A server and the file that defines it. Attacker-controlled. */
export interface FoundAt {
	readonly server: FoundServer;
	readonly place: OriginPlace;
}

/** What the files hold, whoever guards it. */
export interface FoundInventory {
	readonly found: readonly FoundAt[];
	/** Files that cannot be read: one sentence each. What they define is not known. */
	readonly problems: readonly string[];
}

/**
 * `guarded`: registered, and no file starts it past the firewall. `unguarded`: a file does, whether it is registered or not.
 * `unsupported`: a file does, and it cannot be guarded, or may not. `inactive`: no client starts it, also because VS Code itself may
 * not, or it starts our shim for a server that is not registered, which is refused.
 */
export type Coverage = 'guarded' | 'unguarded' | 'unsupported' | 'inactive';

/** Why lists of servers keep one from being guarded, and whether VS Code keeps it from running as well (`inactive`). */
export interface ServerBar {
	readonly coverage: 'inactive' | 'unsupported';
	/** One sentence of ours. */
	readonly why: string;
}

/** Asks the lists of servers about a definition; undefined where they have nothing against it. */
export type AskBars = (
	server: { readonly name: string; readonly launch: Launch },
	place: OriginPlace,
) => ServerBar | undefined;

/** One server, wherever it is defined. */
export interface InventoryItem {
	readonly coverage: Coverage;
	/** Attacker-controlled. */
	readonly name: string;
	/** Its id in the registry, or the one that it would get (`placedId`); absent where it cannot be read. */
	readonly id?: string;
	/** `serverIdOf` its launch, whatever folder the id is bound to; absent for what no file defines. */
	readonly launchId?: string;
	/** The files that define it, and the line in each; none for a server that was taken out of its file. */
	readonly places: readonly (OriginPlace & { readonly line: number })[];
	/** Why it cannot be guarded, or does not run. One sentence of ours. */
	readonly why?: string;
	readonly entry?: ServerEntry;
	/** A digest of what it is, whatever file it is in: the same for the same launch, or the same trouble. */
	readonly key: string;
}

/** Every server that is known of, and how many of those that can run are guarded. */
export interface Inventory {
	readonly items: readonly InventoryItem[];
	readonly guarded: number;
	/** All but what is inactive. */
	readonly total: number;
	readonly problems: readonly string[];
}

/** The inventory of nothing. */
export const NO_INVENTORY: Inventory = { items: [], guarded: 0, total: 0, problems: [] };

/**
 * Sets what the files hold against the registry (seed 003, "every reachable capability listed"); each server counts once.
 * `entries`: those of this window.
 */
export function inventoryOf(
	{ found, problems }: FoundInventory,
	entries: readonly ServerEntry[],
	signs: ShimSigns,
	placing: Placing,
	bars: AskBars = () => undefined,
): Inventory {
	const items = new Map<string, InventoryItem>();
	const idOf = placedIds(placing);
	for (const { server, place } of found) {
		const item = itemOf(server, place, { entries, idOf, signs, bars });
		const before = item && items.get(item.key);
		if (item !== undefined) {
			const first = before === undefined || rank(item) < rank(before) ? item : before;
			items.set(item.key, { ...first, places: [...(before?.places ?? []), ...item.places] });
		}
	}
	const raw = [...items.values()];
	const exposed = new Set(raw.filter(({ coverage }) => coverage !== 'inactive').map(({ id }) => id));
	const guarded = entries
		.filter(({ id }) => !exposed.has(id))
		.map((entry): InventoryItem => {
			const { id, name } = entry;
			return { coverage: 'guarded', name, id, places: [], entry, key: keyOf(id) };
		});
	const others = raw.filter(({ id, coverage }) => coverage !== 'inactive' || !guarded.some(each => each.id === id));
	const all = [...guarded, ...others];
	return {
		items: all,
		guarded: guarded.length,
		total: all.filter(({ coverage }) => coverage !== 'inactive').length,
		problems,
	};
}

interface Known {
	readonly entries: readonly ServerEntry[];
	readonly idOf: ReturnType<typeof placedIds>;
	readonly signs: ShimSigns;
	readonly bars: AskBars;
}

/** Undefined for our shim of a registered server: the entry stands for it. */
function itemOf(
	server: FoundServer,
	place: OriginPlace,
	{ entries, idOf, signs, bars }: Known,
): InventoryItem | undefined {
	const { name, launch, line, at = [] } = server;
	const places = [{ ...place, line }];
	if (launch === undefined) {
		const why = server.unsupported ?? '';
		const coverage = server.disabled === true ? 'inactive' : 'unsupported';
		return { coverage, name, places, why, key: digestJson({ file: place.file, at, name, why }) };
	}
	const shimmed = shimmedServer(launch, signs);
	if (shimmed !== undefined) {
		const why = 'It starts MCP Firewall for a server that is not registered here, which is refused.';
		const known = entries.some(({ id }) => id === shimmed);
		return known ? undefined : { coverage: 'inactive', name, places, why, key: keyOf(shimmed) };
	}
	const id = idOf(launch, place);
	const entry = entries.find(each => each.id === id);
	const item = {
		name,
		id,
		launchId: serverIdOf(launch),
		places,
		key: keyOf(id),
		...(entry !== undefined && { entry }),
	};
	if (server.disabled === true) {
		const why = 'Its file says that it is disabled.';
		return { ...item, coverage: 'inactive', why, key: digestJson({ id, disabled: true }) };
	}
	return { ...item, coverage: 'unguarded', ...bars({ name, launch }, place) };
}

function keyOf(id: string): string {
	return digestJson({ id });
}

function rank({ coverage }: InventoryItem): number {
	return ['unguarded', 'unsupported', 'inactive', 'guarded'].indexOf(coverage);
}
