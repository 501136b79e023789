import * as vscode from 'vscode';
import { type Disposable } from '../base/disposable';
import { type Retention } from '../storage/retention';
import { type RetentionLimits } from '../storage/retentionPlan';
import { settingIds } from './contributions';
import { setting, type SettingId } from './effectiveSettings';
import { say } from './say';

const DEFAULT_DAYS = 365;
const DEFAULT_MEGABYTES = 2048;

/** How much of the trail the person wants to keep. What is no number of zero or more counts as the default. */
export function retentionLimits(): RetentionLimits {
	const read = (id: SettingId, byDefault: number) => {
		const value = setting<unknown>(id, byDefault);
		return typeof value === 'number' && value >= 0 ? value : byDefault;
	};
	return {
		days: read(settingIds.auditRetentionDays, DEFAULT_DAYS),
		megabytes: read(settingIds.auditRetentionMegabytes, DEFAULT_MEGABYTES),
	};
}

/** Shows what retention could not do, once in this window: it tries again every day. */
export function tellRetentionTrouble(
	retention: Retention | undefined,
	log: Pick<vscode.LogOutputChannel, 'show'>,
): Disposable {
	let hasTold = false;
	const tell = async () => {
		const show = say('Show Log');
		const text = say(
			'MCP Firewall: a part of the audit trail that is to be removed is still there. The log says why.',
		);
		if ((await vscode.window.showWarningMessage(text, show)) === show) {
			log.show();
		}
	};
	return (
		retention?.onDidFail(() => {
			if (!hasTold) {
				hasTold = true;
				void tell();
			}
		}) ?? { dispose: () => undefined }
	);
}
