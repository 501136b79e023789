import { type AuditRecord } from '../domain/audit/auditRecord';
import { maskedContext, type RecordedContext, type RecordedFacts } from '../domain/audit/recordedFacts';
import { type Durability, type FirewallPorts } from './ports';

/** So many contexts are known to be written; one that is forgotten is written again. */
const MAX_CONTEXTS = 64;

/** Which contexts stand in the journal file that is being written, so that each is written once and not with every call. */
export class ContextLedger {
	/** By identity: facts go from the draft to the record as they are. */
	private readonly offered = new WeakMap<RecordedFacts, RecordedContext>();
	private readonly written = new Set<string>();
	private lastSeq = -1;
	private lastFile: string | undefined;

	/** The context that these facts name; it is masked when it is written. */
	offer(facts: RecordedFacts, context: RecordedContext): void {
		this.offered.set(facts, context);
	}

	/** Appends to the trail, with the context of the facts where the file does not have it. Rejects as the trail does. */
	async append({ trail }: Pick<FirewallPorts, 'trail'>, record: AuditRecord, durability: Durability): Promise<void> {
		const { facts } = record;
		const missing = facts === undefined || this.written.has(facts.context) ? undefined : this.offered.get(facts);
		const whole = missing === undefined ? record : { ...record, context: maskedContext(missing) };
		const appended = trail.append(whole, durability);
		const { file } = trail;
		const { seq } = await appended;
		if (seq <= this.lastSeq || trail.file !== this.lastFile || this.written.size >= MAX_CONTEXTS) {
			// A number that does not grow means a new stream; it has none yet, nor has a new file.
			this.written.clear();
		}
		this.lastSeq = seq;
		this.lastFile = trail.file;
		// One that was acknowledged after the next file was begun stands in the file before.
		if (facts !== undefined && missing !== undefined && file === trail.file) {
			this.written.add(facts.context);
		}
	}
}
