import { join, sep } from 'node:path';
import * as vscode from 'vscode';
import { FirewallError } from '../base/errors';
import { samePath } from '../base/samePath';
import { type JsonObject } from '../base/json';
import { type Effect } from '../domain/policy/policy';
import { type ToolPin } from '../domain/registry/pin';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type Judgement, judge } from '../firewall/judge';
import { type FirewallPorts } from '../firewall/ports';
import { type SessionPaths } from '../firewall/sessionPaths';
import { singleCall } from '../proxy/singleCall';
import { pathLines } from './approvalText';
import { type DetailDocuments } from './detailDocuments';
import { folderOf } from './mcpFiles';
import { failureText } from './problemText';
import { quoteForPerson } from './quote';
import { argumentsTemplate } from './argumentsTemplate';
import { askArguments } from './askArguments';
import { say } from './say';
import { type EditorServer, workspaceFolders } from './servedServers';
import { windowPlace } from './windowPlace';

/** What the command needs. */
export interface TryToolCallOptions {
	readonly entries: () => readonly ServerEntry[];
	readonly ports: FirewallPorts;
	readonly sessionPaths: SessionPaths;
	readonly serve: (entry: ServerEntry) => EditorServer;
	readonly documents: DetailDocuments;
	readonly clientInfo: { readonly name: string; readonly version: string };
}

const RUN = () => say('Run It');
const EXPLAIN = () => say('Show Explanation');

/** Reasons that a rule gives whose author wrote none. */
const SAYS_NOTHING = /^policy_(?:allow|require_approval|deny)$/;

function outlook(effect: Effect, tool: string): string {
	switch (effect) {
		case 'allow':
			return say('{0} would be allowed', tool);
		case 'require_approval':
			return say('{0} would ask you first', tool);
		case 'deny':
			return say('{0} would be denied', tool);
	}
}

/** "Try Tool Call…": a guarded tool, arguments as JSON, the verdict as a dry run, and the call itself if it is wanted. A server, and a tool of it, may be chosen already. */
export async function tryToolCall(options: TryToolCallOptions, serverId?: string, tool?: string): Promise<void> {
	const entries = options.entries().filter(({ id }) => serverId === undefined || id === serverId);
	const known = tool === undefined ? undefined : pinOf(entries, tool);
	const chosen = known ?? (await chooseTool(entries));
	const args =
		chosen &&
		(await askArguments({
			title: say('Arguments of {0}', quoteForPerson(chosen.pin.name, 80)),
			prompt: say('Nothing is sent before you have seen the verdict.'),
			proposed: argumentsTemplate(chosen.pin.reviewed.inputSchema, await examplePath(chosen)),
		}));
	if (chosen === undefined || args === undefined) {
		return;
	}
	const { entry, pin } = chosen;
	const judgement = await judge(options.ports, {
		server: options.serve(entry).server,
		entry,
		tool: pin.name,
		arguments: args,
		descriptor: pin.reviewed,
	});
	if (!(await showVerdict(options, entry, pin, judgement))) {
		return;
	}
	await run(options, entry, pin, args);
}

function pinOf(
	[entry]: readonly ServerEntry[],
	tool: string,
): { readonly entry: ServerEntry; readonly pin: ToolPin } | undefined {
	const pin = entry?.tools.find(({ name }) => name === tool);
	return entry === undefined || pin === undefined ? undefined : { entry, pin };
}

async function chooseTool(
	entries: readonly ServerEntry[],
): Promise<{ readonly entry: ServerEntry; readonly pin: ToolPin } | undefined> {
	if (entries.length === 0) {
		void vscode.window.showInformationMessage(
			say('No server is guarded. Run "MCP Firewall: Guard MCP Servers…" first.'),
		);
		return undefined;
	}
	const items = entries.flatMap(entry =>
		entry.tools.map(pin => ({
			label: quoteForPerson(pin.name, 80),
			description: `${quoteForPerson(entry.name, 60)} · ${pin.capability}`,
			entry,
			pin,
		})),
	);
	return vscode.window.showQuickPick(items, { title: say('Try Tool Call'), placeHolder: say('A guarded tool') });
}

