import { FirewallError } from '../../../src/base/errors';
import { type AuditEntry, type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { chainEntry, entryLine } from '../../../src/domain/audit/chain';
import { type AuditTrail, type Durability } from '../../../src/firewall/ports';

/** A trail in memory. What it keeps went through the real chain, so what cannot be written cannot be kept here either. */
export class MemoryTrail implements AuditTrail {
	readonly entries: AuditEntry[] = [];
	readonly durabilities: Durability[] = [];
	/** Says which appends fail, by their record. */
	fails: (record: AuditRecord) => boolean = () => false;

	constructor(private readonly timeline: string[]) {}

	append(record: AuditRecord, durability: Durability): Promise<AuditEntry> {
		if (this.fails(record)) {
			return Promise.reject(new FirewallError('journal-unwritable', 'no space left on the device'));
		}
		const entry = chainEntry(record, this.entries.at(-1));
		this.entries.push(entry);
		this.durabilities.push(durability);
		this.timeline.push(record.kind);
		return Promise.resolve(entry);
	}

	/** Entries that say how a message left the path. */
	get endings(): readonly AuditEntry[] {
		return this.entries.filter(({ kind }) => kind !== 'verdict' && kind !== 'lifecycle');
	}

	get verdicts(): readonly AuditEntry[] {
		return this.entries.filter(entry => entry.kind === 'verdict');
	}

	/** All of it, as it would stand on the disk. */
	get text(): string {
		return this.entries.map(entry => `${entryLine(entry)}\n`).join('');
	}
}
