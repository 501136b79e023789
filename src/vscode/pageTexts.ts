import * as vscode from 'vscode';
import { type PanelPage } from './panelHtml';

/** The language of the editor and our texts in it, for a page; nothing where the page is in English. */
export function pageTexts(): Pick<PanelPage, 'language' | 'texts'> {
	const { bundle } = vscode.l10n;
	return bundle === undefined ? {} : { language: vscode.env.language, texts: bundle };
}
