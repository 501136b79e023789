import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { type PolicyFiles } from '../storage/policyFiles';
import { settingIds, workspacePolicyFile } from './contributions';
import { policyFilesHere } from './openPolicy';
import { showPolicyProblems } from './policyDiagnostics';

/**
 * Keeps the policy in step with settings, folders and files, and its problems visible: for saved files what is in force,
 * for an open document what would be after saving.
 */
export function watchPolicy(policy: PolicyFiles, extensionPath: string): DisposableStore {
	const store = new DisposableStore();
	const problems = store.add(vscode.languages.createDiagnosticCollection('mcp-firewall'));
	const follow = () => {
		policy.follow(policyFilesHere(extensionPath));
		showPolicyProblems(problems, policy.files());
	};
	const reload = () => {
		policy.reload();
		showPolicyProblems(problems, policy.files());
	};
	const check = (document: vscode.TextDocument) => {
		if (policy.files().some(({ file }) => file === document.uri.fsPath)) {
			const load = parsePolicy(document.getText(), document.uri.fsPath);
			showPolicyProblems(
				problems,
				policy.files().map(other => (other.file === load.file ? load : other)),
			);
		}
	};
	store.add(policy.onDidChange(() => showPolicyProblems(problems, policy.files())));
	store.add(
		vscode.workspace.onDidChangeConfiguration(change => {
			if (change.affectsConfiguration(settingIds.preset) || change.affectsConfiguration(settingIds.policyFile)) {
				follow();
			}
		}),
	);
	store.add(vscode.workspace.onDidChangeWorkspaceFolders(follow));
	store.add(vscode.workspace.onDidChangeTextDocument(({ document }) => check(document)));
	store.add(vscode.workspace.onDidSaveTextDocument(reload));
	const watcher = store.add(vscode.workspace.createFileSystemWatcher(`**/${workspacePolicyFile}`));
	store.add(watcher.onDidCreate(reload));
	store.add(watcher.onDidChange(reload));
	store.add(watcher.onDidDelete(reload));
	showPolicyProblems(problems, policy.files());
	return store;
}
