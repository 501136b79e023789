import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { isJsonObject, type JsonObject } from '../base/json';
import { type PinnedTool } from '../domain/policy/capabilityFacts';
import { hoverAt, type PolicyHover } from '../domain/policy/policyHover';
import { type Offer, offersAt } from '../domain/policy/policyOffers';
import { placeAt } from '../domain/policy/policyPlace';
import { type PolicyFiles } from '../storage/policyFiles';
import { isPolicyFile } from './policyDocument';
import { quoteForPerson } from './quote';
import { say, sayPhrase } from './say';

/** What the tools for the author of a policy look at. */
export interface PolicyAuthorDeps {
	readonly policy: PolicyFiles;
	readonly extensionPath: string;
	/** The pinned tools of the servers of this window. */
	readonly pins: () => readonly PinnedTool[];
}

/** Policies are YAML to the editor, whether or not an extension for YAML is there. */
export const POLICY_SELECTOR: vscode.DocumentSelector = { scheme: 'file', language: 'yaml' };

const KINDS: Readonly<Record<Offer['kind'], vscode.CompletionItemKind>> = {
	key: vscode.CompletionItemKind.Property,
	word: vscode.CompletionItemKind.EnumMember,
	capability: vscode.CompletionItemKind.Constant,
	server: vscode.CompletionItemKind.Module,
	tool: vscode.CompletionItemKind.Function,
};

/** Completion and hover in policies. The schema is read when it is first asked for. */
export function speakPolicy(deps: PolicyAuthorDeps): DisposableStore {
	const store = new DisposableStore();
	const schema = schemaOf(deps.extensionPath);
	const placeIn = (document: vscode.TextDocument, position: vscode.Position) =>
		isPolicy(deps, document) ? placeAt(document.getText(), document.offsetAt(position)) : undefined;
	const completion: vscode.CompletionItemProvider = {
		provideCompletionItems(document, position) {
			const place = placeIn(document, position);
			if (place === undefined) {
				return undefined;
			}
			const range = new vscode.Range(document.positionAt(place.from), document.positionAt(place.to));
			const offers = offersAt(document.getText(), place, { schema: schema(), pins: deps.pins(), say: sayPhrase });
			return offers.map((offer, index) => completionOf(offer, range, index));
		},
	};
	store.add(vscode.languages.registerCompletionItemProvider(POLICY_SELECTOR, completion, ' ', '[', '.', "'", '"'));
	const hover: vscode.HoverProvider = {
		provideHover(document, position) {
			const place = placeIn(document, position);
			const load = deps.policy.current();
			const told = place && hoverAt(place, { schema: schema(), pins: deps.pins(), load, say: sayPhrase });
			return place && told
				? new vscode.Hover(
						markdownOf(told),
						new vscode.Range(document.positionAt(place.from), document.positionAt(place.to)),
					)
				: undefined;
		},
	};
	store.add(vscode.languages.registerHoverProvider(POLICY_SELECTOR, hover));
	return store;
}

/** True for a document that is read as a policy. */
export function isPolicy({ policy }: PolicyAuthorDeps, document: vscode.TextDocument): boolean {
	return isPolicyFile(
		document.uri.fsPath,
		policy.files().map(({ file }) => file),
	);
}

function schemaOf(extensionPath: string): () => JsonObject {
	let schema: JsonObject | undefined;
	return () => {
		if (schema === undefined) {
			const file = join(extensionPath, 'policies', 'policy.schema.json');
			const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
			schema = isJsonObject(value) ? value : {};
		}
		return schema;
	};
}

function completionOf(offer: Offer, range: vscode.Range, index: number): vscode.CompletionItem {
	const { kind, label, insert, detail, about, more } = offer;
	const item = new vscode.CompletionItem(
		{
			label: quoteForPerson(label, 128),
			...(detail !== undefined && { description: quoteForPerson(detail, 160) }),
		},
		KINDS[kind],
	);
	// Text, not a snippet: a name may hold `$`.
	item.insertText = insert;
	item.filterText = insert;
	item.range = range;
	item.sortText = String(index).padStart(5, '0');
	if (about !== undefined) {
		item.documentation = new vscode.MarkdownString(about);
	}
	if (more === true) {
		item.command = { command: 'editor.action.triggerSuggest', title: '' };
	}
	return item;
}

/** INVARIANT 5: what is not ours goes in as text, never as markup. */
function markdownOf({ title, about, lists }: PolicyHover): vscode.MarkdownString {
	const markdown = new vscode.MarkdownString();
	markdown.appendMarkdown('**').appendText(quoteForPerson(title, 200)).appendMarkdown('**');
	for (const sentence of about) {
		markdown.appendMarkdown(`\n\n${sentence}`);
	}
	for (const { heading, items, more } of lists) {
		const listed = items.map(item => quoteForPerson(item, 200)).join('; ');
		markdown
			.appendMarkdown(`\n\n${heading}: `)
			.appendText(more > 0 ? say('{0}; and {1} more', listed, more) : listed);
	}
	return markdown;
}
