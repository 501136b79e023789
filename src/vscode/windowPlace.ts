import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { type WindowPlace } from './mcpFiles';

/** Where this window is. */
export function windowPlace(): WindowPlace & { readonly userHome: string } {
	const { workspaceFile } = vscode.workspace;
	return {
		...(workspaceFile?.scheme === 'file' && { workspaceFile: workspaceFile.fsPath }),
		userHome: homedir(),
	};
}
