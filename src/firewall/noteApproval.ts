import { type ApprovalOutcome } from '../domain/approval/approval';
import { type Grant } from '../domain/approval/grant';
import { type Draft } from './ending';
import { type EventFacts, noteEvent } from './noteEvent';
import { type PathContext } from './pathContext';

/**
 * The events of approvals (AUD-11). Nobody waits for them: the entry that lets the call go comes after them in the same trail, and is
 * on the disk before a byte leaves.
 */
export function noteShown(context: PathContext, draft: Draft): void {
	noteEvent(context.ports, 'approval-shown', { ...about(draft), actor: 'firewall' }, 'written');
}

/** `waitedMs`: since the question was shown. */
export function noteAnswered(context: PathContext, draft: Draft, outcome: ApprovalOutcome, waitedMs: number): void {
	const facts = { ...about(draft), actor: actorOf(context, outcome), approval: { outcome, waitedMs } };
	noteEvent(context.ports, 'approval-answered', facts, 'written');
}

/** A remembered yes let the call go. */
export function noteGrantUse(context: PathContext, draft: Draft, { id, scope }: Grant): void {
	const approval = { outcome: 'grant', waitedMs: 0, grantId: id } as const;
	const detail = `grant ${id}: ${scope}`;
	noteEvent(context.ports, 'grant-used', { ...about(draft), actor: 'firewall', approval, detail }, 'written');
}

function about({ id, session, client, server, tool, method, capability, policyDigest, digest }: Draft): EventFacts {
	return {
		callId: id,
		...(session !== undefined && { session }),
		...(client !== undefined && { client }),
		...(server !== undefined && { server: { id: server.id, name: server.name } }),
		...(tool !== undefined ? { tool } : method !== undefined && { method }),
		...(capability !== undefined && { capability }),
		...(policyDigest !== undefined && { policyDigest }),
		...(digest !== undefined && { digest }),
	};
}

function actorOf({ approver }: PathContext, outcome: ApprovalOutcome): NonNullable<EventFacts['actor']> {
	switch (outcome) {
		case 'timeout':
		case 'unavailable':
		case 'too-long-to-show':
			return 'firewall';
		case 'cancelled':
			return 'client';
		case 'allowed-once':
		case 'allowed-session':
		case 'allowed-hour':
		case 'allowed-workspace':
		case 'denied':
		case 'dismissed':
			return approver.by ?? 'person';
	}
}
