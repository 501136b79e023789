import * as vscode from 'vscode';
import { anchorInGit } from './editorTrail';
import { failureText } from './problemText';
import { quoteForPerson } from './quote';
import { say, sayCount } from './say';
import { type WorkbenchParts } from './workbenchParts';

/** Heads that one note holds when a person asks for it: the newest. */
const HEADS_IN_NOTE = 50;

/** "Copy Public Key of the Audit Trail": base64url, as `audit verify --public-key` takes it. */
export async function copyTrailKey({ signer }: Pick<WorkbenchParts, 'signer'>): Promise<void> {
	await vscode.env.clipboard.writeText(signer.publicKey);
	void vscode.window.showInformationMessage(
		say(
			'MCP Firewall: copied the public key of the audit trail (key {0}). Keep it where nobody can replace it.',
			signer.key,
		),
	);
}

/** "Anchor Audit Trail in Git": the newest heads of all streams as a note of the commit that is checked out. */
export async function anchorTrail({ anchor }: Pick<WorkbenchParts, 'anchor'>): Promise<void> {
	const heads = [...(await anchor.heads())].sort((one, other) => (one.at < other.at ? 1 : -1));
	if (heads.length === 0) {
		void vscode.window.showInformationMessage(
			say('MCP Firewall: the audit trail has no signed head yet. Try again soon.'),
		);
		return;
	}
	const newest = heads.slice(0, HEADS_IN_NOTE);
	try {
		await anchorInGit(newest);
	} catch (error) {
		void vscode.window.showWarningMessage(
			say('MCP Firewall: not anchored: {0}.', quoteForPerson(failureText(error), 300)),
		);
		return;
	}
	void vscode.window.showInformationMessage(
		sayCount(
			newest.length,
			'MCP Firewall: anchored {0} head of the audit trail in refs/notes/mcp-firewall.',
			'MCP Firewall: anchored {0} heads of the audit trail in refs/notes/mcp-firewall.',
		),
	);
}
