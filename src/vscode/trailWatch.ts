import { type FSWatcher, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';

/** What is watched, and how. */
export interface TrailWatchOptions {
	readonly dir: string;
	readonly clock: Clock;
	/** The file name of this window's own segment: it tells of itself. */
	readonly own: () => string | undefined;
	readonly onGrown: () => void;
	/** Milliseconds between two looks; left out: what suits the system. */
	readonly pollMs?: number;
}

/** Linux tells of every write. Elsewhere a write may be told of late, or once the file is closed. */
const POLL_MS = process.platform === 'linux' ? 1000 : 200;
/** The newest files alone are looked at: a stream of an older day has ended. */
const NEWEST = 16;

/**
 * Tells that the journals of other windows have grown: as the system says so, and by a look at the sizes of the newest files
 * where it does not (network file systems). Never throws; a folder that cannot be watched is looked at.
 */
export class TrailWatch implements Disposable {
	private watcher: FSWatcher | undefined;
	private timer: Disposable | undefined;
	private sizes: string | undefined;
	private disposed = false;

	constructor(private readonly options: TrailWatchOptions) {
		try {
			this.watcher = watch(options.dir, { persistent: false }, (_event, name) => {
				if (name !== null && name.endsWith('.ndjson') && name !== options.own()) {
					options.onGrown();
				}
			});
			this.watcher.on('error', () => undefined);
		} catch {
			// The looks will tell.
		}
		this.poll();
	}

	dispose(): void {
		this.disposed = true;
		this.timer?.dispose();
		this.watcher?.close();
	}

	/** Looks at the sizes once; tells when they are not those of the look before. */
	async look(): Promise<void> {
		const before = this.sizes;
		const sizes = await this.read();
		this.sizes = sizes;
		if (before !== undefined && before !== sizes && !this.disposed) {
			this.options.onGrown();
		}
	}

	private async read(): Promise<string> {
		const { dir, own } = this.options;
		const names = await readdir(dir).catch(() => []);
		const newest = names
			.filter(name => name.endsWith('.ndjson') && name !== own())
			.sort()
			.slice(-NEWEST);
		const sizes = await Promise.all(
			newest.map(name =>
				stat(join(dir, name)).then(
					({ size }) => size,
					() => 'gone',
				),
			),
		);
		return newest.map((name, at) => `${name} ${String(sizes[at])}`).join('\n');
	}

	private poll(): void {
		this.timer = this.options.clock.schedule(this.options.pollMs ?? POLL_MS, () => {
			void this.look().then(() => {
				if (!this.disposed) {
					this.poll();
				}
			});
		});
	}
}
