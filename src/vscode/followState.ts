import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { type Event } from '../base/event';
import { contextKeys } from './contributions';
import { type Coverage } from './coverage';
import { type EditorApprover } from './editorApprover';
import { StatusBar } from './statusBar';
import { type WorkbenchParts } from './workbenchParts';

/** Keeps the status bar and the context keys in step with what is guarded, waiting and stopped. */
export function followState(
	{ stop, journal, policy, registry }: WorkbenchParts,
	changed: Event<void>,
	approver: EditorApprover,
	coverage: Coverage,
): DisposableStore {
	const store = new DisposableStore();
	const status = store.add(new StatusBar());
	let waiting = 0;
	const refresh = () => {
		const { inventory } = coverage;
		const policyBroken = policy.current().policy === undefined;
		const registryBroken = registry.problem !== undefined;
		const restricted = !vscode.workspace.isTrusted;
		status.update({ inventory, waiting, stopped: stop.stopped, policyBroken, registryBroken, restricted });
		const open = inventory.items.filter(({ coverage: word }) => word === 'unguarded').length;
		setContext(contextKeys.stopped, stop.stopped);
		setContext(contextKeys.waiting, waiting > 0);
		setContext(contextKeys.policyBroken, policyBroken);
		setContext(
			contextKeys.guarding,
			inventory.items.some(({ entry }) => entry !== undefined),
		);
		setContext(contextKeys.registered, registry.all().length > 0);
		setContext(contextKeys.unguarded, open);
	};
	store.add(changed(refresh));
	store.add(coverage.onDidChange(refresh));
	store.add(stop.onDidChange(refresh));
	store.add(
		approver.onDidChangeWaiting(count => {
			waiting = count;
			refresh();
		}),
	);
	store.add(
		journal.onDidAppend(entry => {
			status.note(entry);
		}),
	);
	refresh();
	return store;
}

function setContext(key: string, value: unknown): void {
	void vscode.commands.executeCommand('setContext', key, value);
}
