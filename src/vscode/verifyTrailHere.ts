import * as vscode from 'vscode';
import { type AuditPanel } from './auditPanel';
import { quoteForPerson } from './quote';
import { say } from './say';
import { describeReport } from './trailSeal';
import { withTrailProgress } from './trailProgress';

/** "Verify Audit Trail": verifies all of it, with progress, and says what came of it. What a person stops says nothing. */
export async function verifyTrailHere(panel: AuditPanel): Promise<void> {
	const report = await withTrailProgress(say('verifying the audit trail'), (signal, onProgress) =>
		panel.verify(signal, onProgress),
	);
	if (report === undefined) {
		return;
	}
	const text = describeReport(report);
	const open = say('Open Audit Panel');
	const choice = report.ok
		? await vscode.window.showInformationMessage(say('MCP Firewall: the audit trail is valid. {0}', text), open)
		: await vscode.window.showErrorMessage(
				say('MCP Firewall: the audit trail is BROKEN. {0}', quoteForPerson(text, 300)),
				open,
			);
	if (choice === open) {
		await panel.open();
	}
}
