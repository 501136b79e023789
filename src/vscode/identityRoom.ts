import { dirname, join } from 'node:path';
import { userInfo } from 'node:os';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { Emitter, type Event } from '../base/event';
import { parseDid } from '../domain/identity/did';
import { type Principal } from '../domain/identity/principal';
import { type TrustSettings } from '../domain/identity/trustSettings';
import { trustsAnybody } from '../domain/identity/verifyConfig';
import { BadgeVerifier } from '../domain/identity/verifyBadge';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { noteEvent } from '../firewall/noteEvent';
import { guardedFetch } from '../proxy/identity/guardedFetch';
import { PrincipalDesk, type ServedIdentity } from '../proxy/identity/principalDesk';
import { PrincipalPinFiles } from '../storage/principalPins';
import { RevocationFiles } from '../storage/revocationFiles';
import { type TrustAction } from '../shared/trustProtocol';
import { CallerIdentities } from './callerBadges';
import { commandIds, contextKeys } from './contributions';
import { followPrincipals, type IdentityNotice } from './followPrincipals';
import { identityAsks } from './identityAsks';
import { type IdentityCommandDeps } from './identityCommands';
import { type IssuerCommandDeps } from './issuerCommands';
import { followIdentitySettings } from './identitySettings';
import { say } from './say';
import { shownPrincipal } from './shownPrincipal';
import { trustCard } from './trustCardText';
import { TrustCards } from './trustCards';
import { type WorkbenchParts } from './workbenchParts';

/** Everything of a window that knows who servers are, and who calls them. */
export interface IdentityRoom {
	readonly store: DisposableStore;
	/** For `ServedServer.identity` and `GuardedServer.principal`, and for reviews. */
	serve(serverId: string): ServedIdentity;
	/** Has whatever runs of a server asked anew; false where nothing of it runs. */
	lookAgain(serverId: string): boolean;
	/** A server is not guarded any more: who it was is remembered no longer. False when that fails. */
	forget(serverId: string): Promise<boolean>;
	/** Who a server is, for people: what was last found out where it does not run. */
	of(serverId: string): Principal;
	/** What is known of some server is other than before, or other badges count. */
	readonly onDidChange: Event<void>;
	/** Whom the person trusts. */
	settings(): TrustSettings;
	/** For the commands, without what is the window's. */
	readonly commands: Omit<IdentityCommandDeps, 'ui' | 'entries' | 'checkAgain'>;
	readonly issuers: IssuerCommandDeps;
}

/**
 * Opens it. Nothing is fetched, and no cryptography is loaded, before a server discloses who it is and the settings trust somebody.
 */
export function openIdentityRoom(context: vscode.ExtensionContext, parts: WorkbenchParts): IdentityRoom {
	const { ports, registry, policy, logger, trailDirectory } = parts;
	const { clock, ids } = ports;
	const store = new DisposableStore();
	const settings = store.add(followIdentitySettings());
	const fetch = guardedFetch({ clock });
	const data = dirname(trailDirectory);
	const verifier = new BadgeVerifier({
		...{ settings: () => settings.current(), fetch, clock },
		revocations: new RevocationFiles(join(data, 'revocations'), logger),
	});
	const pins = new PrincipalPinFiles(join(data, 'principals'), logger);
	const { secrets } = context;
	const caller = store.add(
		new CallerIdentities({
			...{ storage: secrets, onDidChange: secrets.onDidChange, clock, ids },
			onKept: kept => {
				void vscode.commands.executeCommand('setContext', contextKeys.callerIdentity, kept);
			},
		}),
	);
	const desk = store.add(
		new PrincipalDesk({
			...{ verifier, fetch, clock, ids, pins, callers: caller },
			settings: () => settings.current(),
		}),
	);
	const changed = store.add(new Emitter<void>());
	store.add(desk.onDidChange(() => changed.fire()));
	store.add(policy.onDidChange(() => changed.fire()));
	store.add(registry.onDidChange(() => changed.fire()));
	store.add(
		settings.onDidChange(() => {
			// What was found out under other settings counts for nothing.
			verifier.forget();
			desk.reconsider();
			changed.fire();
		}),
	);
	const of = (serverId: string) => shownPrincipal(desk.principalOf(serverId), desk.lastOf(serverId));
	const cardOf = (entry: ServerEntry) =>
		trustCard({
			...{ entry, principal: of(entry.id), now: clock.now() },
			asks: identityAsks(policy.current().policy, entry),
			trustsAnybody: trustsAnybody(settings.current()),
		});
	const cards = store.add(
		new TrustCards({
			extensionUri: context.extensionUri,
			cardOf: serverId => {
				const entry = registry.find(serverId);
				return entry && cardOf(entry);
			},
			onDidChange: changed.event,
			act: (serverId, action) => void act(serverId, action, of(serverId)),
		}),
	);
	store.add(
		followPrincipals({
			onDidChange: desk.onDidChange,
			principalOf: of,
			serverOf: serverId => registry.find(serverId),
			note: (event, facts) => noteEvent(ports, event, { actor: 'firewall', ...facts }),
			tell: notice => void tell(notice),
		}),
	);
	const reviewer = userInfo().username;
	return {
		...{ store, of, onDidChange: changed.event },
		settings: () => settings.current(),
		serve: serverId => desk.serve(serverId),
		forget: serverId => desk.release(serverId),
		lookAgain: serverId => {
			verifier.forget();
			desk.reconsider();
			return desk.principalOf(serverId).pending !== true;
		},
		commands: {
			...{ pins: { load: id => pins.load(id), forget: id => desk.forgetPin(id) }, caller, ports, reviewer },
			find: serverId => registry.find(serverId),
			principalOf: of,
			showCard: serverId => cards.show(serverId),
			now: () => clock.now(),
		},
		issuers: { fetch, ports, reviewer },
	};
}

/** What a button of a card does: a command, so that trouble is told at its door. */
async function act(serverId: string, action: TrustAction, { issuer, did }: Principal): Promise<void> {
	switch (action) {
		case 'check':
			await vscode.commands.executeCommand(commandIds.showTrustCard, serverId, CHECK_AGAIN);
			return;
		case 'forget':
			await vscode.commands.executeCommand(commandIds.forgetServerIdentity, serverId);
			return;
		case 'addIssuer':
			await vscode.commands.executeCommand(commandIds.addTrustedIssuer, issuer);
			return;
		case 'copyDid':
			if (did !== undefined && parseDid(did) !== undefined) {
				await vscode.env.clipboard.writeText(did);
			}
	}
}

/** Second argument of `showTrustCard`, after the id of a server: it is asked anew. */
export const CHECK_AGAIN = 'check';

async function tell({ serverId, message }: IdentityNotice): Promise<void> {
	const show = say('Show Trust Card');
	if ((await vscode.window.showErrorMessage(message, show)) === show) {
		await vscode.commands.executeCommand(commandIds.showTrustCard, serverId);
	}
}
