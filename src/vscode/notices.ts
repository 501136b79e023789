import * as vscode from 'vscode';
import { type Notice } from '../firewall/ports';
import { commandIds, settingIds } from './contributions';
import { quoteForPerson } from './quote';

const OPEN_PANEL = 'Open Audit Panel';
const OPEN_RULE = 'Go to Rule';
const REVIEW = 'Review Server…';

/** Shows what a person should know without being asked. Never awaited by the path of a call. */
export function showNotice(notice: Notice): void {
	if (!vscode.workspace.getConfiguration().get<boolean>(settingIds.notices, true)) {
		return;
	}
	void show(notice);
}

async function show(notice: Notice): Promise<void> {
	switch (notice.kind) {
		case 'quarantined': {
			const who = sourceOf(notice.entry.server?.name, notice.entry.tool ?? notice.entry.method);
			const choice = await vscode.window.showWarningMessage(
				`MCP Firewall: an answer of ${who} reads like instructions. The agent got it as quoted evidence.`,
				OPEN_PANEL,
			);
			await runIf(choice === OPEN_PANEL, commandIds.openPanel, notice.entry.id);
			return;
		}
		case 'refused': {
			if (notice.entry.kind !== 'call') {
				return;
			}
			const who = sourceOf(notice.entry.server?.name, notice.entry.tool);
			const rule = notice.entry.verdict?.rule;
			const why = rule === undefined ? (notice.entry.detail ?? 'no rule allows it') : `rule ${rule.id}`;
			const buttons = rule === undefined ? [OPEN_PANEL] : [OPEN_RULE, OPEN_PANEL];
			const choice = await vscode.window.showInformationMessage(
				`MCP Firewall refused ${who}: ${quoteForPerson(why, 120)}.`,
				...buttons,
			);
			await runIf(choice === OPEN_PANEL, commandIds.openPanel, notice.entry.id);
			await runIf(choice === OPEN_RULE, commandIds.openPolicy, rule);
			return;
		}
		case 'drifted': {
			const tools = quoteForPerson(notice.tools.join(', '), 200);
			const choice = await vscode.window.showWarningMessage(
				`MCP Firewall suspended tools of ${sourceOf(notice.serverName, undefined)} that are not what was reviewed: ${tools}.`,
				REVIEW,
			);
			await runIf(choice === REVIEW, commandIds.reviewServer);
			return;
		}
	}
}

function sourceOf(server: string | undefined, tool: string | undefined): string {
	const name = quoteForPerson(server ?? 'a server', 60);
	return tool === undefined ? name : `${name} (${quoteForPerson(tool, 80)})`;
}

async function runIf(condition: boolean, command: string, ...args: unknown[]): Promise<void> {
	if (condition) {
		await vscode.commands.executeCommand(command, ...args);
	}
}
