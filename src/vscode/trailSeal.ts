import { baseName } from '../base/baseName';
import { type Clock } from '../base/clock';
import { Emitter } from '../base/event';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type PanelChain } from '../shared/panelProtocol';
import { type TrailReport, verifyTrail } from '../storage/verifyTrail';

const UNVERIFIED: PanelChain = { state: 'unknown', detail: 'Not verified yet.', entries: 0 };

/** How the trail stands, as it was last verified in this window. */
export class TrailSeal {
	private readonly changed = new Emitter<PanelChain>();
	private last: PanelChain = UNVERIFIED;
	/** ISO 8601: when the last verification began; what is newer was not looked at. */
	private verifiedAt = '';

	/** It was verified, or found broken. */
	readonly onDidChange = this.changed.event;

	constructor(
		private readonly directory: string,
		private readonly clock: Clock,
	) {}

	get chain(): PanelChain {
		return this.last;
	}

	/** How it stands for one entry. */
	chainOf(entry: AuditEntry): PanelChain {
		return entry.at > this.verifiedAt ? UNVERIFIED : this.last;
	}

	/** Verifies the whole trail. Rejects when it cannot be read, or is stopped; then the state stays as it was. */
	async verify(signal: AbortSignal, onProgress: (done: number) => void): Promise<TrailReport> {
		const began = new Date(this.clock.now()).toISOString();
		const report = await verifyTrail(this.directory, { signal });
		onProgress(1);
		this.last = { state: report.ok ? 'valid' : 'broken', detail: describeReport(report), entries: report.entries };
		this.verifiedAt = began;
		this.changed.fire(this.last);
		return report;
	}
}

/** One sentence on a report, for the panel and for messages. */
export function describeReport(report: TrailReport): string {
	const [first] = report.breaks;
	return first === undefined
		? `${report.entries} ${report.entries === 1 ? 'line' : 'lines'} in ${report.files} ${report.files === 1 ? 'file' : 'files'}, every one in its place.`
		: // The line first: a narrow panel cuts the end off.
			`Line ${first.line} of ${baseName(first.file)}: ${first.why}.`;
}
