import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { type Event } from '../base/event';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { commandIds, settingIds, stepKeys } from './contributions';
import { type Coverage } from './coverage';
import { FirstSteps, firstSteps } from './firstSteps';
import { say } from './say';
import { setting } from './effectiveSettings';

const DONE = 'firstSteps.done';
const OFFERED = 'firstSteps.offered';

/** True until the person has done every first step once, with or without the walkthrough. */
export function isNewcomer(state: Pick<vscode.Memento, 'get'>): boolean {
	const done = state.get<readonly string[]>(DONE, []);
	return firstSteps.some(step => !done.includes(step));
}

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

	get isDue(): boolean {
		return !this.state.get<boolean>(OFFERED, false);
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
