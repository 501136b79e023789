import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { readReviewAsk } from '../shared/readReviewAsk';
import { type ReviewAsk } from '../shared/reviewProtocol';
import { reviewViewType } from './contributions';
import { type DetailDocuments } from './detailDocuments';
import { type ReviewDecision, type ReviewRequest } from './guardPorts';
import { panelHtml } from './panelHtml';
import { quoteForPerson } from './quote';
import { ReviewSession, type ReviewStep } from './reviewSession';
import { showTexts } from './showTexts';

/** What the review editor needs. */
export interface ReviewEditorOptions {
	readonly extensionUri: vscode.Uri;
	readonly documents: DetailDocuments;
	/** Who sits here, as the system calls them. */
	readonly reviewer: string;
}

/**
 * Opens the review editor and waits for the person. Undefined when they said "Not now" or closed it: then nothing is
 * approved. The page decides nothing; each of its messages is read by {@link readReviewAsk} and judged by the session.
 */
export async function openReview(
	{ extensionUri, documents, reviewer }: ReviewEditorOptions,
	request: ReviewRequest,
): Promise<ReviewDecision | 'pin' | undefined> {
	const store = new DisposableStore();
	const dist = vscode.Uri.joinPath(extensionUri, 'dist');
	const title = `Review ${quoteForPerson(request.serverName, 40)}`;
	const panel = vscode.window.createWebviewPanel(reviewViewType, title, vscode.ViewColumn.Active, {
		...{ enableScripts: true, enableForms: false, localResourceRoots: [dist] },
		// What the person has ticked must not be gone after a look at another tab.
		retainContextWhenHidden: true,
	});
	store.add(panel);
	panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
	const session = new ReviewSession(request, reviewer);
	try {
		return await new Promise<ReviewDecision | 'pin' | undefined>(resolve => {
			const take = (step: ReviewStep | undefined) => {
				switch (step?.kind) {
					case undefined:
						return;
					case 'post':
						void panel.webview.postMessage(step.message);
						return;
					case 'show':
						void showTexts(documents, step);
						return;
					case 'end':
						resolve(step.decision);
				}
			};
			store.add(panel.onDidDispose(() => resolve(undefined)));
			store.add(
				panel.webview.onDidReceiveMessage((message: unknown) => {
					const ask: ReviewAsk | undefined = readReviewAsk(message);
					take(ask && session.hear(ask));
					if (ask?.kind === 'ready' && request.showDifference === true) {
						take(session.hear({ kind: 'compare' }));
					}
				}),
			);
			panel.webview.html = panelHtml({
				...{ element: 'mcp-firewall-review', title: 'MCP Firewall: review' },
				scriptUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'review.js')).toString(),
				...{ styleUris: [], cspSource: panel.webview.cspSource, nonce: randomBytes(16).toString('hex') },
			});
		});
	} finally {
		store.dispose();
	}
}
