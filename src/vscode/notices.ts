import * as vscode from 'vscode';
import { type Notice } from '../firewall/ports';
import { hintFor } from '../firewall/refusal';
import { commandIds, innerCommandIds, settingIds } from './contributions';
import { quoteForPerson } from './quote';

const OPEN_PANEL = 'Open Audit Panel';
const WHY = 'Why?';
const REVIEW = 'Review Server…';

/** Outcomes of an approval that a person has brought about. */
const ANSWERED: readonly string[] = ['denied', 'dismissed', 'cancelled'];

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
			const { entry } = notice;
			// Who said no, or cancelled the call, knows.
			if (entry.kind !== 'call' || ANSWERED.includes(entry.approval?.outcome ?? '')) {
				return;
			}
			const who = sourceOf(entry.server?.name, entry.tool);
			const paths = (entry.paths ?? []).join(', ');
			const what = paths === '' ? who : `${who} on ${quoteForPerson(paths, 200)}`;
			const rule = entry.verdict?.rule;
			// A detail says what refused in the rule's stead.
			const why =
				rule !== undefined && entry.detail === undefined
					? `: rule ${quoteForPerson(rule.id, 120)}.`
					: `. ${hintFor(entry.detail ?? entry.verdict?.reason ?? '')}`;
			const message = `MCP Firewall refused ${what}${why}`;
			const choice = await vscode.window.showInformationMessage(message, WHY, OPEN_PANEL);
			await runIf(choice === OPEN_PANEL, commandIds.openPanel, entry.id);
			await runIf(choice === WHY, innerCommandIds.why, entry.id);
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
