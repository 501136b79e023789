import * as vscode from 'vscode';
import { type Disposable } from '../base/disposable';
import { documentScheme } from './contributions';
import { say } from './say';

/** How many documents are kept; older ones show that they are gone. */
const MAX_DOCUMENTS = 200;

/** Read-only documents in memory: what a call would send, what a file would become, what is pinned. Data, never markup. */
export class DetailDocuments implements vscode.TextDocumentContentProvider, Disposable {
	private readonly texts = new Map<string, string>();
	private readonly registration = vscode.workspace.registerTextDocumentContentProvider(documentScheme, this);
	private next = 0;

	/** Keeps a text and returns its URI; `name` becomes the tab's title, so it is stripped of everything but a name. */
	add(name: string, text: string): vscode.Uri {
		const safe = name.replace(/[^A-Za-z0-9_. -]/g, '_').slice(0, 80);
		const uri = vscode.Uri.from({ scheme: documentScheme, path: `/${String(this.next++)}/${safe}` });
		this.texts.set(uri.path, text);
		for (const oldest of this.texts.keys()) {
			if (this.texts.size <= MAX_DOCUMENTS) {
				break;
			}
			this.texts.delete(oldest);
		}
		return uri;
	}

	provideTextDocumentContent(uri: vscode.Uri): string {
		return this.texts.get(uri.path) ?? say('This detail is no longer kept. The audit panel has the masked record.');
	}

	dispose(): void {
		this.registration.dispose();
		this.texts.clear();
	}
}

/** Closes the tabs that show these documents, alone or as the right side of a diff. */
export async function closeDetails(uris: readonly vscode.Uri[]): Promise<void> {
	const shown = new Set(uris.map(uri => uri.toString()));
	const tabs = vscode.window.tabGroups.all.flatMap(group => group.tabs);
	const ours = tabs.filter(({ input }) => {
		const uri =
			input instanceof vscode.TabInputTextDiff
				? input.modified
				: input instanceof vscode.TabInputText
					? input.uri
					: undefined;
		return uri !== undefined && shown.has(uri.toString());
	});
	await vscode.window.tabGroups.close(ours, true);
}
