import * as vscode from 'vscode';
import { type PauseOutcome, type PauseRequest } from '../domain/approval/approval';
import { type AskedWhen } from './approvalText';
import { pauseDetail, pauseMessage } from './pauseText';
import { tellLate } from './tellLate';

const REVIEW: vscode.MessageItem = { title: 'Review One by One' };
const DENY_ALL: vscode.MessageItem = { title: 'Deny All' };
/** Also what Escape means; without it the editor would add a button "Cancel", which does not say what happens to the calls. */
const REFUSE: vscode.MessageItem = { title: 'Refuse These', isCloseAffordance: true };

/** Asks by modal what to do about a flood of questions. */
export async function askAboutPause(request: PauseRequest, when: AskedWhen, over: AbortSignal): Promise<PauseOutcome> {
	const choice = await vscode.window.showWarningMessage(
		pauseMessage(request),
		{ modal: true, detail: pauseDetail(request, when) },
		...[REVIEW, DENY_ALL, REFUSE],
	);
	if (over.aborted) {
		tellLate('The calls had ended before you answered.');
	}
	return choice === REVIEW ? 'review' : choice === DENY_ALL ? 'deny-all' : 'dismissed';
}
