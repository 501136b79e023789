import * as vscode from 'vscode';
import { type ApprovalRequest } from '../domain/approval/approval';
import { type DetailDocuments } from './detailDocuments';
import { readWrite } from './proposedWrite';
import { say } from './say';

/** The change that a file write amounts to, or why it cannot be computed (a part of a sentence, ours). */
export type WriteDiff =
	| {
			readonly kind: 'diff';
			/** The file as it is; undefined where none is there. */
			readonly file: vscode.Uri | undefined;
			/** Without its folders. Attacker-controlled. */
			readonly name: string;
			readonly proposed: string;
	  }
	| { readonly kind: 'cannot'; readonly why: string };

/** What a call would make of the file that it writes; undefined when the call is no such write. Never rejects. */
export async function planWriteDiff({ paths, arguments: args }: ApprovalRequest): Promise<WriteDiff | undefined> {
	const path = paths[0]?.candidates[0];
	if (path === undefined) {
		return undefined;
	}
	const file = vscode.Uri.file(path);
	const current = await readText(file);
	const text = current === 'unreadable' ? undefined : current?.text;
	const written = readWrite(args, text);
	if (written === undefined) {
		return undefined;
	}
	const why =
		paths.length > 1
			? say('the call names several paths, and which of them is written is not known')
			: current === 'unreadable'
				? say('the file cannot be read as text of at most 4 MiB')
				: 'why' in written
					? written.why
					: undefined;
	const name = path.slice(path.lastIndexOf('/') + 1);
	return why === undefined && 'text' in written
		? { kind: 'diff', file: current === undefined ? undefined : file, name, proposed: written.text }
		: { kind: 'cannot', why: why ?? say('it is not known') };
}

/** Shows the file as it is against the file as it would be, in the editor's own diff view; gives the document on the right. */
export async function showWriteDiff(
	{ file, name, proposed }: Extract<WriteDiff, { kind: 'diff' }>,
	documents: DetailDocuments,
): Promise<vscode.Uri> {
	// Both documents keep the file's name, which tells the editor the language.
	const before = file ?? documents.add(name, '');
	const after = documents.add(name, proposed);
	const title = `${name}: ${file === undefined ? say('new file') : say('now ↔ proposed')}`;
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
