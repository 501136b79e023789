import { type Disposable } from '../base/disposable';
import { type Event } from '../base/event';
import { type AuditEntry } from '../domain/audit/auditRecord';

/** Grants that are counted at most; the one that was used longest ago goes first. */
const MAX_GRANTS = 1024;

/** How often grants let a call go since the window was opened, as the trail tells it. */
export class GrantUses implements Disposable {
	private readonly counts = new Map<string, number>();
	private readonly subscription: Disposable;

	constructor(onDidAppend: Event<AuditEntry>) {
		this.subscription = onDidAppend(({ kind, approval }) => {
			if (kind === 'call' && approval?.outcome === 'grant' && approval.grantId !== undefined) {
				this.count(approval.grantId);
			}
		});
	}

	/** 0 for a grant that was not used. */
	of(grantId: string): number {
		return this.counts.get(grantId) ?? 0;
	}

	dispose(): void {
		this.subscription.dispose();
	}

	private count(id: string): void {
		const uses = this.of(id) + 1;
		this.counts.delete(id);
		this.counts.set(id, uses);
		const oldest = this.counts.keys().next();
		if (this.counts.size > MAX_GRANTS && oldest.done !== true) {
			this.counts.delete(oldest.value);
		}
	}
}
