import * as vscode from 'vscode';
import { type ApprovalOutcome } from '../domain/approval/approval';
import { approvalDetail, approvalMessage, type AskedWhen, hidesParts } from './approvalText';
import { closeDetails, type DetailDocuments } from './detailDocuments';
import { type Choice, choicesOf, DENY, type OpenQuestion } from './openQuestion';
import { openDetails, waitForReader } from './questionDetails';
import { type Silence } from './questionQueue';
import { say } from './say';
import { tellLate } from './tellLate';

// The first is what Enter means, and a modal may open while a person types: that must not let a call through.
const DETAILS: vscode.MessageItem = {
	get title() {
		return say('Show Details');
	},
};
/** Also what Escape and the close button mean. */
const REFUSE: vscode.MessageItem = {
	get title() {
		return DENY.title;
	},
	isCloseAffordance: true,
};

/** What a question that is shown needs. */
export interface ShownWith {
	readonly documents: DetailDocuments;
	readonly when: () => AskedWhen;
}

/**
 * Asks by modal until there is an answer; with `details`, the details come first. A modal cannot be taken back, so an answer
 * that comes after the call has ended is ignored, and the person is told.
 */
export async function askByModal(
	question: OpenQuestion,
	over: AbortSignal,
	{ documents, when }: ShownWith,
	details = false,
): Promise<ApprovalOutcome | Silence> {
	const opened: vscode.Uri[] = [];
	const read = async () => {
		question.isReading = true;
		// Who wants to answer while the editors still open must not be asked to say so twice.
		const reader = { isBack: false };
		const heard = question.onDidRecall(() => {
			reader.isBack = true;
		});
		try {
			opened.push(...(await openDetails(question.current, when(), documents)));
			question.hasRead = true;
			// What the modal has no room for is to be looked at first: the editors have only just opened.
			const mayAnswer = reader.isBack && !hidesParts(question.current);
			return mayAnswer ? 'ask' : ((await waitForReader(question, over)) ?? 'ask');
		} finally {
			heard.dispose();
			question.isReading = false;
		}
	};
	let next: 'ask' | 'read' = details ? 'read' : 'ask';
	try {
		for (;;) {
			const choice = next === 'read' ? await read() : await showModal(question, when());
			if (over.aborted) {
				// Where their own answer was the end, they need not be told.
				if (!question.wasAnswered) {
					tellLate();
				}
				return 'cancelled';
			}
			if (choice === undefined) {
				return 'dismissed';
			}
			if (typeof choice !== 'string') {
				question.take(choice);
				return choice.outcome;
			}
			next = choice;
		}
	} finally {
		await closeDetails(opened);
	}
}

async function showModal(question: OpenQuestion, when: AskedWhen): Promise<Choice | 'read' | undefined> {
	const { current, hasRead } = question;
	// What the modal has no room for cannot be allowed unseen.
	const choices = hidesParts(current) && !hasRead ? [] : choicesOf(current);
	const buttons = choices.map((choice): vscode.MessageItem & { readonly choice: Choice } => ({
		title: choice.title,
		choice,
	}));
	const chosen = await vscode.window.showWarningMessage<vscode.MessageItem>(
		approvalMessage(current),
		{ modal: true, detail: approvalDetail(current, when) },
		...[DETAILS, ...buttons, REFUSE],
	);
	return chosen === DETAILS ? 'read' : chosen === REFUSE ? DENY : buttons.find(each => each === chosen)?.choice;
}
