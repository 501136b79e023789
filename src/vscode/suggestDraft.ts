import { basename } from 'node:path';
import * as vscode from 'vscode';
import { type DetailDocuments } from './detailDocuments';
import { say, sayCount } from './say';

/** What is open while the person decides. */
export interface Draft {
	readonly policy: vscode.Uri;
	readonly right: vscode.Uri;
	readonly tests: vscode.Uri;
}

/** Recorded calls as tests: the path of their file, and its text. */
export interface Fixture {
	readonly fixture: string;
	readonly text: string;
}

/** Shows the change before the tests, each in a tab. */
export async function showDraft(
	documents: DetailDocuments,
	policy: vscode.Uri,
	after: string,
	{ fixture, text }: Fixture,
): Promise<Draft> {
	const tests = documents.add(basename(fixture), text);
	await vscode.window.showTextDocument(tests, { preview: false, preserveFocus: true });
	const draft = { policy, right: documents.add(basename(policy.fsPath), after), tests };
	await showChange(draft);
	return draft;
}

async function showChange({ policy, right }: Draft): Promise<void> {
	const title = say('Your policy ↔ with the suggested rules');
	await vscode.commands.executeCommand('vscode.diff', policy, right, title, {
		preview: false,
	});
}

/**
 * True for Apply. The question stays while the person reads, which a message does not; it lies over the tabs, so it leads from one
 * to the other. Enter alone does no more than that, and Escape is a no.
 */
export async function decision(count: number, draft: Draft): Promise<boolean> {
	const tests = { label: say('Show the Tests'), description: say('recorded calls, all with the outcome they had') };
	const change = { label: say('Show the Change'), description: '' };
	const apply = { label: say('Apply'), description: say('writes the rules and their tests') };
	const discard = { label: say('Discard'), description: say('your policy stays as it is') };
	for (let other = tests; ; other = other === tests ? change : tests) {
		const choice = await vscode.window.showQuickPick([other, apply, discard], {
			title: sayCount(count, 'Write {0} Rule into Your Policy?', 'Write {0} Rules into Your Policy?'),
			placeHolder: say('Read the change first: this question stays until you answer it'),
			ignoreFocusOut: true,
		});
		if (choice !== other) {
			return choice === apply;
		}
		await (other === tests ? vscode.window.showTextDocument(draft.tests, { preview: false }) : showChange(draft));
	}
}
