import { type ApprovalAnswer, type ApprovalOutcome, type ApprovalRequest } from '../../../src/domain/approval/approval';
import { type Approver } from '../../../src/firewall/ports';

/** What the person does: an outcome, or anything else that an approver may come up with. */
export type Script =
	ApprovalOutcome | ((request: ApprovalRequest, signal: AbortSignal) => Promise<ApprovalAnswer> | ApprovalAnswer);

/** A person with a script; says no once it is at its end. */
export class ScriptedApprover implements Approver {
	readonly requests: ApprovalRequest[] = [];
	private readonly scripts: Script[] = [];

	constructor(private readonly timeline: string[]) {}

	/** What to answer next, and after that. */
	will(...scripts: readonly Script[]): void {
		this.scripts.push(...scripts);
	}

	async ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
		this.requests.push(request);
		this.timeline.push('asked');
		const script = this.scripts.shift() ?? 'denied';
		return typeof script === 'string'
			? { requestId: request.id, digest: request.digest, outcome: script }
			: await script(request, signal);
	}
}
