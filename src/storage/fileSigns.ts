import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { signNow, signOf, signOfTrouble } from './policyFile';

/** Milliseconds between two looks at the files, where nothing else is said. */
const POLL_MS = 400;

/**
 * Tells that one of some files may have changed: at once where the system says so, and by a look at their facts every
 * `pollMs` (400 ms) where it does not (network and container file systems, targets of symlinks, folders that come later).
 */
export class FileSigns implements Disposable {
	private readonly watchers: FSWatcher[] = [];
	private readonly signs = new Map<string, string>();
	private timer: Disposable | undefined;
	private disposed = false;

	constructor(
		private readonly files: readonly string[],
		private readonly clock: Clock,
		private readonly onSign: () => void,
		private readonly pollMs = POLL_MS,
	) {
		this.look();
		this.watch();
		this.poll();
	}

	/** Notes how the files are now. True when one of them is not as it was at the last look. */
	look(): boolean {
		let changed = false;
		for (const file of this.files) {
			changed = this.note(file, signNow(file)) || changed;
		}
		return changed;
	}

	dispose(): void {
		this.disposed = true;
		this.timer?.dispose();
		for (const watcher of this.watchers.splice(0)) {
			watcher.close();
		}
	}

	private note(file: string, sign: string): boolean {
		const changed = this.signs.get(file) !== sign;
		this.signs.set(file, sign);
		return changed;
	}

	/** Folders are watched, not files: editors replace files, and a file may appear later. */
	private watch(): void {
		for (const folder of new Set(this.files.map(file => dirname(file)))) {
			const names = new Set(this.files.filter(file => dirname(file) === folder).map(file => basename(file)));
			try {
				const watcher = watch(folder, { persistent: false }, (_event, name) => {
					if (name === null || names.has(name)) {
						this.onSign();
					}
				});
				watcher.on('error', () => undefined);
				this.watchers.push(watcher);
			} catch {
				// The folder is not there (yet); the looks will tell.
			}
		}
	}

	private poll(): void {
		this.timer = this.clock.schedule(this.pollMs, () => {
			// Asked of the system's own threads: a file system that hangs must not hold anything up but its own answer.
			void Promise.all(this.files.map(file => signLater(file))).then(signs => {
				if (!this.disposed) {
					const changed = this.files.map((file, at) => this.note(file, signs[at] ?? ''));
					if (changed.includes(true)) {
						this.onSign();
					}
					this.poll();
				}
			});
		});
	}
}

async function signLater(file: string): Promise<string> {
	try {
		return signOf(await stat(file, { bigint: true }));
	} catch (error) {
		return signOfTrouble(error);
	}
}
