import { type Disposable, toDisposable } from './disposable';

/** Subscribes a listener; disposing the result ends the subscription. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** A source of events. Listeners run synchronously, in the order in which they subscribed. */
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
		for (const listener of [...this.listeners]) {
			listener(value);
		}
	}

	dispose(): void {
		this.listeners.clear();
	}
}
