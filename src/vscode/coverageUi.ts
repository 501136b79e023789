import * as vscode from 'vscode';
import { type InventoryItem } from '../domain/registry/inventory';
import { commandIds, settingIds } from './contributions';
import { type CoverageAnswer, type ToldMemory } from './coverage';
import { noticeText } from './coverageText';
import { type WalkthroughOffer } from './followFirstSteps';
import { setting } from './effectiveSettings';
import { manageTrust } from './restrictedWorkspace';
import { say, sayCount } from './say';

const TOLD = 'coverage.told';

/**
 * Tells of servers that are not guarded, with one click to guard them, or to the trust that this needs; somebody new is offered the
 * walkthrough along with it.
 * The status bar says it in any case.
 */
export async function tellUncovered(
	items: readonly InventoryItem[],
	walkthrough: Pick<WalkthroughOffer, 'isDue' | 'remember'>,
): Promise<CoverageAnswer> {
	if (!setting<boolean>(settingIds.notices, true)) {
		return undefined;
	}
	const { isTrusted } = vscode.workspace;
	const count = items.length;
	const possible = items.filter(({ coverage }) => coverage === 'unguarded').length;
	const guard = possible < count ? say('Guard {0} of Them', possible) : sayCount(count, 'Guard It', 'Guard All {0}');
	const never = sayCount(count, 'Never for This Server', 'Never for These Servers');
	const start = say('Get Started');
	// In a restricted workspace its first step could only say so; the servers are told of again once there is trust.
	const isNew = isTrusted && walkthrough.isDue;
	if (isNew) {
		await walkthrough.remember();
	}
	const trust = manageTrust();
	const buttons = isTrusted
		? [...(possible > 0 ? [guard] : []), isNew ? start : say('Not Now'), never]
		: [trust.title, say('Not Now'), never];
	const answer = await vscode.window.showWarningMessage(noticeText(items, isTrusted), ...buttons);
	if (answer === start) {
		await vscode.commands.executeCommand(commandIds.openWalkthrough);
	}
	if (answer === trust.title) {
		await vscode.commands.executeCommand(trust.command);
	}
	return answer === guard ? 'guard' : answer === never ? 'never' : undefined;
}

/** For a click on a message that stood while its servers were guarded by another way. */
export function tellSettled(): void {
	const text = say('MCP Firewall: there is nothing left to guard here. These servers are guarded by now, or gone.');
	void vscode.window.showInformationMessage(text);
}

/** The memory of what was told, for all windows of this profile. */
export function toldMemory(state: vscode.Memento): ToldMemory {
	return {
		get: () => state.get<readonly string[]>(TOLD, []),
		set: async keys => {
			await state.update(TOLD, keys);
		},
	};
}
