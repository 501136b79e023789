import * as vscode from 'vscode';
import { digestJson } from '../base/digest';
import { DisposableStore } from '../base/disposable';
import { type Event } from '../base/event';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { CoverageWatch } from '../storage/coverageWatch';
import { commandIds, innerCommandIds } from './contributions';
import { Coverage, type ToldMemory } from './coverage';
import { showCoverage, strayToolsHere } from './coverageReport';
import { strayText } from './coverageText';
import { tellSettled, tellUncovered, toldMemory } from './coverageUi';
import { type DetailDocuments } from './detailDocuments';
import { WalkthroughOffer } from './followFirstSteps';
import { followSteering, showWith } from './followSteering';
import { placesHere } from './placesHere';
import { barsHere } from './serverListsHere';
import { shimSignsHere } from './shimRuntime';
import { windowPlace } from './windowPlace';
import { type WorkbenchParts } from './workbenchParts';

/** What is needed of the window. */
export interface CoverageParts {
	/** The registered servers of this window. */
	readonly entries: () => readonly ServerEntry[];
	readonly changed: Event<void>;
	readonly documents: DetailDocuments;
}

/** Follows every file in which a server can be defined, for as long as the store lives. */
export function followCoverage(
	context: vscode.ExtensionContext,
	{ ports, registry }: Pick<WorkbenchParts, 'ports' | 'registry'>,
	{ entries, changed, documents }: CoverageParts,
): { readonly store: DisposableStore; readonly coverage: Coverage } {
	const store = new DisposableStore();
	const watch = store.add(
		new CoverageWatch({ places: () => placesHere(context.globalStorageUri.fsPath), clock: ports.clock }),
	);
	const offer = new WalkthroughOffer(context.globalState);
	const coverage = store.add(
		new Coverage({
			onDidFind: watch.onDidFind,
			entries,
			placing: () => ({ registered: registry.all(), home: windowPlace().userHome }),
			mayTell: () => registry.problem === undefined,
			signs: shimSignsHere(context.extensionPath),
			bars: barsHere,
			isTrusted: () => vscode.workspace.isTrusted,
			memory: toldMemory(context.globalState),
			tell: items => tellUncovered(items, offer),
			guard: async items => {
				const ids = items.flatMap(({ id }) => id ?? []);
				await vscode.commands.executeCommand(commandIds.guardAllServers, ids);
			},
			tellSettled,
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
	const first = watch.onDidFind(() => {
		first.dispose();
		if (coverage.inventory.items.length === 0 && registry.problem === undefined && vscode.workspace.isTrusted) {
			void offer.offer();
		}
	});
	store.add(first);
	const memory = toldMemory(context.globalState);
	const steering = store.add(
		followSteering(context, ports.clock, () => void tellStray(coverage, strayToolsHere(entries()), memory)),
	);
	store.add(
		vscode.commands.registerCommand(innerCommandIds.showCoverage, () =>
			showCoverage({ coverage, steering, documents, entries }),
		),
	);
	return { store, coverage };
}

/** Tools of unguarded servers are told of by their files; what is left when there are none came from somewhere else. */
async function tellStray({ inventory }: Coverage, names: readonly string[], memory: ToldMemory): Promise<void> {
	const told = new Set(memory.get());
	const keyOf = (name: string) => digestJson({ stray: name });
	const fresh = inventory.guarded === inventory.total ? names.filter(name => !told.has(keyOf(name))) : [];
	if (fresh.length > 0) {
		await memory.set([...told, ...fresh.map(keyOf)]);
		await showWith(strayText(fresh));
	}
}
