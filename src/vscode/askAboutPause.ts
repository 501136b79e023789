import * as vscode from 'vscode';
import { type PauseOutcome, type PauseRequest } from '../domain/approval/approval';
import { type AskedWhen } from './approvalText';
import { pauseDetail, pauseMessage } from './pauseText';
import { say } from './say';
import { tellLate } from './tellLate';

const REVIEW: vscode.MessageItem = {
	get title() {
		return say('Review One by One');
	},
};
const DENY_ALL: vscode.MessageItem = {
	get title() {
		return say('Deny All');
	},
};
/** Also what Escape means; without it the editor would add a button "Cancel", which does not say what happens to the calls. */
const REFUSE: vscode.MessageItem = {
	get title() {
		return say('Refuse These');
	},
	isCloseAffordance: true,
};

/** Asks by modal what to do about a flood of questions. */
export async function askAboutPause(request: PauseRequest, when: AskedWhen, over: AbortSignal): Promise<PauseOutcome> {
	const choice = await vscode.window.showWarningMessage(
		pauseMessage(request),
		{ modal: true, detail: pauseDetail(request, when) },
		...[REVIEW, DENY_ALL, REFUSE],
	);
	if (over.aborted) {
		tellLate(say('The calls had ended before you answered.'));
	}
	return choice === REVIEW ? 'review' : choice === DENY_ALL ? 'deny-all' : 'dismissed';
}
