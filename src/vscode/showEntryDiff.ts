import * as vscode from 'vscode';
import { baseName } from '../base/baseName';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { type DetailDocuments } from './detailDocuments';
import { entryDiff, type EntryDiff, writtenFile } from './entryDiff';
import { quoteForPerson } from './quote';
import { say } from './say';
import { readText } from './writeDiff';

/** "Show Diff" of an entry: what the call would change, or changed, in the editor's own diff view; a message where it cannot be told. */
export async function showEntryDiff(entry: AuditRecord, documents: DetailDocuments): Promise<void> {
	const written = writtenFile(entry);
	if ('why' in written) {
		tellNone(written.why);
		return;
	}
	const file = vscode.Uri.file(written.path);
	const name = baseName(written.path);
	const current = await readText(file);
	if (current === 'unreadable') {
		tellNone(say('{0} cannot be read, or is larger than 4 MiB.', quoteForPerson(name, 120)));
		return;
	}
	const outcome = entryDiff(entry, current?.text);
	if (outcome.kind === 'none') {
		tellNone(outcome.why);
		return;
	}
	// Both documents keep the file's name, which tells the editor the language.
	const uriOf = (side: EntryDiff['before']) => (side === 'file' ? file : documents.add(name, side.text));
	const title = `${name}: ${outcome.title}`;
	await vscode.commands.executeCommand('vscode.diff', uriOf(outcome.before), uriOf(outcome.after), title, {
		preview: false,
	});
	if (outcome.notes.length > 0) {
		tell(outcome.notes.join(' '));
	}
}

/** Why there is no difference; a sentence of ours. */
function tellNone(why: string): void {
	void vscode.window.showInformationMessage(say('MCP Firewall: no difference can be shown. {0}', why));
}

function tell(text: string): void {
	void vscode.window.showInformationMessage(`MCP Firewall: ${text}`);
}
