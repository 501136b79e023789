import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { type PanelPage } from './panelHtml';
import { type PageName, textsOfPage } from './textsOfPage';

/**
 * The language of the editor and our texts in it, as far as the page can say them; nothing where the page is in English. `dist` is
 * the folder of its script.
 */
export function pageTexts(page: PageName, dist: vscode.Uri): Pick<PanelPage, 'language' | 'texts'> {
	const { bundle } = vscode.l10n;
	return bundle === undefined
		? {}
		: { language: vscode.env.language, texts: textsOfPage(page, bundle, listedIn(dist)) };
}

function listedIn(dist: vscode.Uri): string | undefined {
	try {
		return readFileSync(vscode.Uri.joinPath(dist, 'pageTexts.json').fsPath, 'utf8');
	} catch {
		return undefined;
	}
}
