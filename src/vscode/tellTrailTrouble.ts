import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { type Journal } from '../storage/journal';
import { quoteForPerson } from './quote';
import { say, sayPhrase } from './say';

/** Says that the trail cannot be written, once for each time that it fails after it could be; it is tried again by itself. */
export function tellTrailTrouble(
	journal: Pick<Journal, 'onDidFail' | 'onDidOpen'>,
	log: Pick<vscode.LogOutputChannel, 'show'>,
): Disposable {
	const store = new DisposableStore();
	let hasTold = false;
	const tell = async (why: string) => {
		const show = say('Show Log');
		const text = say(
			'MCP Firewall: the audit trail cannot be written, so nothing is forwarded: {0}. Free space on its disk; it is tried again by itself.',
			quoteForPerson(why, 200),
		);
		if ((await vscode.window.showErrorMessage(text, show)) === show) {
			log.show();
		}
	};
	store.add(
		journal.onDidFail(({ said }) => {
			if (!hasTold) {
				hasTold = true;
				void tell(sayPhrase(said).replace(/\.$/, ''));
			}
		}),
	);
	store.add(
		journal.onDidOpen(() => {
			hasTold = false;
		}),
	);
	return store;
}
