import { type Disposable } from '../base/disposable';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type AuditFilter, type AuditOverview, type AuditPage, type AuditStats } from '../domain/audit/auditFilter';
import { PANEL_SESSION_LIMIT } from '../shared/panelProtocol';
import { AuditIndex } from '../storage/auditIndex';
import { type AuditUse } from '../storage/auditQuery';
import { isAborted, type PanelWork } from './panelWork';

/** What the index is about to be able to do. */
interface TrailIndex extends Disposable {
	refresh(signal?: AbortSignal, onProgress?: (done: number) => void): Promise<void>;
	query(filter: AuditFilter, offset: number, limit: number): Promise<AuditPage>;
	overview(filter: AuditFilter): Promise<AuditOverview>;
	stats(filter: AuditFilter): Promise<AuditStats>;
	session(id: string, limit: number): Promise<readonly AuditEntry[]>;
	get(id: string): Promise<AuditEntry | undefined>;
	lastUses(): Promise<readonly AuditUse[]>;
}

/** Where the trail is, and what reading it needs. */
export interface TrailDeskOptions {
	/** The bytes of sql.js's `sql-wasm.wasm`; asked for when something first reads. */
	readonly wasm: () => Promise<Uint8Array>;
	readonly trailDirectory: string;
	readonly work: PanelWork;
}

/** Reads the trail for this window: the index that answers, loaded when something first asks, and brought up to date each time. */
export class TrailDesk implements Disposable {
	private index: Promise<TrailIndex> | undefined;

	constructor(private readonly options: TrailDeskOptions) {}

	/** A page of what matches, newest first. */
	async page(filter: AuditFilter, offset: number, limit: number): Promise<AuditPage> {
		return (await this.upToDate()).query(filter, offset, limit);
	}

	async overview(filter: AuditFilter): Promise<AuditOverview> {
		return (await this.upToDate()).overview(filter);
	}

	async stats(filter: AuditFilter): Promise<AuditStats> {
		return (await this.upToDate()).stats(filter);
	}

	/** The entries of a session, oldest first, at most {@link PANEL_SESSION_LIMIT}. */
	async session(id: string): Promise<{ readonly entries: readonly AuditEntry[]; readonly more?: true }> {
		const index = await this.upToDate();
		const entries = await index.session(id, PANEL_SESSION_LIMIT + 1);
		return entries.length > PANEL_SESSION_LIMIT
			? { entries: entries.slice(0, PANEL_SESSION_LIMIT), more: true }
			: { entries };
	}

	/** The whole entry. Rejects where there is no such entry. */
	async entry(id: string): Promise<AuditEntry> {
		const entry = await (await this.upToDate()).get(id);
		if (entry === undefined) {
			throw new Error('There is no such entry in the trail.');
		}
		return entry;
	}

	/** When each tool, prompt and resource was last used, in any window. */
	async lastUses(): Promise<readonly AuditUse[]> {
		return (await this.upToDate()).lastUses();
	}

	dispose(): void {
		void this.index?.then(
			index => {
				index.dispose();
			},
			() => undefined,
		);
	}

	/** What was read until a person stopped it is answered with. */
	private async upToDate(): Promise<TrailIndex> {
		const index = await this.open();
		try {
			await this.options.work.run('Reading the trail', (signal, onProgress) => index.refresh(signal, onProgress));
		} catch (error) {
			if (!isAborted(error)) {
				throw error;
			}
		}
		return index;
	}

	/** An index that could not be opened is opened anew by whoever asks next. */
	private open(): Promise<TrailIndex> {
		this.index ??= this.load().catch((error: unknown) => {
			this.index = undefined;
			throw error;
		});
		return this.index;
	}

	private async load(): Promise<TrailIndex> {
		const { trailDirectory, wasm } = this.options;
		const index = await AuditIndex.open(trailDirectory, await wasm());
		return index as unknown as TrailIndex;
	}
}
