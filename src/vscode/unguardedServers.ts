import { type Inventory } from '../domain/registry/inventory';

/** A server that no guard stands in front of. Its texts are attacker-controlled. */
export interface UnguardedServer {
	/** Tells it from all others. */
	readonly key: string;
	readonly name: string;
	/** Of its launch, for "Guard MCP Servers…"; absent where it cannot be guarded. */
	readonly id?: string;
	/** All that define it, absolute. */
	readonly files: readonly string[];
	/** Why it cannot be guarded. */
	readonly why?: string;
}

/** What runs past the firewall, of everything that is known of: the view of servers shows nothing as safe that is not. */
export function unguardedServers({ items }: Pick<Inventory, 'items'>): readonly UnguardedServer[] {
	return items
		.filter(({ coverage }) => coverage === 'unguarded' || coverage === 'unsupported')
		.map(({ coverage, key, name, id, why, places }) => ({
			...{ key, name, files: [...new Set(places.map(({ file }) => file))] },
			...(coverage === 'unguarded' && id !== undefined && { id }),
			...(why !== undefined && { why }),
		}));
}
