import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type Disposable, DisposableStore } from '../base/disposable';
import { type WithheldAnswer, type WithheldAnswers } from '../firewall/ports';
import { commandIds, documentScheme, innerCommandIds } from './contributions';
import { closeDetails, type DetailDocuments } from './detailDocuments';
import { quoteForPerson } from './quote';
import { currentLocks } from './effectiveSettings';
import { say, sayCount } from './say';
import { releaseQuestion, waitingCount, whose, withheldDocument, withheldRow } from './withheldText';

/** What the command needs. */
export interface WithheldOptions {
	readonly withheld: WithheldAnswers;
	readonly documents: DetailDocuments;
	readonly clock: Clock;
}

interface Item extends vscode.QuickPickItem {
	/** Absent in the row that says that there is nothing. */
	readonly answer?: WithheldAnswer;
}

const RELEASE = () => say('Release to Agent');
const KEEP = () => say('Keep Withheld');
const READ = () => say('Read It First');
/** Milliseconds after which the open list counts the time left anew. */
const REFRESH_MS = 20_000;

const NOTHING: Item = {
	get label() {
		return say('No answer waits');
	},
	get detail() {
		return say('An answer that the policy wants withheld is listed here until it is released or forgotten.');
	},
	alwaysShow: true,
};

/** Answers that wait for a person: the list of them, each as a document, and the way to let one go. */
export class WithheldDesk implements Disposable, vscode.CodeLensProvider {
	private readonly store = new DisposableStore();
	/** By path of the document, the id of the answer that it shows. */
	private readonly shown = new Map<string, string>();
	private readonly changed = this.store.add(new vscode.EventEmitter<void>());
	readonly onDidChangeCodeLenses = this.changed.event;

	constructor(private readonly options: WithheldOptions) {
		this.store.add(vscode.languages.registerCodeLensProvider({ scheme: documentScheme }, this));
		this.store.add(options.withheld.onDidChange(() => this.changed.fire()));
	}

	/** "Withheld Answers": the list; or at once the answer with this id, where it is still there. */
	async open(id?: string): Promise<void> {
		const answer = id === undefined || id === '' ? undefined : this.find(id);
		if (answer !== undefined) {
			await this.show(answer);
			return;
		}
		if (id !== undefined && id !== '') {
			tellGone();
			return;
		}
		const picked = await this.pick();
		if (picked !== undefined) {
			await this.show(picked);
		}
	}

	/** Lets an answer go after the person has said so once more. */
	async release(id: string): Promise<void> {
		const answer = this.find(id);
		if (answer === undefined) {
			tellGone();
			return;
		}
		if (answer.state === 'released') {
			tellReleased(answer);
			return;
		}
		const lock = currentLocks().locked.get('releaseWithheld');
		if (lock?.value === false) {
			const where = `${quoteForPerson(lock.at.file, 200)}:${String(lock.at.line)}`;
			void vscode.window.showErrorMessage(
				say('MCP Firewall: your organisation lets nobody release withheld answers ({0}).', where),
			);
			return;
		}
		const { message, detail } = releaseQuestion(answer);
		// The first button has the keyboard, and Enter must not let anything go.
		const choice = await vscode.window.showWarningMessage(message, { modal: true, detail }, READ(), RELEASE());
		if (choice === READ()) {
			await this.show(answer);
		}
		if (choice !== RELEASE()) {
			return;
		}
		if (await this.options.withheld.release(id)) {
			tellReleased(answer);
		} else {
			void vscode.window.showErrorMessage(
				say(
					'MCP Firewall: the answer was not released. It is not kept any more, or the audit trail cannot be written; "MCP Firewall: Show Log" says more.',
				),
			);
		}
	}

	/** Closes what shows an answer; it stays withheld. */
	async keep(id: string): Promise<void> {
		const uris = [...this.shown].flatMap(([path, answer]) =>
			answer === id ? [vscode.Uri.from({ scheme: documentScheme, path })] : [],
		);
		await closeDetails(uris);
	}

	provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
		const id = this.shown.get(document.uri.path);
		const answer = id === undefined ? undefined : this.find(id);
		const top = new vscode.Range(0, 0, 0, 0);
		const lens = (title: string, command = '', ...args: unknown[]) =>
			new vscode.CodeLens(top, { title, command, arguments: args });
		if (id === undefined) {
			return [];
		}
		if (answer === undefined) {
			return [lens(say('This answer is not kept any more'))];
		}
		return answer.state === 'released'
			? [lens(say('Released: the next same call gets it, quoted'))]
			: [
					lens(say('Release to Agent (Quoted)…'), innerCommandIds.releaseAnswer, id),
					lens(KEEP(), innerCommandIds.keepAnswer, id),
					lens(say('Suppress a Rule…'), innerCommandIds.suppressRule, id),
					lens(say('Open Panel'), commandIds.openPanel, id),
				];
	}

	dispose(): void {
		this.store.dispose();
		this.shown.clear();
	}

	private find(id: string): WithheldAnswer | undefined {
		return this.options.withheld.list().find(answer => answer.id === id);
	}

	private async show(answer: WithheldAnswer): Promise<void> {
		const { documents, clock } = this.options;
		const uri = documents.add('Withheld Answer.txt', withheldDocument(answer, clock.now()));
		this.shown.set(uri.path, answer.id);
		const document = await vscode.workspace.openTextDocument(uri);
		// Whatever the text holds, it is shown as it is.
		await vscode.languages.setTextDocumentLanguage(document, 'plaintext');
		await vscode.window.showTextDocument(document, { preview: true });
		this.changed.fire();
		if (answer.state === 'withheld') {
			void this.offer(answer);
		}
	}

	/** The same actions as above the document, for who works with the keyboard. */
	private async offer(answer: WithheldAnswer): Promise<void> {
		const release = say('Release to Agent…');
		const choice = await vscode.window.showInformationMessage(
			say('MCP Firewall: an answer of {0} is withheld. You are reading it; the agent has not.', whose(answer)),
			release,
			KEEP(),
		);
		if (choice === release) {
			await vscode.commands.executeCommand(innerCommandIds.releaseAnswer, answer.id);
		} else if (choice === KEEP()) {
			await this.keep(answer.id);
		}
	}

	private pick(): Promise<WithheldAnswer | undefined> {
		const { withheld, clock } = this.options;
		const pick = vscode.window.createQuickPick<Item>();
		pick.title = say('Withheld Answers');
		pick.matchOnDescription = true;
		// A notification or a panel that comes up beside it takes the focus; what waits for a decision stays.
		pick.ignoreFocusOut = true;
		pick.matchOnDetail = true;
		let timer: Disposable | undefined;
		const refresh = () => {
			const answers = withheld.list();
			const active = pick.activeItems[0]?.answer?.id;
			const items = answers.map(answer => ({ ...withheldRow(answer, clock.now()), answer }));
			pick.items = items.length === 0 ? [NOTHING] : items;
			// None at all would leave Enter without effect.
			const still = items.filter(({ answer }) => answer.id === active);
			pick.activeItems = still.length > 0 ? still : pick.items.slice(0, 1);
			pick.placeholder =
				items.length === 0
					? say('Nothing waits')
					: say('Enter shows what was found, and the text as quoted data');
			timer?.dispose();
			timer = clock.schedule(REFRESH_MS, refresh);
		};
		return new Promise(resolve => {
			const follow = withheld.onDidChange(refresh);
			pick.onDidAccept(() => {
				resolve(pick.selectedItems[0]?.answer);
				pick.hide();
			});
			pick.onDidHide(() => {
				timer?.dispose();
				follow.dispose();
				pick.dispose();
				resolve(undefined);
			});
			pick.show();
			refresh();
		});
	}
}

function tellGone(): void {
	void vscode.window.showInformationMessage(
		say(
			'MCP Firewall: this answer is not kept any more: it was handed over, or its time is over. The audit panel has what was found.',
		),
	);
}

function tellReleased({ server, tool, method }: WithheldAnswer): void {
	const what = quoteForPerson(tool ?? method, 80);
	void vscode.window.showInformationMessage(
		say(
			'MCP Firewall: released. The next same call of {0} ({1}) gets it, quoted as evidence.',
			what,
			quoteForPerson(server.name, 60),
		),
	);
}

/** A status bar item that is there while answers wait for a person. */
export class WithheldStatus implements Disposable {
	private readonly item = vscode.window.createStatusBarItem(
		'mcpFirewall.withheldAnswersWait',
		vscode.StatusBarAlignment.Left,
		49,
	);
	private readonly follow: Disposable;

	constructor(private readonly withheld: WithheldAnswers) {
		this.item.name = say('MCP Firewall: Withheld Answers');
		this.item.command = commandIds.withheldAnswers;
		this.item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
		this.follow = withheld.onDidChange(() => this.render());
		this.render();
	}

	dispose(): void {
		this.follow.dispose();
		this.item.dispose();
	}

	private render(): void {
		const count = waitingCount(this.withheld.list());
		if (count === 0) {
			this.item.hide();
			return;
		}
		const what = sayCount(
			count,
			'{0} answer is withheld from the agent. Click to look.',
			'{0} answers are withheld from the agent. Click to look.',
		);
		this.item.text = `$(mail) ${say('{0} withheld', count)}`;
		this.item.tooltip = `MCP Firewall\n${what}`;
		this.item.accessibilityInformation = { label: `MCP Firewall. ${what}`, role: 'button' };
		this.item.show();
	}
}
