import * as vscode from 'vscode';
import { type TextEdit } from './yamlListEdit';

/** Makes an edit in a document and saves nothing; false where the editor refuses. */
export async function applyTextEdit(document: vscode.TextDocument, edit: TextEdit): Promise<boolean> {
	const { offset, length, insert } = edit;
	const change = new vscode.WorkspaceEdit();
	const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
	change.replace(document.uri, range, insert);
	return vscode.workspace.applyEdit(change);
}
