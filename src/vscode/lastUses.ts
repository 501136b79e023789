import { type Disposable } from '../base/disposable';
import { Emitter, type Event } from '../base/event';
import { isJsonObject } from '../base/json';
import { type AuditEntry } from '../domain/audit/auditRecord';

/** What can be used of a server. */
export type UsedKind = 'tool' | 'prompt' | 'resource';

/** The last time that something of a server was used. */
export interface LastUse {
	/** Milliseconds since 1970. */
	readonly at: number;
	/** The entry of the trail that tells of it. */
	readonly entryId: string;
}

/** One last use as the index of the trail knows it; names are attacker-controlled. */
export interface UsedItem extends LastUse {
	readonly server: string;
	readonly kind: UsedKind;
	readonly name: string;
}

/** Items that are remembered; the one that was used longest ago goes first. */
const MAX_ITEMS = 20_000;

/**
 * When each tool, prompt and resource was last used: what the trail tells of all windows, once it was asked, and what happens in
 * this window. A call that was refused is no use.
 */
export class LastUses implements Disposable {
	private readonly items = new Map<string, UsedItem>();
	private readonly changed = new Emitter<void>();
	private readonly subscription: Disposable;

	/** Fires when something was used, or the trail was read. */
	readonly onDidChange = this.changed.event;

	constructor(onDidAppend: Event<AuditEntry>) {
		this.subscription = onDidAppend(entry => {
			const item = usedItem(entry);
			if (item !== undefined) {
				this.note(item);
				this.changed.fire();
			}
		});
	}

	/** Takes what the trail tells. */
	learn(items: readonly UsedItem[]): void {
		items.forEach(item => {
			this.note(item);
		});
		this.changed.fire();
	}

	/** Undefined for what was never used, as far as the trail goes back. */
	of(server: string, kind: UsedKind, name: string): LastUse | undefined {
		return this.items.get(keyOf(server, kind, name));
	}

	/** The last use of a resource whose address begins like that of a template (RFC 6570), up to its first variable. */
	ofTemplate(server: string, template: string): LastUse | undefined {
		const brace = template.indexOf('{');
		const head = brace < 0 ? template : template.slice(0, brace);
		const uses = [...this.items.values()].filter(
			item => item.server === server && item.kind === 'resource' && item.name.startsWith(head),
		);
		return uses.toSorted((a, b) => b.at - a.at)[0];
	}

	/** The last use of anything of a server. */
	ofServer(server: string): LastUse | undefined {
		let last: LastUse | undefined;
		for (const item of this.items.values()) {
			if (item.server === server && (last === undefined || item.at > last.at)) {
				last = item;
			}
		}
		return last;
	}

	dispose(): void {
		this.subscription.dispose();
		this.changed.dispose();
	}

	private note(item: UsedItem): void {
		const key = keyOf(item.server, item.kind, item.name);
		const known = this.items.get(key);
		if (known !== undefined && known.at > item.at) {
			return;
		}
		this.items.delete(key);
		this.items.set(key, item);
		const oldest = this.items.keys().next();
		if (this.items.size > MAX_ITEMS && oldest.done !== true) {
			this.items.delete(oldest.value);
		}
	}
}

/** What an entry of the trail says was used; undefined for all that is no use, or was refused. */
export function usedItem(entry: AuditEntry): UsedItem | undefined {
	const { server, tool, method, outcome, id } = entry;
	const at = Date.parse(entry.at);
	if (server === undefined || outcome === 'refused' || entry.kind === 'verdict' || Number.isNaN(at)) {
		return undefined;
	}
	const item = (kind: UsedKind, name: string) => ({ server: server.name, kind, name, at, entryId: id });
	if (entry.kind === 'call' && tool !== undefined) {
		return item('tool', tool);
	}
	const args = isJsonObject(entry.arguments) ? entry.arguments : {};
	if (method === 'prompts/get' && typeof args.name === 'string') {
		return item('prompt', args.name);
	}
	return method === 'resources/read' && typeof args.uri === 'string' ? item('resource', args.uri) : undefined;
}

function keyOf(server: string, kind: UsedKind, name: string): string {
	return JSON.stringify([server, kind, name]);
}
