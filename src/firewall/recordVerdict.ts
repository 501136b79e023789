import { type Draft, durabilityOf } from './ending';
import { type PathContext } from './pathContext';

/**
 * INVARIANT: nothing reaches an upstream without a verdict recorded for the same frozen bytes. Rejects when the trail
 * cannot be written; then the message is refused and nothing was sent. A killed editor thus leaves no unrecorded call.
 */
export async function recordVerdict(context: PathContext, draft: Draft): Promise<void> {
	const { ids, clock, trail } = context.ports;
	const record = {
		...draft,
		id: ids.uuid(),
		at: new Date(clock.now()).toISOString(),
		kind: 'verdict',
		outcome: 'pending',
		callId: draft.id,
	} as const;
	await trail.append(record, durabilityOf(record));
}
