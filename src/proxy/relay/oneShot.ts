import { type Clock } from '../../base/clock';

/** Something that happens once and is remembered. */
export class OneShot<T> {
	private resolve!: (value: T) => void;
	private fired: T | undefined;

	readonly promise = new Promise<T>(resolve => {
		this.resolve = resolve;
	});

	/** What it was, once it has happened. */
	get value(): T | undefined {
		return this.fired;
	}

	/** Only the first call counts. */
	fire(value: T): void {
		this.fired ??= value;
		this.resolve(this.fired);
	}

	/** True when it happens within so many milliseconds. */
	async within(ms: number, clock: Clock): Promise<boolean> {
		if (this.fired !== undefined) {
			return true;
		}
		if (ms <= 0) {
			return false;
		}
		const late = new OneShot<false>();
		const timer = clock.schedule(ms, () => late.fire(false));
		try {
			return (await Promise.race([this.promise, late.promise])) !== false;
		} finally {
			timer.dispose();
		}
	}
}
