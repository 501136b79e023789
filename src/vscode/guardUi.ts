import * as vscode from 'vscode';
import { samePath } from '../base/samePath';
import { describeLaunch } from '../domain/registry/launch';
import { decidesCode } from '../domain/registry/loaderVariables';
import { exposedSecrets } from '../domain/registry/shownLaunch';
import { type ServerEntry, type ServerOrigin } from '../domain/registry/serverEntry';
import { commandIds } from './contributions';
import {
	type Blocked,
	type Candidate,
	type GuardUi,
	type LaunchQuestion,
	type ReviewDecision,
	cannotBeGuarded,
	type ReviewRequest,
} from './guardPorts';
import { problemText } from './problemText';
import { quoteForLabel, quoteForPerson } from './quote';
import { type MessageButton } from './restrictedWorkspace';
import { openReview, type ReviewEditorOptions } from './reviewEditor';
import { say } from './say';

/** Asks the person through VS Code's own pickers, modals and messages, and the review editor. Server text is quoted wherever it is shown. */
export class VscodeGuardUi implements GuardUi {
	constructor(
		private readonly options: ReviewEditorOptions,
		private readonly isNewcomer: () => boolean,
	) {}

	isTrusted(): boolean {
		return vscode.workspace.isTrusted;
	}

	hasUnsavedChanges(file: string): boolean {
		return vscode.workspace.textDocuments.some(({ uri, isDirty }) => isDirty && samePath(uri.fsPath, file));
	}

	info(message: string): void {
		void vscode.window.showInformationMessage(message);
	}

	error(message: string, button?: MessageButton): void {
		const buttons = button === undefined ? [] : [button.title];
		void vscode.window.showErrorMessage(message, ...buttons).then(answer => {
			if (button !== undefined && answer === button.title) {
				void vscode.commands.executeCommand(button.command, ...(button.args ?? []));
			}
		});
	}

	async confirm(message: string, detail: string, button: string): Promise<boolean> {
		return (await vscode.window.showWarningMessage(message, { modal: true, detail }, button)) === button;
	}

	async pickServers(
		candidates: readonly Candidate[],
		blocked: readonly Blocked[],
	): Promise<readonly Candidate[] | undefined> {
		const items: (vscode.QuickPickItem & { candidate?: Candidate; not?: Blocked })[] = [
			...candidates.map(candidate => ({
				label: quoteForLabel(candidate.server.name, 60),
				description: quoteForLabel(describeLaunch(candidate.server.launch), 160),
				detail: quoteForLabel(candidate.source.file, 200),
				picked: true,
				candidate,
			})),
			// Rows, since a separator with no row behind it is not drawn.
			...blocked.map(not => ({
				label: say('Not yet: {0}', quoteForLabel(not.name, 60)),
				detail: say(not.why),
				not,
			})),
		];
		const title = say('Guard MCP Servers');
		if (candidates.length > 1) {
			const placeHolder = say('Which servers shall MCP Firewall guard?');
			const picked = await vscode.window.showQuickPick(items, { title, placeHolder, canPickMany: true });
			return this.pickedOf(picked ?? []);
		}
		const placeHolder =
			candidates.length === 1 ? say('Guard this server?') : say('None of these servers can be guarded yet');
		const one = await vscode.window.showQuickPick(items, { title, placeHolder });
		return this.pickedOf(one === undefined ? [] : [one]);
	}

	/** Undefined for none; whoever picks only what cannot be guarded is told why. */
	private pickedOf(
		rows: readonly { readonly candidate?: Candidate; readonly not?: Blocked }[],
	): readonly Candidate[] | undefined {
		const picked = rows.flatMap(({ candidate }) => candidate ?? []);
		const [first] = rows.flatMap(({ not }) => not ?? []);
		if (picked.length > 0) {
			return picked;
		}
		if (first !== undefined) {
			this.error(cannotBeGuarded(first), first.button);
		}
		return undefined;
	}

	async pickEntry(entries: readonly ServerEntry[], title: string): Promise<ServerEntry | undefined> {
		const items = entries.map(entry => ({
			label: quoteForLabel(entry.name, 60),
			description: quoteForLabel(describeLaunch(entry.launch), 160),
			detail: say('{0}, from {1}', say(entry.status), fromText(entry.origin)),
			entry,
		}));
		return (await vscode.window.showQuickPick(items, { title }))?.entry;
	}

	async confirmLaunch(question: LaunchQuestion): Promise<boolean> {
		const { command, args, cwd, env, file } = question;
		const loaders = env.filter(decidesCode);
		const line = describeLaunch({ kind: 'stdio', command, args, env });
		const exposed = exposedSecrets({ kind: 'stdio', command, args, env });
		const detail = [
			quoteForPerson(line, 1500),
			'',
			...exposed.map(sentence => say('Caution: {0}', quoteForPerson(problemText(sentence), 400))),
			say('In folder: {0}', quoteForPerson(cwd, 300)),
			...(env.length > 0 ? [say('With environment variables: {0}', quoteForPerson(env.join(', '), 300))] : []),
			...(question.pinnedTo === undefined
				? []
				: [say('Pinned to version {0}, because its file names none.', quoteForPerson(question.pinnedTo, 60))]),
			...(loaders.length > 0
				? [say('Caution: {0} can make it run other code.', quoteForPerson(loaders.join(', '), 200))]
				: []),
			say('Server “{0}”, defined in {1}', quoteForPerson(question.serverName, 60), quoteForPerson(file, 300)),
			say('It runs with your rights, outside any sandbox, until its tools are listed.'),
		].join('\n');
		const message = say('Start this program to list its tools?');
		const start = say('Start');
		return (await vscode.window.showWarningMessage(message, { modal: true, detail }, start)) === start;
	}

	async progress<T>(title: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
		const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
		return vscode.window.withProgress(options, async (_progress, token) => {
			const controller = new AbortController();
			const subscription = token.onCancellationRequested(() => controller.abort());
			try {
				return await run(controller.signal);
			} finally {
				subscription.dispose();
			}
		});
	}

	review(request: ReviewRequest): Promise<ReviewDecision | 'pin' | undefined> {
		return openReview(this.options, request);
	}

	async announce(serverNames: readonly string[]): Promise<'undo' | 'panel' | undefined> {
		const names = serverNames.map(name => `“${quoteForPerson(name, 60)}”`).join(', ');
		const message = say('MCP Firewall guards {0}.', names);
		const [start, panel, undo] = [say('Get Started'), say('Open Panel'), say('Undo')];
		// The first button is the one that is pressed without reading: it takes nothing back.
		const buttons = [...(this.isNewcomer() ? [start] : []), panel, undo];
		const answer = await vscode.window.showInformationMessage(message, ...buttons);
		if (answer === start) {
			await vscode.commands.executeCommand(commandIds.openWalkthrough);
		}
		return answer === undo ? 'undo' : answer === panel ? 'panel' : undefined;
	}
}

/** The file, and the folder for which it keeps the server where it keeps servers of many. */
function fromText({ file, project }: ServerOrigin): string {
	const shown = quoteForLabel(file, 200);
	return project === undefined ? shown : `${shown} (${say('For the folder')}: ${quoteForLabel(project, 200)})`;
}
