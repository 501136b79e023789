import * as vscode from 'vscode';
import { AUDIT_LINK_PATH, auditQuery, type AuditView, readAuditQuery } from '../shared/auditLink';
import { say } from './say';

/** Puts a link to a view of the panel into the clipboard, and says so. */
export async function copyAuditLink(extensionId: string, view: AuditView): Promise<void> {
	const { uriScheme, clipboard } = vscode.env;
	await clipboard.writeText(`${uriScheme}://${extensionId}${AUDIT_LINK_PATH}?${auditQuery(view)}`);
	vscode.window.setStatusBarMessage(`$(link) ${say('MCP Firewall: a link to this view is in the clipboard')}`, 5000);
}

/**
 * Opens links to the panel. They come from anywhere (attacker-controlled): the path has to be ours, and all that is read from
 * one is a filter. No link runs a command, answers a question or changes anything.
 */
export function followAuditLinks(open: (view: AuditView) => Promise<void>): vscode.Disposable {
	return vscode.window.registerUriHandler({
		handleUri: uri => (uri.path === AUDIT_LINK_PATH ? open(readAuditQuery(uri.query)) : undefined),
	});
}
