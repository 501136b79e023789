import * as vscode from 'vscode';
import { type DetailDocuments } from './detailDocuments';
import { type AnswerToAll, type GuardAllUi } from './guardAll';
import { approvalOfAllText, everythingText, launchesText } from './guardAllText';
import { say, sayCount } from './say';

/** Asks by VS Code's own modals. "Show Everything" opens a document beside a message that waits for the same answer. */
export function guardAllUi(documents: DetailDocuments): GuardAllUi {
	return {
		async confirmLaunches(launches) {
			const start = sayCount(launches.length, 'Start', 'Start All {0}');
			const each = say('One by One');
			const { message, detail } = launchesText(launches);
			const choice = await vscode.window.showWarningMessage(message, { modal: true, detail }, start, each);
			return answerOf(choice, start, each);
		},
		async approveAll(clear, apart) {
			const approve = sayCount(clear.length, 'Approve', 'Approve All {0}');
			const each = say('Review One by One');
			const everything = say('Show Everything');
			const { message, detail } = approvalOfAllText(clear, apart);
			// The first one is what Enter takes: it must not approve.
			const modal = { modal: true, detail };
			const choice = await vscode.window.showWarningMessage(message, modal, everything, approve, each);
			if (choice !== everything) {
				return answerOf(choice, approve, each);
			}
			const uri = documents.add('Servers.txt', everythingText([...clear, ...apart]));
			await vscode.window.showTextDocument(uri, { preview: true });
			return answerOf(await vscode.window.showWarningMessage(message, approve, each), approve, each);
		},
	};
}

function answerOf(choice: string | undefined, all: string, each: string): AnswerToAll {
	return choice === all ? 'all' : choice === each ? 'one-by-one' : undefined;
}
