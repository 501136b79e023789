import * as vscode from 'vscode';
import { commandIds, innerCommandIds } from './contributions';
import { say, sayCount } from './say';

/** What the menu of the status bar depends on. */
export interface MenuFacts {
	readonly stopped: boolean;
	/** True where an organisation has locked a setting. */
	readonly locked: boolean;
	/** Servers that can be guarded and are not. */
	readonly unguarded: number;
	/** True where any server is guarded. */
	readonly guarding: boolean;
}

/** One line of the menu; a line without a command is a heading. */
export interface MenuItem {
	readonly label: string;
	readonly id?: string;
}

/** The menu of the status bar: what is wanted most often first, nothing that would only say that there is nothing. */
export function menuItems({ stopped, locked, unguarded, guarding }: MenuFacts): readonly MenuItem[] {
	const stop = stopped
		? { label: `$(debug-continue) ${say('Resume Guarded Servers')}`, id: commandIds.resume }
		: { label: `$(stop-circle) ${say('Stop All Guarded Servers')}`, id: commandIds.stopAll };
	const all = sayCount(unguarded, 'Guard the Server That Is Not Guarded…', 'Guard All {0} Servers…');
	const ofGuarded = (...items: readonly MenuItem[]) => (guarding ? items : []);
	return [
		...(stopped ? [stop] : []),
		...(unguarded > 0 ? [{ label: `$(shield) ${all}`, id: commandIds.guardAllServers }] : []),
		{ label: `$(list-unordered) ${say('Open Audit Panel')}`, id: commandIds.openPanel },
		{ label: `$(filter) ${say('Open Audit View…')}`, id: commandIds.openAuditView },
		{ label: `$(verified) ${say('Verify Audit Trail')}`, id: commandIds.verifyTrail },
		{ label: say('Policy and answers') },
		{ label: `$(law) ${say('Open Policy')}`, id: commandIds.openPolicy },
		...(locked ? [{ label: `$(lock) ${say('Set by Your Organisation')}`, id: innerCommandIds.showLocks }] : []),
		{ label: `$(checklist) ${say('Review Workspace Policy…')}`, id: commandIds.reviewWorkspacePolicy },
		{ label: `$(lightbulb) ${say('Suggest Rules from My Trail…')}`, id: commandIds.suggestRules },
		{ label: `$(unlock) ${say('Manage Grants…')}`, id: commandIds.manageGrants },
		{ label: `$(mail) ${say('Withheld Answers')}`, id: commandIds.withheldAnswers },
		{ label: say('Servers') },
		{ label: `$(shield) ${say('Guard MCP Servers…')}`, id: commandIds.guardServers },
		{ label: `$(eye) ${say('Show Coverage')}`, id: innerCommandIds.showCoverage },
		...ofGuarded(
			{ label: `$(beaker) ${say('Try Tool Call…')}`, id: commandIds.tryToolCall },
			{ label: `$(search) ${say('Review Server…')}`, id: commandIds.reviewServer },
			{ label: `$(microscope) ${say('Probe Server…')}`, id: commandIds.probeServer },
			{ label: `$(organization) ${say('Show Trust Card…')}`, id: commandIds.showTrustCard },
			{ label: `$(key) ${say('Manage Credentials…')}`, id: commandIds.manageCredentials },
			{ label: `$(plug) ${say('Copy Launch for Another Client…')}`, id: commandIds.copyLaunch },
			{ label: `$(debug-pause) ${say('Suspend Server…')}`, id: commandIds.suspendServer },
			{ label: `$(debug-continue) ${say('Resume Server…')}`, id: commandIds.resumeServer },
			{ label: `$(circle-slash) ${say('Revoke Server…')}`, id: commandIds.revokeServer },
			{ label: `$(discard) ${say('Stop Guarding a Server…')}`, id: commandIds.undoGuard },
		),
		{ label: say('MCP Firewall') },
		...(stopped ? [] : [stop]),
		{ label: `$(rocket) ${say('Get Started')}`, id: commandIds.openWalkthrough },
		{ label: `$(output) ${say('Show Log')}`, id: commandIds.showLog },
	];
}

/** Shows the menu and runs what is chosen. */
export async function showMenu(facts: MenuFacts): Promise<void> {
	const items = menuItems(facts).map(({ label, id }) =>
		id === undefined ? { label, kind: vscode.QuickPickItemKind.Separator, id } : { label, id },
	);
	const choice = await vscode.window.showQuickPick(items, { title: 'MCP Firewall' });
	if (choice?.id !== undefined) {
		await vscode.commands.executeCommand(choice.id);
	}
}
