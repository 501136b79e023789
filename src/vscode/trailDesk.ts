import { dirname, join } from 'node:path';
import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type AuditFilter, type AuditOverview, type AuditPage, type AuditStats } from '../domain/audit/auditFilter';
import { PANEL_SESSION_LIMIT } from '../shared/panelProtocol';
import { AuditIndex } from '../storage/auditIndex';
import { type AuditUse } from '../storage/auditQuery';
import { isAborted, type PanelWork } from './panelWork';
import { say } from './say';

/** Where the trail is, and what reading it needs. */
export interface TrailDeskOptions {
	readonly trailDirectory: string;
	/** Gives the bytes of sql.js's `sql-wasm.wasm`; asked for when something first reads. */
	readonly loadWasm: () => Promise<Uint8Array>;
	readonly work: PanelWork;
	readonly clock: Clock;
	/** The index is whole where it was not. */
	readonly onWhole: () => void;
	/** It could not be made. */
	readonly onTrouble: (error: unknown) => void;
}

/** The index is looked after so often while somebody asks; what is appended in between is read by every question. */
const BUILD_AGAIN_MS = 10_000;
/** Before that nothing tells whether the index has to be made at all. */
const QUICK_MS = 150;

/**
 * Reads the trail for this window: the index that answers, made when something first asks, newest entries first. While it is
 * made, answers are those of what is known.
 */
export class TrailDesk implements Disposable {
	private index: Promise<AuditIndex> | undefined;
	private building: Promise<void> | undefined;
	private builtAt: number | undefined;
	/** A person does not want to wait for the rest, or it cannot be had. */
	private stopped = false;

	constructor(private readonly options: TrailDeskOptions) {}

	/** A page of what matches, newest first; with `more`, what is not read yet is being read. */
	async page(filter: AuditFilter, offset: number, limit: number): Promise<AuditPage> {
		const index = await this.open();
		const page = await index.query(filter, offset, limit);
		if (page.more === true && !this.stopped) {
			void this.build();
			return page;
		}
		const { rows, total, facets } = page;
		return { rows, total, facets };
	}

	/** Resolves when it is worth asking once more for a page that had `more`. */
	async untilMore(): Promise<void> {
		await Promise.race([this.building, this.pause(this.building === undefined ? 0 : 250)]);
	}

	/** What matches as a whole, as far as the index is made. */
	async overview(filter: AuditFilter): Promise<AuditOverview> {
		await this.soon();
		return (await this.open()).overview(filter);
	}

	async stats(filter: AuditFilter): Promise<AuditStats> {
		await this.build();
		return (await this.open()).stats(filter);
	}

	/** How many entries match. */
	async count(filter: AuditFilter): Promise<number> {
		await this.build();
		return (await (await this.open()).query(filter, 0, 1)).total;
	}

	/** The entries of a session, oldest first, at most {@link PANEL_SESSION_LIMIT}. */
	async session(id: string): Promise<{ readonly entries: readonly AuditEntry[]; readonly more?: true }> {
		await this.build();
		const entries = await (await this.open()).session(id, PANEL_SESSION_LIMIT + 1);
		return entries.length > PANEL_SESSION_LIMIT
			? { entries: entries.slice(0, PANEL_SESSION_LIMIT), more: true }
			: { entries };
	}

	/** The whole entry. Rejects where there is no such entry. */
	async entry(id: string): Promise<AuditEntry> {
		const index = await this.open();
		let entry = await index.get(id);
		if (entry === undefined) {
			await this.build();
			entry = await index.get(id);
		}
		if (entry === undefined) {
			throw new Error(say('There is no such entry in the trail.'));
		}
		return entry;
	}

	/**
	 * The entry that was written before a call was handed on, where there is one: what its verdict rested on stands there. A
	 * call that was refused holds that itself.
	 */
	async verdictOf({ id, kind, facts }: AuditEntry): Promise<AuditEntry | undefined> {
		return facts !== undefined || (kind !== 'call' && kind !== 'message')
			? undefined
			: (await this.open()).verdictOf(id);
	}

	/** When each tool, prompt and resource was last used, in any window. */
	async lastUses(): Promise<readonly AuditUse[]> {
		await this.build();
		return (await this.open()).lastUses();
	}

	/** A person asks for something else, so that what was stopped may go on. */
	resume(): void {
		this.stopped = false;
	}

	dispose(): void {
		void this.index?.then(index => {
			index.dispose();
		});
	}

	/** Brings the index up to date, one at a time. Never rejects: what was read until then is answered with. */
	private build(): Promise<void> {
		this.building ??= this.buildNow().finally(() => {
			this.building = undefined;
		});
		return this.building;
	}

	/** Waits for an index that is up to date in a moment, and not for one that is not. */
	private async soon(): Promise<void> {
		const { clock } = this.options;
		if (this.builtAt === undefined || clock.monotonic() - this.builtAt > BUILD_AGAIN_MS) {
			await Promise.race([this.build(), this.pause(QUICK_MS)]);
		}
	}

	private async buildNow(): Promise<void> {
		const first = this.builtAt === undefined;
		const { work, clock, onWhole, onTrouble } = this.options;
		try {
			const index = await this.open();
			await work.run(say('Reading the trail'), (signal, onProgress) => index.refresh(signal, onProgress));
			this.builtAt = clock.monotonic();
			if (first) {
				onWhole();
			}
		} catch (error) {
			this.stopped = true;
			if (!isAborted(error)) {
				onTrouble(error);
			}
		}
	}

	private pause(ms: number): Promise<void> {
		return new Promise(resolve => {
			this.options.clock.schedule(ms, resolve);
		});
	}

	private open(): Promise<AuditIndex> {
		const { trailDirectory, loadWasm } = this.options;
		// Made anew from the journals at any time, so it may be lost; in the data directory, which no guarded tool may touch.
		this.index ??= AuditIndex.open(trailDirectory, loadWasm, { cacheDir: join(dirname(trailDirectory), 'index') });
		return this.index;
	}
}
