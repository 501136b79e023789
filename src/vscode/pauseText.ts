import { counted } from '../base/counted';
import { type PauseRequest } from '../domain/approval/approval';
import { type AskedWhen } from './approvalText';
import { quoteForPerson } from './quote';
import { clockText } from './timeText';

/** Rows of tools that the modal names. */
const MAX_ROWS = 8;

/** The question about a flood of questions, in one line. */
export function pauseMessage({ waiting }: PauseRequest): string {
	return `${counted(waiting, 'call')} ${waiting === 1 ? 'waits' : 'wait'} for an answer. Review them?`;
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
			? 'More calls wait than can be answered with care. Nothing was sent.'
			: 'There were more questions within a minute than can be answered with care. Nothing was sent.',
		'',
		...shown,
		...(more > 0 ? [`… and ${counted(more, 'more tool')}`] : []),
		...(since > 0 ? [`… and ${counted(since, 'call')} since then`] : []),
		'',
		'Review One by One asks about each of them.',
		'Deny All refuses them, and these tools rest for this session.',
		'Refuse These, or Escape, refuses them and leaves the tools as they are.',
		`Answer by ${clockText(answerBy, now, 'seconds')}, else they are denied.`,
	].join('\n');
}
