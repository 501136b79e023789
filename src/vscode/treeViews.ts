import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { errorText } from '../base/errors';
import { Emitter, type Event } from '../base/event';
import { type Principal } from '../domain/identity/principal';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type GrantBook } from '../firewall/ports';
import { viewIds } from './contributions';
import { type Coverage } from './coverage';
import { type GrantUses } from './grantUses';
import { LastUses, type UsedItem } from './lastUses';
import { credentialTree, grantTree } from './rememberedTree';
import { sayCount } from './say';
import { reviewsDue, serverTree, type ServerTreeFacts } from './serverTree';
import { runsOneOfAName } from './serverListsHere';
import { openTree } from './treeProvider';
import { keepsOff, unguardedServers } from './unguardedServers';
import { type WorkbenchParts } from './workbenchParts';

/** What the views show. */
export interface TreeViewsOptions {
	readonly parts: Pick<WorkbenchParts, 'ports' | 'registry' | 'journal' | 'stop' | 'logger'>;
	readonly grants: GrantBook;
	readonly grantUses: Pick<GrantUses, 'of'>;
	readonly isHere: (entry: ServerEntry) => boolean;
	/** Fires when other servers belong here, or the registry changed. */
	readonly onDidChange: Event<void>;
	readonly coverage: Pick<Coverage, 'inventory' | 'onDidChange'>;
	/** Who servers are, and when that changes. */
	readonly identity: {
		readonly of: (entry: ServerEntry) => Principal | undefined;
		readonly onDidChange: Event<void>;
	};
	/** The number of calls that wait for the person, when it changes. */
	readonly onDidChangeWaiting: Event<number>;
	/** One sentence where a list of servers keeps a server from running. */
	readonly notListed: (entry: ServerEntry) => string | undefined;
	/** What the trail tells of all windows; asked when the view is first seen, and by Refresh. */
	readonly readUses: () => Promise<readonly UsedItem[]>;
}

/** The views of the activity bar. */
export interface TreeViews {
	readonly store: DisposableStore;
	readonly uses: LastUses;
	/** Reads the trail again and shows what is now. */
	refresh(): Promise<void>;
}

/** Opens the three views and keeps them in step with registry, trail, grants and stop. */
export function openTreeViews(options: TreeViewsOptions): TreeViews {
	const { parts, grants, grantUses, onDidChange, coverage } = options;
	const { registry, journal, stop, ports } = parts;
	const store = new DisposableStore();
	const uses = store.add(new LastUses(journal.onDidAppend));
	const drifts = new Map<string, number>();
	const drifted = store.add(new Emitter<void>());
	store.add(
		journal.onDidAppend(({ event, server }) => {
			const entry = event === 'server-drifted' && server !== undefined ? registry.find(server.id) : undefined;
			if (entry !== undefined) {
				drifts.set(entry.id, entry.revision);
				drifted.fire();
			}
		}),
	);
	const facts = (): ServerTreeFacts => {
		const unguarded = unguardedServers(coverage.inventory);
		const isOneOnly = runsOneOfAName();
		return {
			...{ entries: registry.all(), isHere: options.isHere, stopped: stop.stopped, uses },
			// A review makes another revision, and ends it.
			hasDrifted: ({ id, revision }) => drifts.get(id) === revision,
			notListed: options.notListed,
			keptOff: entry => (isOneOnly ? keepsOff(entry, unguarded) : undefined),
			unguarded,
			restricted: !vscode.workspace.isTrusted,
			identityOf: options.identity.of,
			now: ports.clock.now(),
		};
	};

	const servers = openTree(viewIds.servers, ports.clock, () => serverTree(facts()), [
		...[
			onDidChange,
			stop.onDidChange,
			uses.onDidChange,
			drifted.event,
			coverage.onDidChange,
			options.identity.onDidChange,
		],
	]);
	store.add(servers.store);
	let waiting = 0;
	const badge = () => {
		servers.view.badge = viewBadge(waiting, reviewsDue(facts()));
	};
	store.add(
		options.onDidChangeWaiting(count => {
			waiting = count;
			badge();
		}),
	);
	store.add(onDidChange(badge));
	store.add(drifted.event(badge));
	badge();

	const answers = openTree(
		viewIds.grants,
		ports.clock,
		async () => grantTree(await grants.list(), id => grantUses.of(id), ports.clock.now()),
		[grants.onDidChange, uses.onDidChange],
	);
	store.add(answers.store);
	const credentials = openTree(
		viewIds.credentials,
		ports.clock,
		() => credentialTree(registry.all(), ports.clock.now()),
		[onDidChange],
	);
	store.add(credentials.store);

	let learned: Promise<void> | undefined;
	const learn = async () => {
		try {
			uses.learn(await options.readUses());
		} catch (error) {
			parts.logger.warn(`When tools were last used cannot be read from the trail: ${errorText(error)}`);
		}
	};
	store.add(
		servers.view.onDidChangeVisibility(({ visible }) => {
			if (visible) {
				learned ??= learn();
				servers.provider.refresh();
			}
		}),
	);
	return {
		...{ store, uses },
		async refresh() {
			await learn();
			[servers, answers, credentials].forEach(({ provider }) => {
				provider.refresh();
			});
		},
	};
}

/** What waits for an answer now comes before what is due some time. */
function viewBadge(waiting: number, due: number): { readonly value: number; readonly tooltip: string } | undefined {
	if (waiting > 0) {
		return {
			value: waiting,
			tooltip: sayCount(waiting, '{0} call waits for your answer', '{0} calls wait for your answer'),
		};
	}
	return due === 0
		? undefined
		: { value: due, tooltip: sayCount(due, 'One server needs a review', '{0} servers need a review') };
}
