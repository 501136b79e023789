import * as vscode from 'vscode';
import { type ApprovalRequest } from '../domain/approval/approval';
import { type DetailDocuments } from './detailDocuments';
import { proposedWrite } from './proposedWrite';

/**
 * For a file write: the file as it is against the file as it would be, in the editor's own diff view. Gives the document on
 * the right, or undefined when the call is no such write.
 */
export async function showWriteDiff(
	request: ApprovalRequest,
	documents: DetailDocuments,
): Promise<vscode.Uri | undefined> {
	const path = request.paths[0]?.candidates[0];
	// With two paths it cannot be told which one is written.
	if (path === undefined || request.paths.length > 1) {
		return undefined;
	}
	const file = vscode.Uri.file(path);
	const current = await readText(file);
	if (current === 'unreadable') {
		return undefined;
	}
	const proposed = proposedWrite(request.arguments, current?.text);
	if (proposed === undefined) {
		return undefined;
	}
	const name = path.slice(path.lastIndexOf('/') + 1);
	// Both documents keep the file's name, which tells the editor the language.
	const before = current === undefined ? documents.add(name, '') : file;
	const after = documents.add(name, proposed);
	const title = `${name}: ${current === undefined ? 'new file' : 'now ↔ proposed'}`;
	await vscode.commands.executeCommand('vscode.diff', before, after, title, { preview: false });
	return after;
}

/** Larger files are not compared. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The text of a file, up to 4 MiB; undefined where no file is. A pipe or a device is not read: it would never end. Never rejects. */
export async function readText(file: vscode.Uri): Promise<{ readonly text: string } | 'unreadable' | undefined> {
	let facts: vscode.FileStat;
	try {
		facts = await vscode.workspace.fs.stat(file);
	} catch {
		return undefined;
	}
	if ((facts.type & vscode.FileType.File) === 0 || facts.size > MAX_BYTES) {
		return 'unreadable';
	}
	try {
		return { text: new TextDecoder().decode(await vscode.workspace.fs.readFile(file)) };
	} catch {
		return 'unreadable';
	}
}
