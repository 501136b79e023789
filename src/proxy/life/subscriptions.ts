/** Who subscribed to which resource; the server has to know only of the first and the last. */
export class Subscriptions<V> {
	private readonly views = new Map<string, Set<V>>();

	add(view: V, uri: string): void {
		this.views.set(uri, (this.views.get(uri) ?? new Set()).add(view));
	}

	/** True when nobody else is subscribed, so that the server has to know. */
	remove(view: V, uri: string): boolean {
		const views = this.views.get(uri);
		views?.delete(view);
		if (views === undefined || views.size === 0) {
			this.views.delete(uri);
			return true;
		}
		return false;
	}

	/** Undefined when nobody is. */
	of(uri: string): Iterable<V> | undefined {
		return this.views.get(uri);
	}

	/** Forgets a session; returns what nobody is subscribed to any more. */
	leave(view: V): readonly string[] {
		return [...this.views]
			.filter(([, views]) => views.has(view))
			.flatMap(([uri]) => (this.remove(view, uri) ? [uri] : []));
	}

	clear(): void {
		this.views.clear();
	}
}
