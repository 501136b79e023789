import { type ApprovalRequest } from '../domain/approval/approval';
import { type PanelQuestion } from '../shared/panelProtocol';
import { answerByText, approvalMessage, approvalParts, type AskedWhen } from './approvalText';
import { offerText } from './offerText';
import { choicesOf } from './openQuestion';
import { say } from './say';

/**
 * What the panel shows of a question: the lines of the modal, facts of ours apart from what is quoted, and the ways to say
 * yes in the order of `choicesOf`. All of it is plain text.
 */
export function panelQuestion(request: ApprovalRequest, when: AskedWhen): PanelQuestion {
	const { what, why, quoted } = approvalParts(request, when);
	return {
		...{ id: request.id, digest: request.digest, message: approvalMessage(request) },
		...{ facts: [...what, ...why], quoted, answerBy: answerByText(when) },
		choices: choicesOf(request).map(({ title, offer }) => ({
			title,
			covers: offer === undefined ? say('this call alone') : offerText(offer, when.now),
		})),
	};
}
