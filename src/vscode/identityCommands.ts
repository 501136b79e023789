import * as vscode from 'vscode';
import { type Principal } from '../domain/identity/principal';
import { type PrincipalPins } from '../domain/identity/principalPin';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { noteEvent, type EventPorts } from '../firewall/noteEvent';
import { type CallerIdentities } from './callerBadges';
import { type GuardUi } from './guardPorts';
import { importedBadgeText, readImportedBadge } from './importedBadge';
import { forgetText } from './forgetText';
import { quoteForPerson } from './quote';
import { say } from './say';

/** What the commands about identity need. */
export interface IdentityCommandDeps {
	readonly ui: Pick<GuardUi, 'pickEntry' | 'confirm' | 'info' | 'error'>;
	readonly entries: () => readonly ServerEntry[];
	readonly find: (serverId: string) => ServerEntry | undefined;
	readonly principalOf: (serverId: string) => Principal | undefined;
	/** Opens the card; false where the server is not guarded. */
	readonly showCard: (serverId: string) => boolean;
	/** Asks the server anew, and verifies what it says. */
	readonly checkAgain: (serverId: string) => Promise<void>;
	readonly pins: Pick<PrincipalPins, 'load' | 'forget'>;
	readonly caller: CallerIdentities;
	readonly ports: EventPorts;
	/** Who sits here, as the system calls them. */
	readonly reviewer: string;
	/** Milliseconds since 1970. */
	readonly now: () => number;
}

/** "Show Trust Card…" for a server, or one that is picked. */
export async function showTrustCard(deps: IdentityCommandDeps, serverId?: string): Promise<void> {
	const id = serverId ?? (await pick(deps, say('Show the trust card of which server?')));
	if (id !== undefined && !deps.showCard(id)) {
		deps.ui.error(say('This server is not guarded any more.'));
	}
}

/**
 * "Forget Server Identity…": drops what is remembered of a server's identity, after a modal that shows old and new. The next
 * identity that it proves is remembered in its place.
 */
export async function forgetServerIdentity(deps: IdentityCommandDeps, serverId?: string): Promise<boolean> {
	const id = serverId ?? (await pick(deps, say('Forget the identity of which server?')));
	const entry = id === undefined ? undefined : deps.find(id);
	if (entry === undefined) {
		return false;
	}
	const remembered = await deps.pins.load(entry.id);
	if (remembered.kind === 'none') {
		deps.ui.info(say('Nothing is remembered of the identity of “{0}”.', quoteForPerson(entry.name, 60)));
		return false;
	}
	const { message, detail } = forgetText(entry.name, remembered, deps.principalOf(entry.id), deps.now());
	if (!(await deps.ui.confirm(message, detail, say('Forget Identity')))) {
		return false;
	}
	if (!(await deps.pins.forget(entry.id))) {
		deps.ui.error(say('What is remembered could not be dropped, so it still counts.'));
		return false;
	}
	const { name, revision } = entry;
	noteEvent(deps.ports, 'identity-forgotten', {
		...{ actor: 'person', server: { id: entry.id, name, revision } },
		detail:
			remembered.kind === 'pinned'
				? `${quoteForPerson(remembered.pin.did, 200)}, key ${remembered.pin.keyThumbprint}, by ${deps.reviewer}`
				: `what was remembered was damaged, by ${deps.reviewer}`,
	});
	await deps.checkAgain(entry.id);
	return true;
}

