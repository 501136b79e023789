import { join } from 'node:path';
import * as vscode from 'vscode';
import { FirewallError } from '../base/errors';
import { phrase } from '../base/phrase';
import { type Logger } from '../base/logger';
import { type AnchoredHead, type TrailSigner } from '../domain/audit/checkpoint';
import { type Durability } from '../firewall/ports';
import { appendGitNote } from '../storage/gitNote';
import { BothAnchors, type HeadAnchor } from '../storage/headAnchor';
import { systemClock } from '../storage/system';
import { settingIds } from './contributions';
import { editorTrailKey } from './editorTrailKey';
import { GitNoteAnchor } from './gitNoteAnchor';
import { MementoAnchor } from './mementoAnchor';
import { oneByOne } from './oneByOne';
import { onDidChangeSettings, setting } from './effectiveSettings';

/** What the editor brings to the audit trail. */
export interface EditorTrail {
	readonly signer: TrailSigner;
	/** What the trail has to say of its key; undefined where it is the one of before. */
	readonly changed?: string;
	/** The editor's own state, and git where it is wanted. */
	readonly anchor: HeadAnchor;
	readonly durability: () => Durability;
}

/** Opens the key and the anchors. Never rejects. */
export async function openEditorTrail(
	{ secrets, globalState, subscriptions }: vscode.ExtensionContext,
	dataDirectory: string,
	logger: Logger,
): Promise<EditorTrail> {
	// Kept, since it is asked for with every entry.
	let durability = wantedDurability();
	subscriptions.push(onDidChangeSettings([settingIds.auditDurability], () => (durability = wantedDurability())));
	const key = await editorTrailKey({
		...{ secrets, memento: globalState, clock: systemClock, logger },
		alone: make => oneByOne(join(dataDirectory, 'locks', 'trail-key'), make),
	});
	const git = new GitNoteAnchor(async heads => {
		if (setting<boolean>(settingIds.auditGitNotes, false)) {
			await anchorInGit(heads);
		}
	}, logger);
	return {
		...key,
		anchor: new BothAnchors(new MementoAnchor(globalState, systemClock, logger), git),
		durability: () => durability,
	};
}

function wantedDurability(): Durability {
	const wanted = setting<string>(settingIds.auditDurability);
	return wanted === 'synced' ? 'synced' : 'written';
}

/** Writes heads as a note of the first workspace folder's repository. Rejects with `usage` and a sentence where it cannot. */
export async function anchorInGit(heads: readonly AnchoredHead[]): Promise<void> {
	const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
	if (!vscode.workspace.isTrusted || folder === undefined) {
		throw new FirewallError('usage', phrase('a git note needs an open, trusted folder'));
	}
	await appendGitNote(folder.uri.fsPath, heads);
}
