import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { errorText } from '../base/errors';
import { Emitter } from '../base/event';
import { readFolderOf, readHome, type Told } from './discoveryFiles';
import { folderFileOf, homeFileOf } from './discoveryPlace';
import { type FolderRecord, type HomeRecord } from './discoveryRecord';
import { FileSigns } from './fileSigns';

/** Milliseconds between two looks at the files. */
const POLL_MS = 200;

/**
 * What one editor leaves for guarding without its window, as it says it now, with what it leaves of some folders: what a window
 * writes is told within 300 ms. INVARIANT: a file that is gone or cannot be read loosens nothing: what it said last holds, and of a
 * folder's that could not be read yet nobody knows what it forbids.
 */
export class HomeFile implements Disposable {
	private readonly changed = new Emitter<void>();
	private readonly signs: FileSigns;
	private readonly folders = new Map<string, FolderRecord>();
	private now: HomeRecord;
	private queue: Promise<void> = Promise.resolve();
	private disposed = false;
	private lastTold: readonly string[] = [];

	/** Fires after the editor says something else. */
	readonly onDidChange = this.changed.event;

	/**
	 * `home`: what it said when the server was found; it counts with what it says of `places` from the first look on. `told` hears,
	 * for people, once why a file does not count.
	 */
	constructor(
		private readonly root: string,
		private home: HomeRecord,
		clock: Clock,
		private readonly told: Told = () => {},
		private readonly places: readonly string[] = [],
	) {
		const { dataDirectory } = home;
		const files = [homeFileOf(root, dataDirectory), ...places.map(each => folderFileOf(root, dataDirectory, each))];
		this.now = home;
		this.signs = new FileSigns(files, clock, () => void this.look(), POLL_MS);
	}

	get current(): HomeRecord {
		return this.now;
	}

	/** Reads the files again. Resolves when what they say counts. Never rejects: whoever listens and fails ends no later look. */
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
		const { root, places } = this;
		const { dataDirectory } = this.home;
		const whys: string[] = [];
		const home = await readHome(root, dataDirectory, why => whys.push(why));
		for (const folder of places) {
			const before = whys.length;
			const record = await readFolderOf(root, dataDirectory, folder, why => whys.push(why));
			const isUnknown = whys.length > before && !this.folders.has(folder);
			const known = record ?? (isUnknown ? barred(dataDirectory, folder) : undefined);
			if (known !== undefined) {
				this.folders.set(folder, known);
			}
		}
		if (this.disposed) {
			return;
		}
		const { lastTold } = this;
		this.lastTold = [...new Set(whys)];
		this.lastTold.filter(why => !lastTold.includes(why)).forEach(why => this.told(why));
		this.home = home ?? this.home;
		const now = together(this.home, [...this.folders.values()]);
		if (wordsOf(now) !== wordsOf(this.now)) {
			this.now = now;
			this.changed.fire();
		}
	}
}

/** Nothing runs in a folder whose own lists cannot be read. */
function barred(dataDirectory: string, folder: string): FolderRecord {
	const serverLists = [{ source: 'a file of MCP Firewall that cannot be read', allowed: [] }];
	return { dataDirectory, folder, serverLists, trustedFiles: {} };
}

/** A list more can only tighten, and what is trusted is trusted by its place. */
function together(home: HomeRecord, folders: readonly FolderRecord[]): HomeRecord {
	const serverLists = [...(home.serverLists ?? []), ...folders.flatMap(each => each.serverLists)];
	const trusted = folders.flatMap(({ trustedFiles }) => Object.entries(trustedFiles));
	const trustedFiles = { ...home.policy.trustedFiles, ...Object.fromEntries(trusted) };
	return {
		...home,
		policy: { ...home.policy, trustedFiles },
		...(serverLists.length > 0 && { serverLists }),
	};
}

/** All that it says, but for when. */
function wordsOf(home: HomeRecord): string {
	return JSON.stringify({ ...home, updatedAt: 0 });
}