/** "Import Caller Badge…": takes a badge of the person, shows what it says, and keeps it in the secret storage. */
export async function importCallerBadge(deps: IdentityCommandDeps): Promise<boolean> {
	const seconds = () => Math.floor(deps.now() / 1000);
	const token = await vscode.window.showInputBox({
		title: say('Import Caller Badge'),
		prompt: say(
			'The badge (compact JWS) that was issued to you. It is kept in the secret storage of the editor and shown to the verified servers that it names, to nobody else.',
		),
		password: true,
		ignoreFocusOut: true,
		validateInput: text => {
			const read = text === '' ? undefined : readImportedBadge(text.trim(), seconds());
			return read !== undefined && 'problem' in read ? read.problem : undefined;
		},
	});
	const read = token === undefined || token === '' ? undefined : readImportedBadge(token.trim(), seconds());
	if (read === undefined || 'problem' in read) {
		return false;
	}
	const { badge } = read;
	const before = await deps.caller.current();
	const detail = [importedBadgeText(badge, deps.now()), ...replaces(before.kind)].join('\n');
	if (!(await deps.ui.confirm(say('Keep this badge as your caller identity?'), detail, say('Keep Badge')))) {
		return false;
	}
	await deps.caller.keepBadge(badge);
	noteEvent(deps.ports, 'caller-identity-added', {
		actor: 'person',
		detail: `badge ${badge.jti} of ${quoteForPerson(badge.iss, 200)} for ${quoteForPerson(badge.sub, 200)}, by ${deps.reviewer}`,
	});
	deps.ui.info(say('The badge is kept. It goes with calls to verified servers that it names.'));
	return true;
}

/** "Create Local Identity…": a key of one's own, level 0, whose badges are minted for one server at a time. */
export async function createLocalIdentity(deps: IdentityCommandDeps): Promise<string | undefined> {
	const before = await deps.caller.current();
	const detail = [
		say(
			'A key is made and kept in the secret storage of the editor. Verified servers get a badge that it signs, for each its own, good for a minute.',
		),
		say('It is level 0 (Self-Signed): servers see that it is the same caller as before, not who you are.'),
		...replaces(before.kind),
	].join('\n');
	if (!(await deps.ui.confirm(say('Create a local caller identity?'), detail, say('Create Identity')))) {
		return undefined;
	}
	const did = await deps.caller.createLocal();
	noteEvent(deps.ports, 'caller-identity-added', {
		actor: 'person',
		detail: `local key ${did}, by ${deps.reviewer}`,
	});
	const copy = say('Copy DID');
	void vscode.window
		.showInformationMessage(say('MCP Firewall: your local identity is {0}.', did), copy)
		.then(async choice => {
			if (choice === copy) {
				await vscode.env.clipboard.writeText(did);
			}
		});
	return did;
}

/** "Remove Caller Identity…": servers get no badge from then on. */
export async function removeCallerIdentity(deps: IdentityCommandDeps): Promise<boolean> {
	const before = await deps.caller.current();
	if (before.kind === 'none') {
		deps.ui.info(say('There is no caller identity: servers get no badge of you.'));
		// What is over, or cannot be read, need not be kept.
		await deps.caller.remove();
		return false;
	}
	const what =
		before.kind === 'local'
			? say('Local key {0}. A new one is another identity; this one cannot be had back.', before.did)
			: importedBadgeText(before.badge, deps.now());
	if (!(await deps.ui.confirm(say('Remove your caller identity?'), what, say('Remove Identity')))) {
		return false;
	}
	await deps.caller.remove();
	noteEvent(deps.ports, 'caller-identity-removed', {
		actor: 'person',
		detail: `${before.kind === 'local' ? `local key ${before.did}` : `badge ${before.badge.jti}`}, by ${deps.reviewer}`,
	});
	return true;
}

function replaces(before: 'none' | 'local' | 'imported'): readonly string[] {
	switch (before) {
		case 'none':
			return [];
		case 'local':
			return ['', say('It takes the place of your local key, which cannot be had back.')];
		case 'imported':
			return ['', say('It takes the place of the badge that you have imported.')];
	}
}

async function pick(deps: IdentityCommandDeps, title: string): Promise<string | undefined> {
	const entries = deps.entries();
	if (entries.length === 0) {
		deps.ui.info(say('No server is guarded.'));
		return undefined;
	}
	return (await deps.ui.pickEntry(entries, title))?.id;
}
