import { type Disposable, toDisposable } from './disposable';

/** Subscribes a listener; disposing the result ends the subscription. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/**
 * A source of events. Listeners run synchronously, in the order in which they subscribed; one that throws keeps no other
 * from hearing (an emergency stop has to reach them all), and the first error is thrown at the end.
 */
export class Emitter<T> implements Disposable {
	private readonly listeners = new Set<(value: T) => void>();

	readonly event: Event<T> = listener => {
		const own = (value: T) => {
			listener(value);
		};
		this.listeners.add(own);
		return toDisposable(() => this.listeners.delete(own));
	};

	fire(value: T): void {
		const errors: unknown[] = [];
		for (const listener of [...this.listeners]) {
			try {
				if (this.listeners.has(listener)) {
					listener(value);
				}
			} catch (error) {
				errors.push(error);
			}
		}
		if (errors.length > 0) {
			throw errors[0];
		}
	}

	dispose(): void {
		this.listeners.clear();
	}
}
