import * as vscode from 'vscode';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { launchClients, launchText } from './copyLaunchText';
import { type ShimLaunch } from './discoveryShim';
import { quoteForPerson } from './quote';

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
		title: `Copy Launch of “${quoteForPerson(entry.name, 60)}”`,
		placeHolder: 'For which client?',
	});
	if (client === undefined) {
		return;
	}
	const quoting = process.platform === 'win32' ? 'powershell' : 'posix';
	await vscode.env.clipboard.writeText(launchText(client.id, entry.name, outsideLaunchOf(entry), quoting));
	const documentation = 'Open Documentation';
	const choice = await vscode.window.showInformationMessage(
		`MCP Firewall: the launch of “${quoteForPerson(entry.name, 60)}” for ${client.label} is in the clipboard. ` +
			`${client.where} It holds no secret. While a window is open here, it asks you about calls.${remoteNote()}`,
		documentation,
	);
	if (choice === documentation) {
		await vscode.env.openExternal(vscode.Uri.parse(client.documentation, true));
	}
}

/** The servers of a remote window run there, and so must their clients. */
function remoteNote(): string {
	return vscode.env.remoteName === undefined ? '' : ' It works on this remote machine only.';
}

async function chooseServer(entries: readonly ServerEntry[]): Promise<ServerEntry | undefined> {
	if (entries.length === 0) {
		void vscode.window.showInformationMessage(
			'No server is guarded. Run "MCP Firewall: Guard MCP Servers…" first.',
		);
		return undefined;
	}
	const items = entries.map(entry => ({ label: quoteForPerson(entry.name, 80), entry }));
	const choice = await vscode.window.showQuickPick(items, {
		title: 'Copy Launch for Another Client',
		placeHolder: 'Which guarded server?',
	});
	return choice?.entry;
}
