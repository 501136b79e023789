import { Emitter } from '../base/event';
import { type Suspension } from '../domain/approval/grant';
import { variantsAmong } from '../domain/policy/deniedVariants';
import { ALL_TOOLS, isKeyOf, toolKey } from '../domain/policy/noteCall';
import { type DeniedCall, MANY_RETRIES } from '../domain/policy/sessionState';

const MAX_TOOLS = 256;
/** Denied calls of one tool. */
const MAX_DENIED = 16;

/** A tool of a server, by the server's registered name. */
export interface SuspendedTool {
	readonly server: string;
	readonly tool: string;
}

type By = 'person' | 'policy';

interface Resting extends Suspension {
	readonly by: By;
}

/**
 * Tools that rest, whatever the policy says of compositions: a person denied so many variants of one call as X9 takes, or
 * a flood as a whole, or policy did (sessionMemory.ts). Of one server each. In memory; the person can take it back.
 * INVARIANT: what a person put to rest never gives way. Where there are too many, the oldest that policy denied does; then
 * all tools of the server rest as one (`*`), so that there are never more than a few beyond the bound, one a server.
 */
export class Suspensions {
	private readonly resting = new Map<string, Resting>();
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

	suspend(tool: SuspendedTool, since: number, id: string, by: By = 'person'): void {
		if (!this.has(tool)) {
			this.makeRoom();
			const { server, tool: name } = this.resting.size < MAX_TOOLS ? tool : this.fold(tool.server);
			const resting = { id, serverName: server, tool: name, since, by };
			this.resting.set(toolKey({ server, tool: name }), resting);
			this.changed.fire({});
		} else if (by === 'person') {
			const key = this.keyFor(tool);
			const known = this.resting.get(key);
			if (known?.by === 'policy') {
				this.resting.set(key, { ...known, by });
			}
		}
	}

	has(tool: SuspendedTool): boolean {
		return this.resting.has(this.keyFor(tool));
	}

	list(): readonly Suspension[] {
		return [...this.resting.values()].map(({ id, serverName, tool, since }) => ({ id, serverName, tool, since }));
	}

	/** True when there was one of this id. The tool starts anew. */
	lift(id: string): boolean {
		const found = [...this.resting].find(([, suspension]) => suspension.id === id);
		if (found === undefined) {
			return false;
		}
		const [key, { serverName: server, tool }] = found;
		for (const denied of [...this.denied.keys()].filter(other => isKeyOf(other, { server, tool }))) {
			this.denied.delete(denied);
		}
		this.resting.delete(key);
		this.changed.fire({ lifted: { server, tool } });
		return true;
	}

	/** The key that a tool rests by: its own, or that of all of its server. */
	private keyFor({ server, tool }: SuspendedTool): string {
		const all = toolKey({ server, tool: ALL_TOOLS });
		return this.resting.has(all) ? all : toolKey({ server, tool });
	}

	private makeRoom(): void {
		const oldest = [...this.resting].find(([, { by }]) => by === 'policy');
		if (this.resting.size >= MAX_TOOLS && oldest !== undefined) {
			this.resting.delete(oldest[0]);
		}
	}

	/** All tools of this server rest as one from now on. */
	private fold(server: string): SuspendedTool {
		const all = { server, tool: ALL_TOOLS };
		for (const key of [...this.resting.keys()].filter(other => isKeyOf(other, all))) {
			this.resting.delete(key);
		}
		return all;
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
