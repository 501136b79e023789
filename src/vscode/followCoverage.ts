import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { type Event } from '../base/event';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { CoverageWatch } from '../storage/coverageWatch';
import { commandIds } from './contributions';
import { Coverage } from './coverage';
import { tellUncovered, toldMemory } from './coverageUi';
import { placesHere } from './placesHere';
import { shimSignsHere } from './shimRuntime';
import { type WorkbenchParts } from './workbenchParts';

/** Follows every file in which a server can be defined, for as long as the store lives. */
export function followCoverage(
	context: vscode.ExtensionContext,
	{ ports, registry }: Pick<WorkbenchParts, 'ports' | 'registry'>,
	{ entries, changed }: { readonly entries: () => readonly ServerEntry[]; readonly changed: Event<void> },
): { readonly store: DisposableStore; readonly coverage: Coverage } {
	const store = new DisposableStore();
	const watch = store.add(
		new CoverageWatch({ places: () => placesHere(context.globalStorageUri.fsPath), clock: ports.clock }),
	);
	const coverage = store.add(
		new Coverage({
			onDidFind: watch.onDidFind,
			entries,
			mayTell: () => registry.problem === undefined,
			signs: shimSignsHere(context.extensionPath),
			isTrusted: () => vscode.workspace.isTrusted,
			memory: toldMemory(context.globalState),
			tell: tellUncovered,
			guard: async items => {
				const ids = items.flatMap(({ id }) => id ?? []);
				await vscode.commands.executeCommand(commandIds.guardServers, ids);
			},
		}),
	);
	// What the registry, the folders and the trust of the workspace say may have changed.
	store.add(
		changed(() => {
			coverage.update();
			watch.refresh();
		}),
	);
	watch.refresh();
	return { store, coverage };
}
