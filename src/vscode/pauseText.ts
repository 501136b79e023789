import { type PauseRequest } from '../domain/approval/approval';
import { type AskedWhen } from './approvalText';
import { quoteForPerson } from './quote';
import { say, sayCount } from './say';
import { clockText } from './timeText';

/** Rows of tools that the modal names. */
const MAX_ROWS = 8;

/** The question about a flood of questions, in one line. */
export function pauseMessage({ waiting }: PauseRequest): string {
	return sayCount(
		waiting,
		'{0} call waits for an answer. Review them?',
		'{0} calls wait for an answer. Review them?',
	);
}

/** What waits, most calls first, and what each answer does. Tool names are quoted. */
export function pauseDetail({ why, calls, waiting }: PauseRequest, { now, answerBy }: AskedWhen): string {
	const rows = calls.map(
		({ server, tool, capability, count }) =>
			`${quoteForPerson(server.name, 60)}/${quoteForPerson(tool, 80)} ×${String(count)} (${quoteForPerson(capability, 60)})`,
	);
	const shown = rows.length <= MAX_ROWS ? rows : rows.slice(0, MAX_ROWS - 1);
	const more = rows.length - shown.length;
	// Named are the calls of the moment at which the pause began; it may have waited for another question.
	const since = waiting - calls.reduce((sum, { count }) => sum + count, 0);
	return [
		why === 'waiting'
			? say('More calls wait than can be answered with care. Nothing was sent.')
			: say('There were more questions within a minute than can be answered with care. Nothing was sent.'),
		'',
		...shown,
		...(more > 0 ? [sayCount(more, '… and {0} more tool', '… and {0} more tools')] : []),
		...(since > 0 ? [sayCount(since, '… and {0} call since then', '… and {0} calls since then')] : []),
		'',
		say('Review One by One asks about each of them.'),
		say('Deny All refuses them, and these tools rest for this session.'),
		say('Refuse These, or Escape, refuses them and leaves the tools as they are.'),
		say('Answer by {0}, else they are denied.', clockText(answerBy, now, 'seconds')),
	].join('\n');
}
