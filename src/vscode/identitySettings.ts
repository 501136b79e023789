import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { Emitter } from '../base/event';
import { sayTrustSettings } from '../domain/identity/readTrustSettings';
import { type TrustSettings } from '../domain/identity/trustSettings';
import { settingIds } from './contributions';
import { identityValue } from './identityValue';
import { quoteForPerson } from './quote';
import { onDidChangeSettings, setting } from './effectiveSettings';
import { say, sayPhrase } from './say';

/** What the person decided about identity, as the settings say it now. */
export interface IdentitySettings extends Disposable {
	current(): TrustSettings;
	/** Fires after the settings changed: what was found out under others does not count. */
	readonly onDidChange: Emitter<void>['event'];
}

const IDS = Object.values(settingIds).filter(id => id.startsWith('mcpFirewall.identity.'));

/** Follows the settings. What is wrong in them is told once for each wording, and does not count. */
export function followIdentitySettings(): IdentitySettings {
	const store = new DisposableStore();
	const changed = store.add(new Emitter<void>());
	let told = '';
	let current = read();
	function read(): TrustSettings {
		const { settings, said } = sayTrustSettings(identityValue(id => setting<unknown>(id)));
		const trouble = said.map(sayPhrase).join(' ');
		if (trouble !== told) {
			told = trouble;
			if (trouble !== '') {
				void tell(said.map(sayPhrase));
			}
		}
		return settings;
	}
	store.add(
		onDidChangeSettings(IDS, () => {
			current = read();
			changed.fire();
		}),
	);
	return {
		current: () => current,
		onDidChange: changed.event,
		dispose: () => {
			store.dispose();
		},
	};
}

async function tell(problems: readonly string[]): Promise<void> {
	const [first = ''] = problems;
	const more = problems.length > 1 ? ` ${say('(and {0} more)', problems.length - 1)}` : '';
	const open = say('Open Settings');
	const choice = await vscode.window.showErrorMessage(
		say('MCP Firewall: a setting about identity does not count. {0}{1}', quoteForPerson(first, 300), more),
		open,
	);
	if (choice === open) {
		await vscode.commands.executeCommand('workbench.action.openSettings', settingIds.identityTrustedIssuers);
	}
}
