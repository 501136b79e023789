import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type CredentialReference } from '../domain/registry/credential';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { credentialOrder } from './credentialOrder';
import { type CredentialDeps, type CredentialName, revokeCredential, rotateCredential } from './credentials';
import { credentialRow, placeText, revokeQuestion, valueProblem } from './credentialText';
import { type HandClient } from './oauthServers';
import { quoteForLabel, quoteForPerson } from './quote';
import { say } from './say';

/** What the command needs. */
export interface ManageCredentialsOptions extends CredentialDeps {
	readonly entries: () => readonly ServerEntry[];
	readonly clock: Clock;
	/** A person wants to sign in: a no of before does not count any more. */
	readonly askAgain: (serverId: string) => void;
	readonly setClient: (serverId: string, client: HandClient) => Promise<void>;
}

interface Item extends vscode.QuickPickItem {
	readonly entry: ServerEntry;
	/** Absent in the row of a server by URL itself. */
	readonly reference?: CredentialReference;
}

/**
 * "Manage Credentials…": what each server is given, to be replaced, revoked, or signed out of. Values are never shown. With
 * the arguments of a {@link credentialOrder} that one thing is done.
 */
export async function manageCredentials(options: ManageCredentialsOptions, ...args: readonly unknown[]): Promise<void> {
	const order = credentialOrder(args, id => options.registry.find(id));
	if (order === 'gone') {
		void vscode.window.showInformationMessage(say('MCP Firewall: there is no such credential any more.'));
		return;
	}
	if (order !== undefined) {
		const { entry, reference, action } = order;
		// Tokens are not replaced by hand: the next sign-in brings new ones.
		await (action === 'rotate' && reference.kind !== 'oauth' ? rotate : revokeAsked)(options, entry, reference);
		return;
	}
	const now = options.clock.now();
	const items = options
		.entries()
		.flatMap((entry): Item[] => [
			...entry.credentials.map(reference => ({ ...credentialRow(entry, reference, now), entry, reference })),
			...(entry.launch.kind === 'http' ? [signInRow(entry)] : []),
		]);
	if (items.length === 0) {
		void vscode.window.showInformationMessage(say('MCP Firewall: no guarded server is given a credential.'));
		return;
	}
	const pick = {
		title: say('Manage Credentials'),
		placeHolder: say('Values are in secret storage and never shown'),
		matchOnDescription: true,
	};
	const item = await vscode.window.showQuickPick(items, pick);
	if (item === undefined) {
		return;
	}
	const { entry, reference } = item;
	await (reference === undefined ? signInActions(options, entry) : actions(options, entry, reference));
}

async function actions(
	options: ManageCredentialsOptions,
	entry: ServerEntry,
	reference: CredentialReference,
): Promise<void> {
	const oauth = reference.kind === 'oauth';
	const replace = { label: reference.revoked === true ? say('Set a new value…') : say('Replace the value…') };
	const revoke = { label: oauth ? say('Sign out') : say('Revoke') };
	const choices = [...(oauth ? [] : [replace]), ...(reference.revoked === true ? [] : [revoke])];
	const choice = await vscode.window.showQuickPick(choices, { title: quoteForPerson(reference.name, 100) });
	if (choice === replace) {
		await rotate(options, entry, reference);
	} else if (choice === revoke) {
		await revokeAsked(options, entry, reference);
	}
}

async function rotate(deps: CredentialDeps, entry: ServerEntry, reference: CredentialReference): Promise<void> {
	if (await rotateCredential(deps, entry.id, reference)) {
		void vscode.window.showInformationMessage(
			say(
				'MCP Firewall: {0} has a new value; “{1}” starts with it. Revoke the old one where it was issued.',
				quoteForPerson(reference.name, 100),
				quoteForPerson(entry.name, 60),
			),
		);
	}
}

/** Asks, then revokes. */
async function revokeAsked(deps: CredentialDeps, entry: ServerEntry, reference: CredentialReference): Promise<void> {
	const [message, detail] = revokeQuestion(entry, reference);
	const yes = reference.kind === 'oauth' ? say('Sign Out') : say('Revoke');
	if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, yes)) === yes) {
		await revokeCredential(deps, entry.id, reference);
	}
}

function signInRow(entry: ServerEntry): Item {
	return {
		label: say('Sign-in…'),
		description: `“${quoteForLabel(entry.name, 60)}”`,
		detail: say('Ask for the sign-in again that was declined, or name a client that you registered by hand'),
		entry,
	};
}

async function signInActions(options: ManageCredentialsOptions, entry: ServerEntry): Promise<void> {
	const again = { label: say('Ask again when the server wants a sign-in') };
	const client = { label: say('Use a client that is registered by hand…') };
	const title = say('Sign-in of “{0}”', quoteForPerson(entry.name, 60));
	const choice = await vscode.window.showQuickPick([again, client], { title });
	if (choice === again) {
		options.askAgain(entry.id);
	} else if (choice === client) {
		await askClient(options, entry, title);
	}
}

async function askClient(options: ManageCredentialsOptions, entry: ServerEntry, title: string): Promise<void> {
	const ask = (prompt: string, more: vscode.InputBoxOptions = {}) =>
		vscode.window.showInputBox({ title, prompt, ignoreFocusOut: true, ...more });
	const issuer = await ask(
		say('The address of the sign-in server, as it calls itself (issuer). Nobody else is told the client'),
		{
			validateInput: text => (/^https:\/\/[^\s@#?]+$/.test(text) ? undefined : say('Write an https address')),
		},
	);
	const id = issuer && (await ask(say('Its client id')));
	if (issuer === undefined || id === undefined || id === '') {
		return;
	}
	const secret = await ask(say('Its client secret; empty where it has none'), { password: true });
	if (secret !== undefined) {
		await options.setClient(entry.id, { issuer, id, ...(secret !== '' && { secret }) });
	}
}

/** Asks for the new value of a credential in a password box; undefined when dismissed. */
export async function askNewValue(entry: ServerEntry, credential: CredentialName): Promise<string | undefined> {
	const whole = credential.kind === 'header' ? ` ${say('Write the whole value, for example “Bearer …”.')}` : '';
	return vscode.window.showInputBox({
		title: say('New value of {0} for “{1}”', quoteForPerson(credential.name, 100), quoteForPerson(entry.name, 60)),
		prompt: `${say('It goes to secret storage and to this server alone: {0}.', placeText(entry, credential))}${whole}`,
		...{ password: true, ignoreFocusOut: true },
		validateInput: text => valueProblem(credential.kind, text),
	});
}
