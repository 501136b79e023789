import { type FSWatcher, watch } from 'node:fs';
import { type ProbeFile, type ProbePlace } from '../../domain/probe/probeReport';
import { MAX_PROBE_FILES } from '../limits';
import { type FileChange, compareSnapshots, type Snapshot, takeSnapshot } from './snapshot';

/**
 * Looks at one folder of the probe: two snapshots tell what changed between them, a watcher tells names that came and went
 * meanwhile. Nothing here rejects.
 */
export class FileWatch {
	private before: Snapshot = { files: new Map(), whole: true };
	private readonly touched = new Set<string>();
	private watcher: FSWatcher | undefined;

	private constructor(
		private readonly folder: string,
		private readonly place: ProbePlace,
	) {}

	/** Begins to look. */
	static async open(folder: string, place: ProbePlace): Promise<FileWatch> {
		const files = new FileWatch(folder, place);
		try {
			files.watcher = watch(folder, { recursive: true, persistent: false }, (_event, name) => {
				if (name !== null && files.touched.size < MAX_PROBE_FILES) {
					files.touched.add(name.replaceAll('\\', '/'));
				}
			});
			files.watcher.on('error', () => undefined);
		} catch {
			// Then the snapshots tell what they can.
		}
		files.before = await files.look();
		files.touched.clear();
		return files;
	}

	/** False where the folder holds more than is looked at. */
	get whole(): boolean {
		return this.before.whole;
	}

	/** What became of the files since the last time. */
	async drain(): Promise<readonly ProbeFile[]> {
		const after = await this.look();
		const { before, place } = this;
		const changes = compareSnapshots(before, after);
		const isThere = (path: string) => [before, after].some(({ files }) => files.has(path) || files.has(`${path}/`));
		const passing = [...this.touched].filter(path => !isThere(path)).sort();
		this.touched.clear();
		this.before = after;
		const told = ({ kind, path }: FileChange): ProbeFile => ({ kind, place, path });
		return [...changes.map(told), ...passing.map(path => ({ kind: 'passing' as const, place, path }))];
	}

	close(): void {
		this.watcher?.close();
	}

	private look(): Promise<Snapshot> {
		return takeSnapshot(this.folder, { digests: true, maxFiles: MAX_PROBE_FILES });
	}
}
