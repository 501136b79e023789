import * as vscode from 'vscode';
import { type AskedWhen } from './approvalText';
import { notificationText } from './notificationText';
import { choicesOf, DENY, type OpenQuestion } from './openQuestion';
import { type Aside } from './questionQueue';
import { say } from './say';
import { tellOver } from './tellLate';

// The first is what "Accept Notification Primary Action" takes: that must not let a call through.
const DETAILS = () => say('Show Details');
/** The modal says what each further answer covers; a quick pick would cut those lines at its edge. */
const MORE = () => say('More…');

/**
 * Asks by a notification, which steals no focus. Closing it is no answer: the call waits on. A notification cannot be taken
 * back either; a click on one whose question is over is told so. `details`: the person wants the details; `modal`: the person
 * wants all answers, or a notification has no room for the question.
 */
export async function askByNotification(
	question: OpenQuestion,
	when: () => AskedWhen,
): Promise<'details' | 'modal' | Aside> {
	const text = notificationText(question.current, when());
	if (text === undefined) {
		return 'modal';
	}
	const once = choicesOf(question.current).find(({ outcome }) => outcome === 'allowed-once');
	const buttons = [DETAILS(), ...(once === undefined ? [] : [once.title]), MORE(), DENY.title];
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
	return chosen === DETAILS() ? 'details' : chosen === MORE() ? 'modal' : 'aside';
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
