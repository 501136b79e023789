import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { approvalMessage } from './approvalText';
import { type AuditPanel } from './auditPanel';
import { approvalSurfaces, settingIds } from './contributions';
import { setting } from './effectiveSettings';
import { type EditorApprover } from './editorApprover';
import { type ApprovalSurface } from './openQuestion';
import { say } from './say';

/** Where the person wants to be asked about what is not risky; a modal where the setting says nothing that is known. */
export function surfaceNow(): ApprovalSurface {
	const wanted = setting<string>(settingIds.approvalSurface);
	return approvalSurfaces.find(surface => surface === wanted) ?? 'modal';
}

/**
 * Tells of questions that wait in a panel which nobody sees, or in a window that somebody turned away from, by one
 * notification until nothing waits any more. The panel is not opened by itself: it would cover what the person works at.
 */
export function noticeWaiting(
	approver: Pick<EditorApprover, 'onDidWaitInPanel' | 'onDidChangeWaiting'>,
	panel: Pick<AuditPanel, 'isVisible' | 'openWaiting'>,
): Disposable {
	const store = new DisposableStore();
	const show = say('Show in Audit Panel');
	let told = false;
	store.add(
		approver.onDidWaitInPanel(question => {
			// A notification stands until the window has the focus again.
			if (told || (panel.isVisible && vscode.window.state.focused)) {
				return;
			}
			told = true;
			void vscode.window
				.showWarningMessage(`${approvalMessage(question.current)} ${say('It waits in the audit panel.')}`, show)
				.then(choice => (choice === show ? panel.openWaiting() : undefined));
		}),
	);
	store.add(
		approver.onDidChangeWaiting(count => {
			told &&= count > 0;
		}),
	);
	return store;
}

/** Brings the next waiting question to the screen, or says that there is none. */
export function answerWaiting(approver: Pick<EditorApprover, 'recall'>): void {
	if (!approver.recall()) {
		void vscode.window.showInformationMessage(say('MCP Firewall: No call waits for your answer.'));
	}
}
