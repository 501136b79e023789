import * as vscode from 'vscode';
import { type AuditPanel } from './auditPanel';
import { quoteForPerson } from './quote';
import { describeReport } from './trailSeal';
import { withTrailProgress } from './trailProgress';

/** "Verify Audit Trail": verifies all of it, with progress, and says what came of it. What a person stops says nothing. */
export async function verifyTrailHere(panel: AuditPanel): Promise<void> {
	const report = await withTrailProgress('verifying the audit trail', (signal, onProgress) =>
		panel.verify(signal, onProgress),
	);
	if (report === undefined) {
		return;
	}
	const text = describeReport(report);
	const open = 'Open Audit Panel';
	const choice = report.ok
		? await vscode.window.showInformationMessage(`MCP Firewall: the audit trail is valid. ${text}`, open)
		: await vscode.window.showErrorMessage(
				`MCP Firewall: the audit trail is BROKEN. ${quoteForPerson(text, 300)}`,
				open,
			);
	if (choice === open) {
		await panel.open();
	}
}
