import { isAllowed } from '../domain/approval/approval';
import { type AuditEntry } from '../domain/audit/auditRecord';

/** What somebody new does first, in the order of the walkthrough. */
export const firstSteps = ['guarded', 'called', 'answered', 'trailRead'] as const;

/** One of {@link firstSteps}. */
export type FirstStep = (typeof firstSteps)[number];

/** True for an outcome of an approval that a person brought about at that moment. */
function isByPerson(outcome: string): boolean {
	return isAllowed(outcome) || outcome === 'denied' || outcome === 'dismissed';
}

/** What is remembered between windows. */
export interface StepMemory {
	get(): readonly string[];
	set(done: readonly FirstStep[]): void;
}

/** Knows which of the first steps really happened; none is ever undone. */
export class FirstSteps {
	constructor(
		private readonly memory: StepMemory,
		/** Told of each step that is done, also of those that were done before. */
		private readonly tell: (step: FirstStep) => void,
	) {
		this.done.forEach(tell);
	}

	get done(): readonly FirstStep[] {
		const kept = this.memory.get();
		return firstSteps.filter(step => kept.includes(step));
	}

	note(step: FirstStep): void {
		const { done } = this;
		if (!done.includes(step)) {
			this.memory.set([...done, step]);
			this.tell(step);
		}
	}

	/** Learns from an entry of the trail: a call was made, a person answered a question. */
	hear({ kind, approval }: Pick<AuditEntry, 'kind' | 'approval'>): void {
		if (kind === 'call') {
			this.note('called');
		}
		if (approval !== undefined && isByPerson(approval.outcome)) {
			this.note('answered');
		}
	}
}
