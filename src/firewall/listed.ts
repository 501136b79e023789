const MAX_ITEMS = 10_000;
/** UTF-16 units of JSON of all items together. */
const MAX_SIZE = 32 * 1024 * 1024;

/** Things as the upstream listed them in one session, by name; bounded, because an upstream may list without end. */
export class Listed<T extends object> {
	private readonly items = new Map<string, { readonly item: T; readonly size: number }>();
	private size = 0;
	private known = false;

	/** True once a whole list was seen: then what is not in here is not listed. */
	get whole(): boolean {
		return this.known;
	}

	/** What was listed last under this name. Attacker-controlled. */
	get(name: string): T | undefined {
		return this.items.get(name)?.item;
	}

	/** All of it. Attacker-controlled. */
	all(): readonly T[] {
		return [...this.items.values()].map(({ item }) => item);
	}

	/** Remembers one; false when there is no room for it, and then it is not listed. */
	put(name: string, item: T): boolean {
		this.forget(name);
		const size = JSON.stringify(item).length;
		if (this.size + size > MAX_SIZE || this.items.size >= MAX_ITEMS) {
			return false;
		}
		this.items.set(name, { item, size });
		this.size += size;
		return true;
	}

	/** Forgets one: it is listed in a way that cannot be used. */
	forget(name: string): void {
		this.size -= this.items.get(name)?.size ?? 0;
		this.items.delete(name);
	}

	/** A whole list was seen, with nothing but these in it. */
	keepOnly(names: ReadonlySet<string>): void {
		this.known = true;
		[...this.items.keys()].filter(name => !names.has(name)).forEach(name => this.forget(name));
	}

	clear(): void {
		this.items.clear();
		this.size = 0;
		this.known = false;
	}
}
