import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disposable } from '../base/disposable';
import { IndexShelf } from './indexShelf';
import { type OnProgress, readInto, statAll } from './readShelfFiles';
import { readShelf, ShelfCacheSource, writeShelf } from './shelfFile';
import { type JournalFile, settledFiles, shelfGroups } from './shelfPlan';
import { ShelfOutcomes } from './shelfOutcomes';
import { wholeSums } from './shelfSums';
import { ShelfWriter } from './shelfWriter';
import { type SqliteEngine } from './sqlite';
import { nodeSha256 } from './system';
import { journalFiles } from './trailReader';

const ENDING = '.shelf';

/** What a room of shelves is made of. */
export interface ShelfRoomOptions {
	readonly dir: string;
	readonly engine: SqliteEngine;
	/** Where finished shelves are kept for the next session; without it they stay in memory. */
	readonly cacheDir?: string | undefined;
	/** Milliseconds since 1970. */
	readonly now: () => number;
	/** Bytes of databases that are open at a time, about. */
	readonly memoryBytes: number;
	/** Bytes of journal that one shelf is made of, about. */
	readonly shelfBytes: number;
}

/**
 * The shelves of one trail: one in memory for the files that are being written (live), one for each run of finished files. Which
 * files stand where is found out anew with every refresh; a shelf whose files changed or went is thrown away.
 */
export class ShelfRoom implements Disposable {
	private readonly finished = new Set<IndexShelf>();
	private live: { readonly writer: ShelfWriter; readonly shelf: IndexShelf } | undefined;
	/** Finished files that no shelf has yet. */
	private pending: readonly JournalFile[] = [];
	private hasReadCache = false;
	private hasReadLive = false;
	private following: Promise<void> = Promise.resolve();
	private readonly outcomes = new ShelfOutcomes();

	constructor(private readonly options: ShelfRoomOptions) {}

	/** All shelves, in no order. */
	get shelves(): readonly IndexShelf[] {
		return [...this.finished, ...(this.live === undefined ? [] : [this.live.shelf])];
	}

	/** Whether the newest entries can be asked for. */
	get isReady(): boolean {
		return this.hasReadLive;
	}

	/** Whether every file has its shelf. */
	get isWhole(): boolean {
		return this.hasReadLive && this.pending.length === 0;
	}

	/** Reads what was appended to the files that are being written. Calls queue up. */
	follow(signal?: AbortSignal): Promise<void> {
		const run = this.following.then(() => this.followNow(signal));
		this.following = run.catch(() => undefined);
		return run;
	}

	/** Makes the shelves that are missing, newest first. Rejects with `aborted`; what is made stays. */
	async refresh(signal?: AbortSignal, onProgress?: OnProgress): Promise<void> {
		const files = await this.takeStock();
		await this.readCache(files);
		this.plan(files);
		await this.follow(signal);
		const all = this.pending.reduce((sum, { size }) => sum + size, 0);
		let done = 0;
		for (const group of shelfGroups(this.pending, this.options.shelfBytes)) {
			await this.build(group, signal, bytes => onProgress?.((done + bytes) / all));
			done += group.reduce((sum, { size }) => sum + size, 0);
			const built = new Set(group.map(({ path }) => path));
			this.pending = this.pending.filter(({ path }) => !built.has(path));
			this.trim();
		}
		await this.outcomes.settle(this.shelves, this.shelves);
		this.trim();
	}

	/** A shelf that cannot be asked: it is made anew by the next refresh. */
	async drop(shelf: IndexShelf): Promise<void> {
		if (shelf === this.live?.shelf) {
			this.live.shelf.dispose();
			this.live = undefined;
			this.hasReadLive = false;
			return;
		}
		this.finished.delete(shelf);
		shelf.dispose();
		const paths = shelf.head.files.map(({ path }) => path);
		this.pending = [...this.pending, ...(await statAll(paths))];
		if (this.options.cacheDir !== undefined) {
			await rm(this.cachePath(this.options.cacheDir, paths), { force: true });
		}
	}

	/** Closes databases until they keep to their memory; the oldest go first. */
	trim(): void {
		const open = this.shelves.filter(({ isOpen }) => isOpen).sort((a, b) => b.head.latest - a.head.latest);
		let bytes = 0;
		for (const shelf of open) {
			bytes += shelf.bytes;
			if (bytes > this.options.memoryBytes) {
				shelf.close();
			}
		}
	}

	dispose(): void {
		for (const shelf of this.shelves) {
			shelf.dispose();
		}
		this.finished.clear();
		this.live = undefined;
	}

	/** The files as they are, without the shelves whose files changed or went. */
	private async takeStock(): Promise<readonly JournalFile[]> {
		const files = await statAll(await journalFiles(this.options.dir));
		const sizes = new Map(files.map(({ path, size }) => [path, size]));
		for (const shelf of this.finished) {
			if (shelf.head.files.some(({ path, offset }) => sizes.get(path) !== offset)) {
				await this.drop(shelf);
			}
		}
		this.pending = this.pending.filter(({ path }) => sizes.has(path));
		return files;
	}

