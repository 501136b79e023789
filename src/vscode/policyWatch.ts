import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { samePath } from '../base/samePath';
import { type LintKnowledge } from '../domain/policy/lintAgainst';
import { settingIds } from './contributions';
import { problemsOf, reviewFix, reviewFixSelector, showPolicyProblems } from './policyDiagnostics';
import { type WorkbenchParts } from './workbenchParts';

/** Settings that choose which files make the policy. */
const CHOOSING = [settingIds.preset, settingIds.policyFile, settingIds.organisationPolicy];

/**
 * Keeps the policy in step with settings, folders, trust and open documents, and its problems visible: for saved files what
 * is in force, for an open document what would be after saving. The files themselves are watched by `PolicyFiles`.
 * `refollow` follows the files that make the policy now, with what is trusted now.
 */
export function watchPolicy(parts: WorkbenchParts, refollow: () => void): DisposableStore {
	const { policy, registry } = parts;
	const store = new DisposableStore();
	const collection = store.add(vscode.languages.createDiagnosticCollection('mcp-firewall'));
	const isPart = ({ uri }: vscode.TextDocument) =>
		uri.scheme === 'file' && policy.files().some(({ file }) => samePath(file, uri.fsPath));
	const show = () => {
		const typed = vscode.workspace.textDocuments.find(document => document.isDirty && isPart(document));
		const reading = typed === undefined ? policy.reading() : policy.preview(typed.uri.fsPath, typed.getText());
		showPolicyProblems(collection, reading, problemsOf(reading, knowledge(parts)));
	};
	const follow = () => {
		refollow();
		show();
	};
	store.add(policy.onDidChange(show));
	store.add(registry.onDidChange(show));
	store.add(
		vscode.workspace.onDidChangeConfiguration(change => {
			if (CHOOSING.some(id => change.affectsConfiguration(id))) {
				follow();
			}
		}),
	);
	store.add(vscode.workspace.onDidChangeWorkspaceFolders(follow));
	store.add(vscode.workspace.onDidGrantWorkspaceTrust(follow));
	store.add(
		vscode.workspace.onDidChangeTextDocument(({ document }) => {
			if (isPart(document)) {
				show();
			}
		}),
	);
	store.add(
		vscode.workspace.onDidSaveTextDocument(document => {
			if (isPart(document)) {
				policy.touch();
			}
		}),
	);
	store.add(vscode.languages.registerCodeActionsProvider(reviewFixSelector, reviewFix));
	show();
	return store;
}

/** What is known outside of the policies' texts. Names are not checked while nothing is reviewed yet. */
function knowledge({ registry, ports }: WorkbenchParts): LintKnowledge {
	const pins = registry.all().flatMap(({ name, tools }) => tools.map(tool => ({ server: name, tool: tool.name })));
	return { now: ports.clock.now(), host: ports.host(), ...(pins.length > 0 && { pins }) };
}
