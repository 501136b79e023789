import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { type Event } from '../base/event';
import { inEnglish } from '../base/phrase';
import { plainLaunch, type ResolvedHttpLaunch, type ResolvedLaunch } from '../domain/registry/resolveLaunch';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ServerForm } from '../domain/registry/serverMatcher';
import { type ShimLaunch } from './discoveryShim';
import { sayPhrase } from './say';
import { affectsServerLists, notListedHere } from './serverListsHere';

/** What the editor starts in place of a server. */
export interface OfferedForm {
	readonly uri: string;
	readonly shim: ShimLaunch;
}

/** The guarded servers of this window under VS Code's lists of servers and the organisation's. */
export class ServerListGate {
	private offered: ((entry: ServerEntry) => OfferedForm) | undefined;

	/** One sentence for the person where a list keeps a server from being offered; undefined where it may. */
	readonly notListed = (entry: ServerEntry): string | undefined => {
		const why = notListedHere(entry, 'definition', this.own(entry));
		return why && sayPhrase(why);
	};

	/** The same for what is about to start, in English: it goes to the agent and into the trail. */
	readonly refusal = (entry: ServerEntry, start: ResolvedLaunch | ResolvedHttpLaunch): string | undefined => {
		const why = notListedHere({ ...entry, launch: plainLaunch(start) }, 'resolved', this.own(entry));
		return why && inEnglish(why);
	};

	/** Says what this window offers in place of each server, once that is known. */
	offersBy(offered: (entry: ServerEntry) => OfferedForm): void {
		this.offered = offered;
	}

	/** Calls back when other servers may run than before. */
	follow(policyChanged: Event<unknown>, changed: () => void): Disposable {
		const store = new DisposableStore();
		store.add(policyChanged(changed));
		store.add(
			vscode.workspace.onDidChangeConfiguration(change => {
				if (affectsServerLists(change)) {
					changed();
				}
			}),
		);
		return store;
	}

	private own(entry: ServerEntry): readonly ServerForm[] {
		const offered = this.offered?.(entry);
		return offered === undefined
			? []
			: [
					// As VS Code writes it where it asks its own lists.
					{ name: entry.name, url: vscode.Uri.parse(offered.uri, true).toString(true) },
					{ name: entry.name, command: [offered.shim.command, ...offered.shim.args] },
				];
	}
}
