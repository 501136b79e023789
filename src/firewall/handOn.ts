import { errorText } from '../base/errors';
import { type Draft, durabilityOf } from './ending';
import { impostorInFlight } from './identityStanding';
import { type WireMessage } from './message';
import { type PathContext } from './pathContext';
import { type Forward, type ForwardOutcome } from './ports';
import { emptyLatency } from './screenAnswer';
import { noteSent } from './sentRequest';
import { whyStopped } from './standing';

/**
 * Step 5: records the verdict, then forwards the message that was judged. What was cancelled or stopped while the entry was written
 * is not forwarded any more, nor what would go to an impostor. An answer to the very same request that a person let go is the answer, and nothing is sent.
 */
export async function handOn(
	context: PathContext,
	draft: Draft,
	forward: Forward,
	signal: AbortSignal,
	message: WireMessage,
): Promise<ForwardOutcome> {
	const { clock, logger } = context.ports;
	const asked = clock.monotonic();
	await recordVerdict(context, draft);
	draft.latency = { ...emptyLatency, ...draft.latency, write: clock.monotonic() - asked };
	const ended = whyStopped(context.ports, context.server) ?? impostorInFlight(context, draft);
	if (signal.aborted || ended !== undefined) {
		return { kind: 'failed', why: signal.aborted ? 'cancelled' : 'unavailable' };
	}
	const released = draft.from === 'server' ? undefined : context.book.take(context.server.id, message);
	noteSent(draft, { message, released: released !== undefined });
	if (released !== undefined) {
		draft.released = released.id;
		draft.detail = `answered with what was withheld under ${released.id} and let go by a person; the server was not asked`;
		return { kind: 'answered', message: released.message };
	}
	const started = clock.monotonic();
	let outcome: ForwardOutcome;
	try {
		outcome = await forward(signal, message);
	} catch (error) {
		logger.error(`A message could not be forwarded: ${errorText(error)}`);
		outcome = { kind: 'failed', why: 'unavailable' };
	}
	draft.latency = { ...emptyLatency, ...draft.latency, upstream: clock.monotonic() - started };
	return outcome;
}

/**
 * INVARIANT: nothing reaches an upstream without a verdict recorded for the same frozen bytes. Rejects when the trail
 * cannot be written; then the message is refused and nothing was sent. A killed editor thus leaves no unrecorded call.
 */
async function recordVerdict(context: PathContext, draft: Draft): Promise<void> {
	const { ids, clock } = context.ports;
	const record = {
		...draft,
		id: ids.uuid(),
		at: new Date(clock.now()).toISOString(),
		kind: 'verdict',
		outcome: 'pending',
		callId: draft.id,
	} as const;
	await context.ledger.append(context.ports, record, durabilityOf(record));
	// Once is enough: the entry that follows names this one by its own id.
	delete draft.facts;
}
