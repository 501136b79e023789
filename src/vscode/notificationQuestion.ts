import * as vscode from 'vscode';
import { type AskedWhen, offerText } from './approvalText';
import { notificationText } from './notificationText';
import { type Choice, choicesOf, DENY, type OpenQuestion } from './openQuestion';
import { type Aside } from './questionQueue';
import { quoteForLabel } from './quote';
import { tellOver } from './tellLate';

// The first is what "Accept Notification Primary Action" takes: that must not let a call through.
const DETAILS = 'Show Details';
const MORE = 'More…';
/** Longest line about what a yes would cover. */
const MAX_DETAIL = 1_000;

/**
 * Asks by a notification, which steals no focus. Closing it is no answer: the call waits on. A notification cannot be taken
 * back either; a click on one whose question is over is told so. `details`: the person wants the details; `modal`: a
 * notification has no room for the question.
 */
export async function askByNotification(
	question: OpenQuestion,
	when: () => AskedWhen,
): Promise<'details' | 'modal' | Aside> {
	for (;;) {
		const text = notificationText(question.current, when());
		if (text === undefined) {
			return 'modal';
		}
		const once = choicesOf(question.current).find(({ outcome }) => outcome === 'allowed-once');
		const buttons = [DETAILS, ...(once === undefined ? [] : [once.title]), MORE, DENY.title];
		const shown = vscode.window.showWarningMessage(text, ...buttons).then(chosen => {
			if (chosen !== undefined && question.isOver) {
				tellOver(question);
			} else if (chosen === once?.title && once !== undefined) {
				question.take(once);
			} else if (chosen === DENY.title) {
				question.take(DENY);
			} else if (chosen !== undefined && question.surface !== 'notification') {
				// It is on the screen as a modal, or was: there is where it goes on.
				question.recall();
			}
			return chosen;
		});
		const chosen = await untilOver(shown, question);
		if (question.isOver || question.surface !== 'notification') {
			return 'aside';
		}
		if (chosen === DETAILS) {
			return 'details';
		}
		if (chosen !== MORE) {
			return 'aside';
		}
		const choice = await chooseScope(question, when().now);
		if (choice !== undefined) {
			if (!question.take(choice)) {
				tellOver(question);
			}
			return 'aside';
		}
	}
}

/** What was clicked; undefined where it was closed, or where the question is over or wanted as a modal. */
function untilOver(shown: Thenable<string | undefined>, question: OpenQuestion): Promise<string | undefined> {
	const { over } = question;
	return new Promise((resolve, reject) => {
		const end = (chosen: string | undefined) => {
			heard.dispose();
			over.removeEventListener('abort', ended);
			resolve(chosen);
		};
		const ended = () => {
			end(undefined);
		};
		const heard = question.onDidRecall(ended);
		over.addEventListener('abort', ended);
		shown.then(end, reject);
	});
}

/** All answers with what each would cover. Escape leads back. */
async function chooseScope(question: OpenQuestion, now: number): Promise<Choice | undefined> {
	const items = [...choicesOf(question.current), DENY].map(choice => ({
		label: choice.title,
		detail:
			choice.offer !== undefined
				? quoteForLabel(`covers ${offerText(choice.offer, now)}`, MAX_DETAIL)
				: choice === DENY
					? 'refuses it; the identical call is refused without a question in this session'
					: 'this call alone',
		choice,
	}));
	// The first row is what Enter takes when the list comes up.
	const first = { label: 'Back to the Question', detail: 'answers nothing', choice: undefined };
	const picked = await vscode.window.showQuickPick([first, ...items], {
		title: 'How long does your answer hold?',
		placeHolder: 'Escape leads back to the question',
		ignoreFocusOut: true,
	});
	return picked?.choice;
}
