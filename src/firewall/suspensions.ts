import { type Suspension } from '../domain/approval/grant';
import { toolKey } from '../domain/policy/noteCall';
import { MANY_RETRIES } from '../domain/policy/sessionState';

const MAX_TOOLS = 256;

/** A tool of a server, by the server's registered name. */
export interface SuspendedTool {
	readonly server: string;
	readonly tool: string;
}

/**
 * Tools that rest because of what a person said, whatever the policy says of compositions: denied with so many different
 * arguments as X9 takes, or part of a flood that was denied as a whole. In memory, bounded; the person can take it back.
 */
export class Suspensions {
	private readonly resting = new Map<string, Suspension>();
	private readonly denied = new Map<string, ReadonlySet<string>>();

	/** A person denied a call of this tool; `digest` is of its arguments. */
	deniedOnce(tool: SuspendedTool, digest: string, since: number, id: () => string): void {
		const key = toolKey(tool);
		const digests = new Set([...(this.denied.get(key) ?? []), digest]);
		keep(this.denied, key, digests);
		if (digests.size >= MANY_RETRIES) {
			this.suspend(tool, since, id());
		}
	}

	suspend({ server, tool }: SuspendedTool, since: number, id: string): void {
		const key = toolKey({ server, tool });
		if (!this.resting.has(key)) {
			keep(this.resting, key, { id, serverName: server, tool, since });
		}
	}

	has(tool: SuspendedTool): boolean {
		return this.resting.has(toolKey(tool));
	}

	list(): readonly Suspension[] {
		return [...this.resting.values()];
	}

	/** True when there was one of this id. The tool starts anew. */
	lift(id: string): boolean {
		const found = [...this.resting].find(([, suspension]) => suspension.id === id);
		if (found === undefined) {
			return false;
		}
		this.denied.delete(found[0]);
		return this.resting.delete(found[0]);
	}
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
	map.delete(key);
	map.set(key, value);
	for (const oldest of map.keys()) {
		if (map.size <= MAX_TOOLS) {
			return;
		}
		map.delete(oldest);
	}
}
