import * as vscode from 'vscode';
import { type JsonValue } from '../base/json';
import { DisposableStore } from '../base/disposable';
import { readBreakGlass } from '../domain/identity/breakGlass';
import { type Override } from '../domain/identity/decisionPoint';
import { type PublicJwk } from '../domain/identity/publicJwk';
import { readPublicKeys } from '../domain/identity/readPublicKeys';
import { OverrideDesk } from '../firewall/overrideDesk';
import { type FirewallPorts } from '../firewall/ports';
import { usedTokensHere } from '../storage/usedTokens';
import { breakGlassQuestion, breakGlassStatus } from './breakGlassText';
import { commandIds, contextKeys, settingIds } from './contributions';
import { quoteForPerson } from './quote';
import { setting } from './effectiveSettings';
import { say, sayPhrase } from './say';

/** Break-glass in the editor: asked for loudly, and seen as long as it lasts. */
export interface BreakGlassRoom {
	readonly desk: OverrideDesk;
	readonly store: DisposableStore;
	/** "Use Break-Glass Token…": true when one is in use now. */
	use(): Promise<boolean>;
	/** "End Break-Glass". */
	end(): Promise<void>;
}

/** Milliseconds between two looks of the status bar at the time that is left. */
const TICK_MS = 10_000;

/** Opens it. Without keys in the settings no token is taken. */
export function openBreakGlass(ports: FirewallPorts): BreakGlassRoom {
	const { clock } = ports;
	const store = new DisposableStore();
	const seconds = () => Math.floor(clock.now() / 1000);
	const used = usedTokensHere(() => clock.now());
	const desk = store.add(new OverrideDesk({ keys: administratorKeys, used, clock, events: ports }));
	const item = store.add(
		vscode.window.createStatusBarItem('mcpFirewall.breakGlass', vscode.StatusBarAlignment.Left, 51),
	);
	item.name = say('MCP Firewall: Break-Glass');
	item.command = commandIds.endBreakGlass;
	item.backgroundColor = new vscode.ThemeColor('statusBarItem.errorBackground');
	let tick = { dispose: () => {} };
	store.add({ dispose: () => tick.dispose() });
	const refresh = () => {
		tick.dispose();
		const inUse = desk.list();
		void vscode.commands.executeCommand('setContext', contextKeys.breakGlass, inUse.length > 0);
		if (inUse.length === 0) {
			item.hide();
			return;
		}
		const { text, tooltip } = breakGlassStatus(inUse, clock.now());
		item.text = text;
		// Plain text, never markdown: what a token says is not ours.
		item.tooltip = tooltip;
		item.accessibilityInformation = { label: tooltip.replaceAll('\n', ' '), role: 'button' };
		item.show();
		tick = clock.schedule(TICK_MS, refresh);
	};
	store.add(desk.onDidChange(refresh));
	return {
		...{ desk, store },
		use: () => useToken(desk, seconds),
		end: () => {
			const before: readonly Override[] = desk.list();
			desk.end();
			void vscode.window.showInformationMessage(
				before.length === 0
					? say('MCP Firewall: no break-glass token is in use.')
					: say('MCP Firewall: break-glass has ended. The decision service is asked again.'),
			);
			return Promise.resolve();
		},
	};
}

async function useToken(desk: OverrideDesk, seconds: () => number): Promise<boolean> {
	if (administratorKeys().length === 0) {
		const open = say('Open Settings');
		const choice = await vscode.window.showErrorMessage(
			say('MCP Firewall: no break-glass token is taken, because the settings name no key of an administrator.'),
			open,
		);
		if (choice === open) {
			await vscode.commands.executeCommand('workbench.action.openSettings', settingIds.breakGlassKeys);
		}
		return false;
	}
	const text = await vscode.window.showInputBox({
		title: say('Use Break-Glass Token'),
		prompt: say('The token that an administrator gave you. It counts once, and for 15 minutes at most.'),
		...{ password: true, ignoreFocusOut: true },
	});
	if (text === undefined || text.trim() === '') {
		return false;
	}
	const read = await readBreakGlass(text.trim(), administratorKeys(), seconds());
	if (read.ok) {
		const { message, detail, button } = breakGlassQuestion(read.token, seconds());
		if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, button)) !== button) {
			return false;
		}
	}
	// One that does not hold goes there too: its refusal is recorded.
	const outcome = await desk.use(text);
	if (!outcome.ok) {
		void vscode.window.showErrorMessage(
			say('MCP Firewall: this token is not taken: {0}.', quoteForPerson(sayPhrase(outcome.why), 200)),
		);
		return false;
	}
	const end = say('End Break-Glass');
	void vscode.window
		.showWarningMessage(
			say(
				'MCP Firewall: BREAK-GLASS IS IN USE. The decision service does not hold calls back where the token covers them.',
			),
			end,
		)
		.then(async choice => {
			if (choice === end) {
				await vscode.commands.executeCommand(commandIds.endBreakGlass);
			}
		});
	return true;
}

/** Of the setting; none where it names none, or a single one that is not to be used. */
function administratorKeys(): readonly PublicJwk[] {
	const value = setting<JsonValue>(settingIds.breakGlassKeys);
	const read = readPublicKeys(value);
	return read.ok ? read.keys : [];
}
