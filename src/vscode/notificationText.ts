import { type ApprovalRequest } from '../domain/approval/approval';
import {
	answerByText,
	approvalMessage,
	type AskedWhen,
	hidesParts,
	identicalText,
	ownerText,
	pathLines,
} from './approvalText';
import { baseName } from '../base/baseName';
import { quoteForPerson } from './quote';
import { say } from './say';

/** The editor cuts a message after 1000 characters (NotificationMessage in its source); this leaves room for signs that take more. */
const MAX_MESSAGE = 900;

/**
 * The question as one line for a notification: host facts, then the quoted arguments, then by when to answer. Undefined
 * where not all of it fits: what a notification would hide is asked by modal.
 */
export function notificationText(request: ApprovalRequest, when: AskedWhen): string | undefined {
	if (hidesParts(request)) {
		return undefined;
	}
	const { verdict, facts, repeats, again } = request;
	const { rule } = verdict;
	const fact = facts.rules.find(({ id }) => id === rule?.id);
	const parts = [
		approvalMessage(request),
		...(again === undefined ? [] : [say('You allowed an identical call once. This is another one.')]),
		...(repeats > 1 ? [identicalText(repeats)] : []),
		`${quoteForPerson(request.capability, 80)}.`,
		...pathLines(request.paths).map(line => `${line.trim()}.`),
		...(rule === undefined
			? []
			: [
					`${say('Rule: {0}', `${quoteForPerson(rule.id, 80)} (${quoteForPerson(baseName(rule.at.file), 80)}:${String(rule.at.line)})`)}${fact === undefined ? '' : `, ${ownerText(fact.owner)}`}.`,
				]),
		answerByText(when),
		// Last, behind a word of ours: what the client says can put nothing after itself.
		say('Arguments, quoted: {0}', quoteForPerson(request.argumentsText, request.argumentsText.length)),
	];
	const text = parts.join(' ');
	return text.length <= MAX_MESSAGE ? text : undefined;
}
