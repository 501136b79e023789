import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { foldersByName, type WindowPlace } from './mcpFiles';

/** Where this window is. */
export function windowPlace(): WindowPlace & { readonly userHome: string } {
	const { workspaceFile, workspaceFolders = [] } = vscode.workspace;
	const folders = workspaceFolders.filter(({ uri }) => uri.scheme === 'file');
	return {
		...(workspaceFile?.scheme === 'file' && { workspaceFile: workspaceFile.fsPath }),
		namedFolders: foldersByName(folders.map(({ name, uri }) => ({ name, path: uri.fsPath }))),
		userHome: homedir(),
	};
}
