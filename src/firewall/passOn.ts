import { isJsonObject } from '../base/json';
import { type Draft, type Ending, isSuspect, refused } from './ending';
import { handOn } from './handOn';
import { withoutState } from './inputRequired';
import { markOf, type PathContext } from './pathContext';
import { type Judgement } from './judge';
import { type Forward } from './ports';
import { type AskingCall, screenAnswerAndInput } from './screenInput';
import { watchFiles } from './touchedFiles';

/**
 * Steps 5 and 6 of what policy decided: counts it, hands it on, screens the answer, and remembers both for the calls that
 * come after. `call.tool` is what evidence in a quarantined answer names.
 */
export async function passOn(
	context: PathContext,
	judgement: Judgement,
	call: AskingCall,
	draft: Draft,
	forward: Forward,
	signal: AbortSignal,
): Promise<Ending> {
	const { memory, ports } = context;
	const { load, verdict, facts } = judgement;
	if (!memory.take(load, verdict, call.message.bytes.length, ports.clock.monotonic())) {
		return refused('limit_exceeded', facts.capability, verdict);
	}
	const files = watchFiles(context, judgement);
	const handed: Forward = async (...sent) => {
		await files?.seen;
		return forward(...sent);
	};
	const outcome = await handOn(context, draft, files === undefined ? forward : handed, signal, call.message);
	const screened = await screenAnswerAndInput(context, outcome, call, draft, signal);
	await files?.note(draft);
	const wrong = outcome.kind === 'answered' ? call.check?.(outcome.message.value.result) : undefined;
	// A question that may not be put to the client says more than that the answer is wrong, too.
	const ending = wrong !== undefined && screened.kind === 'answered' ? wrong : screened;
	if (outcome.kind === 'answered') {
		const { value, bytes } = outcome.message;
		const answer = {
			value: value.error ?? (isJsonObject(value.result) ? withoutState(value.result) : value.result),
			bytes: bytes.length,
			// What could not be screened is withheld, and trusted as little.
			instructionShaped: isSuspect(ending, draft),
		};
		memory.answered(facts, judgement, answer, markOf(context, draft));
	}
	return ending;
}
