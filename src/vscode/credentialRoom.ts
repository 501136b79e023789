import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { errorText } from '../base/errors';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { AT_ONCE, type StopGraces } from '../proxy/upstream/upstream';
import { type BackupPlace, sealOriginRecords } from '../storage/originRecord';
import { followCredentials, withOAuth } from './credentials';
import { envSecrets } from './envSecrets';
import { type EnvSecrets } from './guardPorts';
import { askNewValue, type ManageCredentialsOptions } from './manageCredentials';
import { oneByOne } from './oneByOne';
import { OAuthServers } from './oauthServers';
import { quoteForPerson } from './quote';
import { say } from './say';
import { launchHere } from './servedServers';
import { type SignInQuestion, signInText } from './signInText';
import { storedKey } from './storedKey';
import { type WorkbenchParts } from './workbenchParts';

/** Everything of a window that keeps, gives out or takes back secrets. */
export interface CredentialRoom {
	readonly secrets: EnvSecrets;
	readonly oauth: OAuthServers;
	/** Where what files said before is kept, sealed. */
	readonly backups: BackupPlace;
	/** For the command, and for other views that rotate or revoke. */
	readonly manage: ManageCredentialsOptions;
	/** Ends the sessions of servers whose credentials change, from now on. */
	follow(stopServer: (serverId: string, graces?: StopGraces) => Promise<void>): void;
	/** A server is not guarded any more: its tokens are given back and forgotten. Resolves when its values are not needed any more. */
	release(entry: ServerEntry): Promise<void>;
	readonly store: DisposableStore;
}

/** Milliseconds that a sign-in server has to take tokens back. */
const SIGN_OUT_MS = 15_000;

/** Opens it over the editor's secret storage. */
export function openCredentialRoom(
	context: vscode.ExtensionContext,
	{ ports, registry, trailDirectory, logger }: WorkbenchParts,
	entries: () => readonly ServerEntry[],
): CredentialRoom {
	const store = new DisposableStore();
	const { clock, ids } = ports;
	const data = dirname(trailDirectory);
	const secrets = envSecrets(context.secrets);
	const changes = context.secrets.onDidChange;
	const key = store.add(
		storedKey(
			'seal-key',
			context.secrets,
			error => logger.warn(`There is no key for backups: ${errorText(error)}`),
			changes,
			make => oneByOne(join(data, 'locks', 'seal-key'), make),
		),
	);
	const backups = { directory: join(data, 'origins'), key };
	sealOriginRecords(backups).catch((error: unknown) => {
		logger.warn(`Backups of an earlier version are not sealed: ${errorText(error)}`);
	});
	const noteSignedIn = (id: string, issuer: string) => {
		const entry = registry.find(id);
		if (entry !== undefined && withOAuth(entry, issuer, clock) !== entry) {
			void registry.update(id, now => withOAuth(now, issuer, clock));
		}
	};
	const oauth = store.add(
		new OAuthServers({
			...{ storage: context.secrets, onDidChange: changes, clock, ids, lockDirectory: join(data, 'locks') },
			...{ ask: askSignIn, openBrowser, seenFrom, onSignedIn: noteSignedIn },
		}),
	);
	const signOut = async (entry: ServerEntry) => signOutAt(entry, await addressOf(entry, secrets));
	const signOutAt = async (entry: ServerEntry, server: Awaited<ReturnType<typeof addressOf>>) => {
		if (server === undefined) {
			await oauth.forget(entry.id);
			return;
		}
		const outcome = await oauth.signOut(server, AbortSignal.timeout(SIGN_OUT_MS));
		if (outcome === 'failed' || outcome === 'not-offered') {
			logger.info('Tokens were forgotten; the sign-in server did not take them back, so they end by themselves.');
		}
	};
	const tell = (message: string) => {
		void vscode.window.showErrorMessage(`MCP Firewall: ${quoteForPerson(message, 400)}`);
	};
	// What was signed in at the review, before there was an entry.
	store.add(
		registry.onDidChange(() => {
			for (const entry of entries().filter(
				({ launch, credentials }) =>
					launch.kind === 'http' && !credentials.some(({ kind }) => kind === 'oauth'),
			)) {
				void oauth.issuerOf(entry.id).then(issuer => issuer !== undefined && noteSignedIn(entry.id, issuer));
			}
		}),
	);
	return {
		...{ secrets, oauth, backups, store },
		manage: {
			...{ registry, secrets, ports, entries, clock, tell, signOut, askValue: askNewValue },
			askAgain: id => oauth.askAgain(id),
			setClient: (id, client) => oauth.setClient(id, client),
		},
		follow(stopServer) {
			store.add(followCredentials(registry, (id, revoked) => void stopServer(id, revoked ? AT_ONCE : undefined)));
		},
		async release(entry) {
			if (entry.launch.kind === 'http') {
				void signOutAt(entry, await addressOf(entry, secrets))
					.then(() => oauth.forget(entry.id))
					.catch((error: unknown) => logger.warn(`Signing out failed: ${errorText(error)}`));
			}
		},
	};
}

async function addressOf(entry: ServerEntry, secrets: EnvSecrets) {
	try {
		const launch = launchHere({ ...entry, credentials: [] }, await secrets.load(entry.id));
		return 'url' in launch ? { id: entry.id, name: entry.name, url: launch.url } : undefined;
	} catch {
		return undefined;
	}
}

/** A notification, not a modal: a key that was meant for something else must not open a browser. */
async function askSignIn(question: SignInQuestion): Promise<boolean> {
	const yes = say('Open Browser');
	return (await vscode.window.showInformationMessage(signInText(question), yes, say('Not Now'))) === yes;
}

/** A `+` of a query would be written as `%2B`, which is another character. */
async function openBrowser(address: URL): Promise<boolean> {
	const { search } = address;
	const plain = new URL(address);
	plain.search = search.replaceAll('+', '%20');
	return vscode.env.openExternal(vscode.Uri.parse(plain.href, true));
}

/** In a remote window the browser runs on another machine: the editor forwards the port and says under which address. */
async function seenFrom(address: string): Promise<string> {
	const near = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
	return near ? address : (await vscode.env.asExternalUri(vscode.Uri.parse(address, true))).toString(true);
}