	/** Takes over what earlier sessions made, of files that are still what they were. */
	private async readCache(files: readonly JournalFile[]): Promise<void> {
		const { cacheDir, engine } = this.options;
		if (this.hasReadCache || cacheDir === undefined) {
			return;
		}
		this.hasReadCache = true;
		const sizes = new Map(files.map(({ path, size }) => [path, size]));
		for (const name of await readdir(cacheDir).catch(() => [])) {
			const path = join(cacheDir, name);
			const cache = name.endsWith(ENDING) ? await readShelf(path) : undefined;
			if (cache?.head.files.every(file => sizes.get(file.path) === file.offset) === true) {
				cache.head.files.forEach(file => sizes.delete(file.path));
				this.finished.add(new IndexShelf(cache.head, new ShelfCacheSource(engine, cache)));
			} else if (name.endsWith(ENDING)) {
				await rm(path, { force: true });
			}
		}
	}

	/** Decides which finished files are made into shelves now. Small shelves are made anew together with them. */
	private plan(files: readonly JournalFile[]): void {
		const { shelfBytes } = this.options;
		const shelved = new Set(this.shelves.flatMap(shelf => (shelf === this.live?.shelf ? [] : pathsOf(shelf))));
		const free = settledFiles(files, this.options.now()).filter(({ path }) => !shelved.has(path));
		if (shelfGroups(free, this.options.shelfBytes).length === 0) {
			this.pending = [];
			return;
		}
		const small = [...this.finished].filter(({ head }) => sizeOf(head.files) < shelfBytes / 2);
		const freed = new Set(free.reduce((sum, { size }) => sum + size, 0) < shelfBytes ? small.flatMap(pathsOf) : []);
		for (const shelf of small) {
			if (pathsOf(shelf).some(path => freed.has(path))) {
				this.finished.delete(shelf);
				shelf.dispose();
			}
		}
		this.pending = [...free, ...files.filter(({ path }) => freed.has(path))];
	}

	private async build(
		group: readonly JournalFile[],
		signal: AbortSignal | undefined,
		onBytes: OnProgress,
	): Promise<void> {
		const { engine, cacheDir } = this.options;
		const writer = new ShelfWriter(
			engine,
			group.reduce((sum, { size }) => sum + size, 0),
		);
		try {
			let before = 0;
			for (const { path, size } of group) {
				await readInto(writer, path, signal, offset => onBytes(before + offset));
				before += size;
			}
			if (cacheDir === undefined) {
				this.add(inMemory(writer), group);
				return;
			}
			const whole = await wholeSums(inMemory(writer), turn);
			const cache = await writeShelf(this.cachePath(cacheDir, writer.paths), writer, whole);
			this.add(new IndexShelf(cache.head, new ShelfCacheSource(engine, cache)), group);
			writer.db.dispose();
		} catch (error) {
			writer.db.dispose();
			throw error;
		}
	}

	private add(shelf: IndexShelf, group: readonly JournalFile[]): void {
		this.finished.add(shelf);
		const { live } = this;
		if (live !== undefined && group.some(({ path }) => live.writer.has(path))) {
			group.forEach(({ path }) => live.writer.forget(path));
			live.shelf.grown(live.writer.head());
		}
	}

	private async followNow(signal: AbortSignal | undefined): Promise<void> {
		const waiting = new Set([...this.pending.map(({ path }) => path), ...[...this.finished].flatMap(pathsOf)]);
		const present = await journalFiles(this.options.dir);
		for (const shelf of this.finished) {
			if (!pathsOf(shelf).every(path => present.includes(path))) {
				await this.drop(shelf);
			}
		}
		const files = await statAll(present.filter(path => !waiting.has(path) || this.live?.writer.has(path) === true));
		const live = (this.live ??= this.emptyLive());
		const { writer, shelf } = live;
		const before = JSON.stringify(writer.paths.map(path => writer.file(path).offset));
		for (const path of writer.paths) {
			const size = files.find(file => file.path === path)?.size ?? -1;
			if (size < writer.file(path).offset) {
				writer.forget(path); // not append-only after all: read it anew, verification says the rest
			}
		}
		try {
			for (const { path, size } of files) {
				if (size > (writer.has(path) ? writer.file(path).offset : 0)) {
					await readInto(writer, path, signal);
				}
			}
			this.hasReadLive = true;
		} finally {
			if (before !== JSON.stringify(writer.paths.map(path => writer.file(path).offset)) && this.live === live) {
				shelf.grown(writer.head());
				await this.outcomes.settle(this.shelves, [shelf]);
			}
		}
	}

	private emptyLive(): { readonly writer: ShelfWriter; readonly shelf: IndexShelf } {
		const writer = new ShelfWriter(this.options.engine, this.options.shelfBytes);
		return { writer, shelf: inMemory(writer) };
	}

	private cachePath(cacheDir: string, paths: readonly string[]): string {
		return join(cacheDir, `${nodeSha256(paths.join('\n')).slice(0, 32)}${ENDING}`);
	}
}

/** Others get a turn. */
function turn(): Promise<void> {
	return new Promise(resolve => {
		setImmediate(resolve);
	});
}

function inMemory(writer: ShelfWriter): IndexShelf {
	return new IndexShelf(writer.head(), {
		closable: false,
		bytes: 0,
		open: () => Promise.resolve(writer.db),
		grams: offset => writer.grams.bytes.subarray(offset, offset + 32),
		dispose: () => {
			writer.db.dispose();
		},
	});
}

function pathsOf({ head }: IndexShelf): readonly string[] {
	return head.files.map(({ path }) => path);
}

function sizeOf(files: readonly { readonly offset: number }[]): number {
	return files.reduce((sum, { offset }) => sum + offset, 0);
}
