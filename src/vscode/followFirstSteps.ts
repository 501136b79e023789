import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { type Event } from '../base/event';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { commandIds, settingIds, stepKeys } from './contributions';
import { type Coverage } from './coverage';
import { FirstSteps } from './firstSteps';
import { say } from './say';
import { setting } from './effectiveSettings';

const DONE = 'firstSteps.done';
const OFFERED = 'firstSteps.offered';

/** The first steps of a person, kept in step with what happens; the walkthrough ticks them by their context keys. */
export function followFirstSteps(
	state: vscode.Memento,
	onDidAppend: Event<AuditEntry>,
	coverage: Pick<Coverage, 'inventory' | 'onDidChange'>,
): { readonly store: DisposableStore; readonly steps: FirstSteps } {
	const store = new DisposableStore();
	const steps = new FirstSteps(
		{
			get: () => state.get<readonly string[]>(DONE, []),
			set: done => void state.update(DONE, done),
		},
		step => void vscode.commands.executeCommand('setContext', stepKeys[step], true),
	);
	const look = () => {
		if (coverage.inventory.items.some(({ entry }) => entry !== undefined)) {
			steps.note('guarded');
		}
	};
	look();
	store.add(coverage.onDidChange(look));
	store.add(
		onDidAppend(entry => {
			steps.hear(entry);
		}),
	);
	return { store, steps };
}

/** Offers the walkthrough to somebody new, in one message in the life of a profile. */
export class WalkthroughOffer {
	constructor(private readonly state: vscode.Memento) {}

	/** True until it was offered, or once VS Code itself has opened it. */
	get isDue(): boolean {
		return !this.state.get<boolean>(OFFERED, false) && !isOpen();
	}

	/** INVARIANT: remembered before it is shown. */
	async remember(): Promise<void> {
		await this.state.update(OFFERED, true);
	}

	/** Where servers are defined, the message about these offers it; here nothing is defined yet. */
	async offer(): Promise<void> {
		const wanted = setting<boolean>(settingIds.notices, true);
		if (!this.isDue || !wanted) {
			return;
		}
		await this.remember();
		const start = say('Get Started');
		const message = say(
			'MCP Firewall is ready. No MCP server is defined here yet: five minutes show what it does.',
		);
		if ((await vscode.window.showInformationMessage(message, start)) === start) {
			await vscode.commands.executeCommand(commandIds.openWalkthrough);
		}
	}
}

/** VS Code opens the walkthrough of an extension that was just installed, if its person has not turned that off. */
function isOpen(): boolean {
	const tabs = vscode.window.tabGroups.all.flatMap(group => group.tabs);
	return tabs.some(({ label, input }) => input === undefined && label.includes('MCP Firewall'));
}
