import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { digestJson } from '../base/digest';
import { DisposableStore, toDisposable } from '../base/disposable';
import { readReviewAsk } from '../shared/readReviewAsk';
import { type ReviewAsk } from '../shared/reviewProtocol';
import { reviewViewType } from './contributions';
import { type DetailDocuments } from './detailDocuments';
import { type ReviewDecision, type ReviewRequest } from './guardPorts';
import { pageTexts } from './pageTexts';
import { panelHtml } from './panelHtml';
import { quoteForPerson } from './quote';
import { ReviewSession, type ReviewStep } from './reviewSession';
import { say } from './say';
import { showTexts } from './showTexts';
import { surfaceText } from './surfaceText';

/** What the review editor needs. */
export interface ReviewEditorOptions {
	readonly extensionUri: vscode.Uri;
	readonly documents: DetailDocuments;
	/** Who sits here, as the system calls them. */
	readonly reviewer: string;
}

/** A review that is open. */
interface OpenReview {
	readonly request: ReviewRequest;
	readonly reveal: (showDifference: boolean) => void;
	readonly close: () => void;
}

/** By server. Two reviews of one server at once would ask a person the same thing twice, one of them about the past. */
const openReviews = new Map<string, OpenReview>();

/**
 * Opens the review editor and waits for the person. Undefined when they said "Not now" or closed it: then nothing is
 * approved. Where the same review is open already it comes to the front, and goes on for whoever asked first; an open one of
 * another surface of that server closes. The page decides nothing; each of its messages is read by {@link readReviewAsk} and judged by the session.
 */
export async function openReview(
	{ extensionUri, documents, reviewer }: ReviewEditorOptions,
	request: ReviewRequest,
): Promise<ReviewDecision | 'pin' | undefined> {
	const key = keyOf(request);
	const known = openReviews.get(key);
	if (known !== undefined && sameSurface(known.request, request)) {
		known.reveal(request.showDifference === true);
		return undefined;
	}
	known?.close();
	const store = new DisposableStore();
	const dist = vscode.Uri.joinPath(extensionUri, 'dist');
	const title = say('Review {0}', quoteForPerson(request.serverName, 40));
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
			const open: OpenReview = {
				request,
				reveal: showDifference => {
					panel.reveal();
					take(showDifference ? session.hear({ kind: 'compare' }) : undefined);
				},
				close: () => {
					panel.dispose();
				},
			};
			openReviews.set(key, open);
			store.add(
				toDisposable(() => {
					if (openReviews.get(key) === open) {
						openReviews.delete(key);
					}
				}),
			);
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
				...pageTexts('review', dist),
				...{ element: 'mcp-firewall-review', title: say('MCP Firewall: review') },
				scriptUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'review.js')).toString(),
				...{ styleUris: [], cspSource: panel.webview.cspSource, nonce: randomBytes(16).toString('hex') },
			});
		});
	} finally {
		store.dispose();
	}
}

function keyOf({ serverName, origin }: ReviewRequest): string {
	return digestJson({ serverName, file: origin.file, project: origin.project ?? null });
}

function sameSurface(one: ReviewRequest, other: ReviewRequest): boolean {
	return one.before?.revision === other.before?.revision && surfaceText(one.surface) === surfaceText(other.surface);
}
