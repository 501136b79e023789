import * as vscode from 'vscode';
import { describeLaunch } from '../domain/registry/launch';
import { decidesCode } from '../domain/registry/loaderVariables';
import { exposedSecrets } from '../domain/registry/shownLaunch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import {
	type Blocked,
	type Candidate,
	type GuardUi,
	type LaunchQuestion,
	type ReviewDecision,
	cannotBeGuarded,
	type ReviewRequest,
} from './guardPorts';
import { quoteForLabel, quoteForPerson } from './quote';
import { type MessageButton } from './restrictedWorkspace';
import { openReview, type ReviewEditorOptions } from './reviewEditor';

/** Asks the person through VS Code's own pickers, modals and messages, and the review editor. Server text is quoted wherever it is shown. */
export class VscodeGuardUi implements GuardUi {
	constructor(private readonly options: ReviewEditorOptions) {}

	isTrusted(): boolean {
		return vscode.workspace.isTrusted;
	}

	hasUnsavedChanges(file: string): boolean {
		return vscode.workspace.textDocuments.some(({ uri, isDirty }) => isDirty && uri.fsPath === file);
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
			...blocked.map(not => ({ label: `Not yet: ${quoteForLabel(not.name, 60)}`, detail: not.why, not })),
		];
		const title = 'Guard MCP Servers';
		if (candidates.length > 1) {
			const placeHolder = 'Which servers shall MCP Firewall guard?';
			const picked = await vscode.window.showQuickPick(items, { title, placeHolder, canPickMany: true });
			return this.pickedOf(picked ?? []);
		}
		const placeHolder = candidates.length === 1 ? 'Guard this server?' : 'None of these servers can be guarded yet';
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
			detail: `${entry.status}, from ${quoteForLabel(entry.origin.file, 200)}`,
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
			...exposed.map(sentence => `Caution: ${quoteForPerson(sentence, 400)}`),
			`In folder: ${quoteForPerson(cwd, 300)}`,
			...(env.length > 0 ? [`With environment variables: ${quoteForPerson(env.join(', '), 300)}`] : []),
			...(question.pinnedTo === undefined
				? []
				: [`Pinned to version ${quoteForPerson(question.pinnedTo, 60)}, because its file names none.`]),
			...(loaders.length > 0
				? [`Caution: ${quoteForPerson(loaders.join(', '), 200)} can make it run other code.`]
				: []),
			`Server “${quoteForPerson(question.serverName, 60)}”, defined in ${quoteForPerson(file, 300)}`,
			'It runs with your rights, outside any sandbox, until its tools are listed.',
		].join('\n');
		const message = 'Start this program to list its tools?';
		return (await vscode.window.showWarningMessage(message, { modal: true, detail }, 'Start')) === 'Start';
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
		const message = `MCP Firewall guards ${names}.`;
		const answer = await vscode.window.showInformationMessage(message, 'Undo', 'Open Panel');
		return answer === 'Undo' ? 'undo' : answer === 'Open Panel' ? 'panel' : undefined;
	}
}
