import * as vscode from 'vscode';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { launchClients, launchText } from './copyLaunchText';
import { type ShimLaunch } from './discoveryShim';
import { quoteForPerson } from './quote';
import { say } from './say';

/** What the command needs. */
export interface CopyLaunchOptions {
	/** The servers that are offered in this window. */
	readonly entries: () => readonly ServerEntry[];
	/** What starts the shim for a server, at a place that outlives this version of the extension. */
	readonly outsideLaunchOf: (entry: ServerEntry) => ShimLaunch;
}

/** "Copy Launch for Another Client…": a guarded server, unless it is chosen already, and a client; the entry goes to the clipboard. */
export async function copyLaunch({ entries, outsideLaunchOf }: CopyLaunchOptions, serverId?: string): Promise<void> {
	const entry = entries().find(({ id }) => id === serverId) ?? (await chooseServer(entries()));
	if (entry === undefined) {
		return;
	}
	const client = await vscode.window.showQuickPick([...launchClients], {
		title: say('Copy Launch of “{0}”', quoteForPerson(entry.name, 60)),
		placeHolder: say('For which client?'),
	});
	if (client === undefined) {
		return;
	}
	const quoting = process.platform === 'win32' ? 'powershell' : 'posix';
	await vscode.env.clipboard.writeText(launchText(client.id, entry.name, outsideLaunchOf(entry), quoting));
	const documentation = say('Open Documentation');
	const choice = await vscode.window.showInformationMessage(
		`${say('MCP Firewall: the launch of “{0}” for {1} is in the clipboard.', quoteForPerson(entry.name, 60), client.label)} ${client.where} ` +
			`${say('It holds no secret. While a window is open here, it asks you about calls.')}${remoteNote()}`,
		documentation,
	);
	if (choice === documentation) {
		await vscode.env.openExternal(vscode.Uri.parse(client.documentation, true));
	}
}

/** The servers of a remote window run there, and so must their clients. */
function remoteNote(): string {
	return vscode.env.remoteName === undefined ? '' : ` ${say('It works on this remote machine only.')}`;
}

async function chooseServer(entries: readonly ServerEntry[]): Promise<ServerEntry | undefined> {
	if (entries.length === 0) {
		void vscode.window.showInformationMessage(
			say('No server is guarded. Run "MCP Firewall: Guard MCP Servers…" first.'),
		);
		return undefined;
	}
	const items = entries.map(entry => ({ label: quoteForPerson(entry.name, 80), entry }));
	const choice = await vscode.window.showQuickPick(items, {
		title: say('Copy Launch for Another Client'),
		placeHolder: say('Which guarded server?'),
	});
	return choice?.entry;
}
