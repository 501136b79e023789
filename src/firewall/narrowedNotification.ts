import { errorText } from '../base/errors';
import { aboveCeiling } from './ceiling';
import { type Draft, type Ending, refused } from './ending';
import { type WireMessage } from './message';
import { narrowNotification, paramsOf } from './outbound';
import { type PathContext } from './pathContext';
import { redacted } from './redact';

/** C4 for a notification of the client: narrowed, or the way out. What it cannot do without judging is not done. */
export async function narrowedNotification(
	context: PathContext,
	message: WireMessage,
	draft: Draft,
): Promise<WireMessage | Ending> {
	try {
		const { entry } = context.review.current();
		const narrowed = narrowNotification(entry, message, draft);
		const sent = await redacted(context, entry, narrowed, 'params', draft);
		return (await aboveCeiling(context, entry, paramsOf(sent), draft)) ?? sent;
	} catch (error) {
		context.ports.logger.error(`A notification could not be judged: ${errorText(error)}`);
		return refused('internal_error');
	}
}
