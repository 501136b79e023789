import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { type Logger } from '../base/logger';
import { type LockedSetting, LOCKS, lockWord } from '../domain/policy/organisationLocks';
import { type PolicyFiles } from '../storage/policyFiles';
import { settingIds } from './contributions';
import { currentLocks, lockOn, setting, type SettingId, settingOf } from './effectiveSettings';
import { showPolicy } from './openPolicy';
import { quoteForPerson } from './quote';
import { say, sayCount } from './say';

/** How the value of a lock is said: a bound, a value, or how many entries a list has. */
export function lockText(lock: LockedSetting): string {
	const { key, value } = lock;
	const { kind } = LOCKS[key];
	if (Array.isArray(value)) {
		return sayCount(value.length, '{0} entry', '{0} entries');
	}
	const text = value === '' ? say('none') : quoteForPerson(lockWord(lock), 200);
	if (kind === 'most') {
		return say('at most {0}', text);
	}
	return kind !== 'least' ? text : value === 0 ? say('no limit') : say('at least {0}', text);
}

/** "Set by Your Organisation": every locked value with the line that locks it; a choice leads there. */
export async function showLocks(): Promise<void> {
	const items = [...currentLocks().locked.values()].map(lock => ({
		label: settingOf(lock.key) ?? lock.key,
		description: lockText(lock),
		detail: `${quoteForPerson(lock.at.file, 300)}:${String(lock.at.line)}`,
		lock,
	}));
	const choice = await vscode.window.showQuickPick(items, {
		title: say('Set by Your Organisation'),
		placeHolder: say('These hold whatever your settings say. Choose one to see where it stands.'),
	});
	if (choice !== undefined) {
		await showPolicy(choice.lock.at);
	}
}

/**
 * Puts what is locked into the log, and tells a person who changes a locked setting that it changes nothing, once for each
 * setting in this window.
 */
export function tellLocks(policy: Pick<PolicyFiles, 'onDidChangeLocks'>, logger: Logger): Disposable {
	const store = new DisposableStore();
	const told = new Set<SettingId>();
	let logged = '';
	const log = () => {
		const lines = [...currentLocks().locked.values()].map(
			lock => `${lock.key} (${lockText(lock)}; ${lock.at.file}:${String(lock.at.line)})`,
		);
		const text = lines.join(', ');
		if (text !== logged) {
			logged = text;
			logger.info(`Set by the organisation: ${text === '' ? 'nothing any more' : text}.`);
		}
	};
	log();
	store.add(policy.onDidChangeLocks(log));
	store.add(
		vscode.workspace.onDidChangeConfiguration(change => {
			for (const id of Object.values(settingIds)) {
				const lock = lockOn(id);
				const own: unknown = vscode.workspace.getConfiguration().get(id);
				const isOther = JSON.stringify(own) !== JSON.stringify(setting<unknown>(id));
				if (lock !== undefined && isOther && change.affectsConfiguration(id) && !told.has(id)) {
					told.add(id);
					void tell(id, lock);
				}
			}
		}),
	);
	return store;
}

async function tell(id: SettingId, lock: LockedSetting): Promise<void> {
	const show = say('Show');
	const text = say(
		'MCP Firewall: your organisation sets {0} ({1}), so your own value does not count.',
		id,
		lockText(lock),
	);
	if ((await vscode.window.showInformationMessage(text, show)) === show) {
		await showPolicy(lock.at);
	}
}
