import * as vscode from 'vscode';
import { type ApprovalRequest } from '../domain/approval/approval';
import { type DetailDocuments } from './detailDocuments';
import { proposedWrite } from './proposedWrite';

/** For a file write: the file as it is against the file as it would be, in the editor's own diff view. */
export async function showWriteDiff(request: ApprovalRequest, documents: DetailDocuments): Promise<void> {
	const path = request.paths[0]?.candidates[0];
	if (path === undefined) {
		return;
	}
	const file = vscode.Uri.file(path);
	const current = await readText(file);
	const proposed = proposedWrite(request.arguments, current);
	if (proposed === undefined) {
		return;
	}
	const name = path.slice(path.lastIndexOf('/') + 1);
	const before = current === undefined ? documents.add(`${name} (does not exist)`, '') : file;
	const after = documents.add(`${name} (proposed)`, proposed);
	await vscode.commands.executeCommand('vscode.diff', before, after, `${name}: now ↔ proposed`, { preview: true });
}

async function readText(file: vscode.Uri): Promise<string | undefined> {
	try {
		return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
	} catch {
		return undefined;
	}
}
