import * as vscode from 'vscode';
import { type Clock } from '../base/clock';

/** Milliseconds that an auto save under way may take to be told. */
const TOLD_MS = 3_000;

/**
 * Saves a document; false where it is not saved afterwards. Where the editor's own auto save came first, `save` says false and
 * the document counts as dirty until the editor tells of that save: this waits for it, for a bounded time.
 */
export async function saveDocument(document: vscode.TextDocument, clock: Clock): Promise<boolean> {
	if ((await document.save()) || !document.isDirty) {
		return true;
	}
	await new Promise<void>(resolve => {
		const end = () => {
			heard.dispose();
			deadline.dispose();
			resolve();
		};
		const heard = vscode.workspace.onDidSaveTextDocument(saved => {
			if (saved.uri.toString() === document.uri.toString()) {
				end();
			}
		});
		const deadline = clock.schedule(TOLD_MS, end);
	});
	return !document.isDirty;
}
