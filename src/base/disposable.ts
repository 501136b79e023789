/** Something with a lifetime. `dispose` may be called more than once; only the first call has an effect. */
export interface Disposable {
	dispose(): void;
}

/** Wraps a function so that it runs at most once. */
export function toDisposable(run: () => void): Disposable {
	let done = false;
	return {
		dispose() {
			if (done) {
				return;
			}
			done = true;
			run();
		},
	};
}

/**
 * Owns disposables and releases them in the reverse order of registration, all of them: the first error is thrown at the
 * end. Adding to a disposed store disposes at once.
 */
export class DisposableStore implements Disposable {
	private readonly items: Disposable[] = [];
	private disposed = false;

	add<T extends Disposable>(item: T): T {
		if (this.disposed) {
			item.dispose();
		} else {
			this.items.push(item);
		}
		return item;
	}

	dispose(): void {
		this.disposed = true;
		const errors: unknown[] = [];
		for (let item = this.items.pop(); item !== undefined; item = this.items.pop()) {
			try {
				item.dispose();
			} catch (error) {
				errors.push(error);
			}
		}
		if (errors.length > 0) {
			throw errors[0];
		}
	}
}
