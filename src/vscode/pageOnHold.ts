/**
 * What a page shall show that cannot hear yet: what is posted to a webview before its script listens is lost.
 * A page that is made anew begins with {@link renewed}.
 */
export class PageOnHold<T> {
	private listens = false;
	private kept: T | undefined;

	/** A new page: it hears nothing so far, and what an older one was to show is no matter of it. */
	renewed(): void {
		this.listens = false;
		this.kept = undefined;
	}

	/** True where it can be shown at once; otherwise it is kept in place of what was kept before. */
	canPost(wanted: T): boolean {
		if (!this.listens) {
			this.kept = wanted;
		}
		return this.listens;
	}

	/** The page has asked for something, so it listens. What was kept for it, once. */
	heard(): T | undefined {
		const { kept } = this;
		this.listens = true;
		this.kept = undefined;
		return kept;
	}
}
