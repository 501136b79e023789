import * as vscode from 'vscode';
import { type ApprovalRequest } from '../domain/approval/approval';
import { approvalDocument } from './approvalDocument';
import { type AskedWhen, waitingMessage } from './approvalText';
import { argumentsDocument } from './argumentsDocument';
import { commandsDocument } from './commandsDocument';
import { commandIds } from './contributions';
import { type DetailDocuments } from './detailDocuments';
import { type Choice, DENY, type OpenQuestion } from './openQuestion';
import { say } from './say';
import { urlsDocument } from './urlsDocument';
import { planWriteDiff, showWriteDiff } from './writeDiff';

/**
 * Opens everything there is to know about a call, each in an editor of its own: the overview, the arguments as JSON, its
 * commands word by word, its addresses taken apart, and the change of the file that it writes, which ends up in front.
 */
export async function openDetails(
	request: ApprovalRequest,
	when: AskedWhen,
	documents: DetailDocuments,
): Promise<readonly vscode.Uri[]> {
	const change = await planWriteDiff(request);
	const parts = [
		['arguments.json', argumentsDocument(request.argumentsText)],
		['commands.txt', commandsDocument(request.arguments)],
		['addresses.txt', urlsDocument(request.arguments)],
	] as const;
	const present = parts.filter(([, text]) => text !== undefined);
	const beside = [
		...present.map(([name]) => name),
		...(change?.kind === 'diff' ? [say('the change of the file')] : []),
	];
	const overview = approvalDocument(request, when, {
		beside,
		...(change?.kind === 'cannot' && { noDiff: change.why }),
	});
	const opened: vscode.Uri[] = [];
	for (const [name, text] of [['approval.txt', overview] as const, ...present]) {
		const uri = documents.add(`${request.tool}.${name}`, text ?? '');
		opened.push(uri);
		// Not as a preview: the next one must not take its place.
		await vscode.window.showTextDocument(uri, { preview: false });
	}
	const [first] = opened;
	if (change?.kind === 'diff') {
		opened.push(await showWriteDiff(change, documents));
	} else if (first !== undefined) {
		await vscode.window.showTextDocument(first, { preview: false });
	}
	return opened;
}

/**
 * Resolves when the person comes back to the question whose details are open: with undefined to be asked again, with an
 * answer where they gave one here. Resolves also when the question is over.
 */
export function waitForReader(question: OpenQuestion, over: AbortSignal): Promise<Choice | undefined> {
	// Progress, because it ends with the question: a message would stay, with buttons that do nothing any more.
	const title = waitingMessage(question.current, commandIds.answerWaiting);
	return Promise.resolve(
		vscode.window.withProgress(
			{ location: vscode.ProgressLocation.Notification, title, cancellable: true },
			(_progress, token) =>
				new Promise<Choice | undefined>(resolve => {
					const end = (choice?: Choice) => {
						heard.dispose();
						over.removeEventListener('abort', ended);
						resolve(choice);
					};
					const ended = () => {
						end();
					};
					const heard = question.onDidRecall(ended);
					over.addEventListener('abort', ended);
					token.onCancellationRequested(() => {
						end(DENY);
					});
					if (over.aborted) {
						end();
					}
				}),
		),
	);
}
