import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { Emitter } from '../base/event';
import { readHome, type Told } from './discoveryFiles';
import { homeFileOf } from './discoveryPlace';
import { type HomeRecord } from './discoveryRecord';
import { FileSigns } from './fileSigns';

/** Milliseconds between two looks at the file. */
const POLL_MS = 200;

/**
 * What one editor leaves for guarding without its window, as it says it now: what a window writes is told within 300 ms. INVARIANT:
 * a file that is gone or cannot be read loosens nothing: what it said last holds.
 */
export class HomeFile implements Disposable {
	private readonly changed = new Emitter<void>();
	private readonly signs: FileSigns;
	private queue: Promise<void> = Promise.resolve();
	private disposed = false;
	private lastTold: string | undefined;

	/** Fires after the editor says something else. */
	readonly onDidChange = this.changed.event;

	/** `now`: what it said when the server was found. `told` hears, for people, once why the file does not count. */
	constructor(
		private readonly root: string,
		private now: HomeRecord,
		clock: Clock,
		private readonly told: Told = () => {},
	) {
		this.signs = new FileSigns([homeFileOf(root, now.dataDirectory)], clock, () => void this.look(), POLL_MS);
	}

	get current(): HomeRecord {
		return this.now;
	}

	/** Reads the file again. Resolves when what it says counts. Never rejects: whoever listens and fails ends no later look. */
	look(): Promise<void> {
		this.queue = this.queue.then(() => this.read()).catch((error: unknown) => this.told(errorText(error)));
		return this.queue;
	}

	dispose(): void {
		this.disposed = true;
		this.signs.dispose();
		this.changed.dispose();
	}

	private async read(): Promise<void> {
		let why: string | undefined;
		const home = await readHome(this.root, this.now.dataDirectory, told => (why = told));
		if (why !== undefined && why !== this.lastTold && !this.disposed) {
			this.told(why);
		}
		this.lastTold = why;
		if (home === undefined || this.disposed || wordsOf(home) === wordsOf(this.now)) {
			return;
		}
		this.now = home;
		this.changed.fire();
	}
}

/** All that it says, but for when. */
function wordsOf(home: HomeRecord): string {
	return JSON.stringify({ ...home, updatedAt: 0 });
}
