import * as vscode from 'vscode';
import { type InventoryItem } from '../domain/registry/inventory';
import { settingIds } from './contributions';
import { type CoverageAnswer, type ToldMemory } from './coverage';
import { noticeText } from './coverageText';
import { setting } from './effectiveSettings';

const GUARD = 'Guard It';
const GUARD_ALL = 'Guard Them';
const NEVER = 'Never for This Server';
const NEVER_ALL = 'Never for These Servers';
const NOT_NOW = 'Not Now';

const TOLD = 'coverage.told';

/** Tells of servers that are not guarded, with one click to guard them. The status bar says it in any case. */
export async function tellUncovered(items: readonly InventoryItem[]): Promise<CoverageAnswer> {
	if (!setting<boolean>(settingIds.notices, true)) {
		return undefined;
	}
	const { isTrusted } = vscode.workspace;
	const one = items.length === 1;
	const guard = one ? GUARD : GUARD_ALL;
	const never = one ? NEVER : NEVER_ALL;
	const possible = isTrusted && items.some(({ coverage }) => coverage === 'unguarded');
	const buttons = [...(possible ? [guard] : []), NOT_NOW, never];
	const answer = await vscode.window.showWarningMessage(noticeText(items, isTrusted), ...buttons);
	return answer === guard ? 'guard' : answer === never ? 'never' : undefined;
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
