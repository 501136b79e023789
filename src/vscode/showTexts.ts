import * as vscode from 'vscode';
import { type DetailDocuments } from './detailDocuments';
import { quoteForPerson } from './quote';
import { say } from './say';

/** A text to look at, against an earlier one where there is such. `name` is attacker-controlled. */
export interface TextsToShow {
	readonly name: string;
	readonly now: string;
	readonly before?: string;
}

/** Opens a text as a read-only document, or two in the editor's own diff view. */
export async function showTexts(documents: DetailDocuments, { name, now, before }: TextsToShow): Promise<void> {
	const right = documents.add(`${name}.json`, now);
	const options: vscode.TextDocumentShowOptions = { preview: true };
	if (before === undefined) {
		await vscode.window.showTextDocument(right, options);
		return;
	}
	const left = documents.add(`${name} reviewed.json`, before);
	await vscode.commands.executeCommand(
		'vscode.diff',
		left,
		right,
		say('{0}: reviewed ↔ now', quoteForPerson(name, 60)),
		options,
	);
}
