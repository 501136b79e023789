/**
 * The entry that a page shall open which cannot hear yet: what is posted to a webview before its script listens is lost.
 * A page that is made anew begins with {@link renewed}.
 */
export class EntryOnHold {
	private listens = false;
	private id: string | undefined;

	/** A new page: it hears nothing so far, and what an older one was to open is no matter of it. */
	renewed(): void {
		this.listens = false;
		this.id = undefined;
	}

	/** True where the entry can be posted at once; otherwise it is kept in place of one that was kept before. */
	canPost(id: string): boolean {
		if (!this.listens) {
			this.id = id;
		}
		return this.listens;
	}

	/** The page has asked for something, so it listens. The id that was kept for it, once. */
	heard(): string | undefined {
		const { id } = this;
		this.listens = true;
		this.id = undefined;
		return id;
	}
}
