import { type Inventory } from '../domain/registry/inventory';
import { type ServerEntry, type ServerOrigin } from '../domain/registry/serverEntry';
import { shownPlace } from './shownPlace';

/** A server that no guard stands in front of. Its texts are attacker-controlled. */
export interface UnguardedServer {
	/** Tells it from all others. */
	readonly key: string;
	readonly name: string;
	/** Of its launch, for "Guard MCP Servers…"; absent where it cannot be guarded. */
	readonly id?: string;
	/** All that define it, absolute. */
	readonly files: readonly string[];
	/** The first of them, as {@link shownPlace} has it. */
	readonly place: string;
	/** Why it cannot be guarded. */
	readonly why?: string;
	/** True where a file defines it that VS Code always reads. */
	readonly isOfEditor: boolean;
}

/** Of other clients' files VS Code reads those that its settings say. */
const ALWAYS_READ: ReadonlySet<ServerOrigin['kind']> = new Set<ServerOrigin['kind']>([
	'workspace',
	'code-workspace',
	'devcontainer',
	'user',
	'remote-user',
]);

/** What runs past the firewall, of everything that is known of: the view of servers shows nothing as safe that is not. */
export function unguardedServers({ items }: Pick<Inventory, 'items'>): readonly UnguardedServer[] {
	return items
		.filter(({ coverage }) => coverage === 'unguarded' || coverage === 'unsupported')
		.map(({ coverage, key, name, id, why, places }) => ({
			...{ key, name, files: [...new Set(places.map(({ file }) => file))] },
			place: places[0] === undefined ? '' : shownPlace(places[0]),
			isOfEditor: places.some(({ kind }) => ALWAYS_READ.has(kind)),
			...(coverage === 'unguarded' && id !== undefined && { id }),
			...(why !== undefined && { why }),
		}));
}

/**
 * The unguarded server for whose sake VS Code keeps a guarded one of the same name off (`chat.mcp.collisionBehavior: disable`, its
 * default): what extensions offer comes last, and names are compared without case.
 */
export function keepsOff(
	{ name }: Pick<ServerEntry, 'name'>,
	unguarded: readonly UnguardedServer[],
): UnguardedServer | undefined {
	return unguarded.find(other => other.isOfEditor && other.name.toLowerCase() === name.toLowerCase());
}