/** A path to begin with, for a tool that only reads files: the file that is looked at, or one of the server's folder. */
async function examplePath({ pin, entry }: { readonly pin: ToolPin; readonly entry: ServerEntry }): Promise<string> {
	const folders = vscode.workspace.workspaceFolders ?? [];
	const place = folderOf(entry, workspaceFolders(), windowPlace());
	const own = place === 'elsewhere' ? undefined : place.folder;
	const folder = own === undefined ? folders[0] : folders.find(({ uri }) => samePath(uri.fsPath, own));
	if (pin.capability !== 'filesystem.read' || folder?.uri.scheme !== 'file') {
		return '';
	}
	const active = vscode.window.activeTextEditor?.document.uri;
	const around = active?.scheme === 'file' ? vscode.workspace.getWorkspaceFolder(active) : undefined;
	if (active !== undefined && around !== undefined && (own === undefined || samePath(around.uri.fsPath, own))) {
		return active.fsPath;
	}
	const [found] = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, '*.{md,txt,json}'), null, 1);
	return found?.fsPath ?? join(folder.uri.fsPath, sep);
}

/** True when the person wants the call to be made. */
async function showVerdict(
	options: TryToolCallOptions,
	entry: ServerEntry,
	pin: ToolPin,
	{ verdict, facts, load }: Judgement,
): Promise<boolean> {
	const rule = verdict.rule;
	const lines = [
		say('Server: {0}', quoteForPerson(entry.name, 60)),
		say('Capability: {0}', verdict.capability),
		rule === undefined ? say('Rule: none') : say('Rule: {0} (line {1})', rule.id, rule.at.line),
		...(rule === undefined || !SAYS_NOTHING.test(verdict.reason) ? [say('Reason: {0}', verdict.reason)] : []),
		...pathLines(facts.paths),
		say('This was a dry run: nothing was sent.'),
	];
	for (;;) {
		const choice = await vscode.window.showInformationMessage(
			outlook(verdict.effect, quoteForPerson(pin.name, 80)),
			{ modal: true, detail: lines.join('\n') },
			RUN(),
			EXPLAIN(),
		);
		if (choice !== EXPLAIN()) {
			return choice === RUN();
		}
		const explanation = { verdict, facts: { ...facts, prefixes: [...facts.prefixes] }, policy: load.file };
		const uri = options.documents.add(`${pin.name}.verdict.json`, JSON.stringify(explanation, undefined, 2));
		await vscode.window.showTextDocument(uri, { preview: true });
		const back = await vscode.window.showInformationMessage(say('The explanation is open. Run the call?'), RUN());
		return back === RUN();
	}
}

async function run(options: TryToolCallOptions, entry: ServerEntry, pin: ToolPin, args: JsonObject): Promise<void> {
	const title = say('MCP Firewall: calling {0}', quoteForPerson(pin.name, 80));
	try {
		const answer = await vscode.window.withProgress(
			{ location: vscode.ProgressLocation.Notification, title, cancellable: true },
			async (_progress, token) => {
				const cancelled = new AbortController();
				token.onCancellationRequested(() => {
					cancelled.abort();
				});
				const { server, approver, launch } = options.serve(entry);
				const { clock, ids, logger } = options.ports;
				const { sessionPaths, clientInfo } = options;
				return singleCall(
					{
						...{ server, launch: await launch(), sessionPaths, approver, clientInfo, clock, ids, logger },
						...{ tool: pin.name, arguments: args },
					},
					cancelled.signal,
				);
			},
		);
		const uri = options.documents.add(`${pin.name}.answer.json`, JSON.stringify(answer, undefined, 2));
		await vscode.window.showTextDocument(uri, { preview: true });
	} catch (error) {
		const cancelled = error instanceof FirewallError && error.code === 'aborted';
		if (!cancelled) {
			void vscode.window.showErrorMessage(
				say('MCP Firewall: the call failed. {0}', quoteForPerson(failureText(error), 300)),
			);
		}
	}
}
