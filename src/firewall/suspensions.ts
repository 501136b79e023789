import { Emitter } from '../base/event';
import { type Suspension } from '../domain/approval/grant';
import { variantsAmong } from '../domain/policy/deniedVariants';
import { toolKey } from '../domain/policy/noteCall';
import { type DeniedCall, MANY_RETRIES } from '../domain/policy/sessionState';

const MAX_TOOLS = 256;
/** Denied calls of one tool. */
const MAX_DENIED = 16;

/** A tool of a server, by the server's registered name. */
export interface SuspendedTool {
	readonly server: string;
	readonly tool: string;
}

/**
 * Tools that rest, whatever the policy says of compositions: a person denied so many variants of one call as X9 takes, or
 * a flood as a whole, or policy did (sessionMemory.ts). Of one server each. In memory, bounded; the person can take it back.
 */
export class Suspensions {
	private readonly resting = new Map<string, Suspension>();
	private readonly denied = new Map<string, readonly DeniedCall[]>();
	private readonly changed = new Emitter<{ readonly lifted?: SuspendedTool }>();

	/** Fires when a tool was put to rest, or `lifted`. */
	readonly onDidChange = this.changed.event;

	/** A person denied a call of this tool. */
	deniedOnce(tool: SuspendedTool, call: DeniedCall, since: number, id: () => string): void {
		const key = toolKey(tool);
		const known = (this.denied.get(key) ?? []).filter(({ digest }) => digest !== call.digest);
		keep(this.denied, key, [...known, call].slice(-MAX_DENIED));
		if (variantsAmong(known, call) + 1 >= MANY_RETRIES) {
			this.suspend(tool, since, id());
		}
	}

	suspend({ server, tool }: SuspendedTool, since: number, id: string): void {
		const key = toolKey({ server, tool });
		if (!this.resting.has(key)) {
			keep(this.resting, key, { id, serverName: server, tool, since });
			this.changed.fire({});
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
		const [key, { serverName: server, tool }] = found;
		this.denied.delete(key);
		this.resting.delete(key);
		this.changed.fire({ lifted: { server, tool } });
		return true;
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
