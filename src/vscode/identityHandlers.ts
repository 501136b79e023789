import { type ExtensionContext } from 'vscode';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { listTools } from '../proxy/inspectServer';
import { type commandIds } from './contributions';
import { type GuardDeps } from './guardPorts';
import {
	createLocalIdentity,
	forgetServerIdentity,
	type IdentityCommandDeps,
	importCallerBadge,
	removeCallerIdentity,
	showTrustCard,
} from './identityCommands';
import { CHECK_AGAIN, type IdentityRoom } from './identityRoom';
import { addTrustedIssuer, pinIssuerKeys } from './issuerCommands';
import { quoteForPerson } from './quote';
import { isHeldBack } from './restrictedWorkspace';
import { say } from './say';
import { type EditorServer } from './servedServers';
import { setDecisionHeader } from './setDecisionHeader';
import { serverArgument } from './treeNode';
import { type WorkbenchParts } from './workbenchParts';

/** What the commands about identity reach. */
export interface IdentityContext {
	readonly context: Pick<ExtensionContext, 'secrets'>;
	readonly parts: Pick<WorkbenchParts, 'breakGlass'>;
	readonly guard: Pick<GuardDeps, 'ui' | 'clock'>;
	readonly identity: IdentityRoom;
	readonly serve: (entry: ServerEntry) => EditorServer;
	readonly entriesHere: () => readonly ServerEntry[];
	readonly clientInfo: { readonly name: string; readonly version: string };
}

type Name = Extract<
	keyof typeof commandIds,
	| `${string}TrustCard`
	| `${string}Identity`
	| `${string}Issuer`
	| `${string}IssuerKeys`
	| `${string}CallerBadge`
	| `${string}BreakGlass${string}`
	| 'setDecisionServiceHeader'
>;

/** The commands about who servers are, who calls them, and break-glass. */
export function identityHandlers(
	deps: IdentityContext,
): Readonly<Record<Name, (...args: readonly unknown[]) => Promise<unknown>>> {
	const { issuers, commands } = deps.identity;
	const own: IdentityCommandDeps = {
		...{ ...commands, ui: deps.guard.ui, entries: deps.entriesHere },
		checkAgain: serverId => checkAgain(deps, serverId),
	};
	const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
	return {
		showTrustCard: async (server, how) => {
			const id = serverArgument(server);
			if (id !== undefined && how === CHECK_AGAIN) {
				await checkAgain(deps, id);
			}
			await showTrustCard(own, id);
		},
		forgetServerIdentity: server => forgetServerIdentity(own, serverArgument(server)),
		addTrustedIssuer: origin => addTrustedIssuer(issuers, text(origin)),
		pinIssuerKeys: origin => pinIssuerKeys(issuers, text(origin)),
		importCallerBadge: () => importCallerBadge(own),
		createLocalIdentity: () => createLocalIdentity(own),
		removeCallerIdentity: () => removeCallerIdentity(own),
		setDecisionServiceHeader: () => setDecisionHeader(deps.context.secrets),
		useBreakGlassToken: () => deps.parts.breakGlass.use(),
		endBreakGlass: () => deps.parts.breakGlass.end(),
	};
}

/** Asks a server anew who it is; one that does not run is started for that, as it would be for a call. */
async function checkAgain(
	{ identity, entriesHere, serve, guard, clientInfo }: IdentityContext,
	id: string,
): Promise<void> {
	const entry = entriesHere().find(each => each.id === id);
	if (identity.lookAgain(id) || entry === undefined || isHeldBack(guard.ui)) {
		return;
	}
	const { launch } = serve(entry);
	const { principal, wrap } = identity.serve(id);
	await guard.ui.progress(say('Asking “{0}” who it is…', quoteForPerson(entry.name, 60)), async signal => {
		await listTools(
			await launch(),
			{ clock: guard.clock, clientInfo, identity: { principal, review: wrap } },
			signal,
		);
	});
}
