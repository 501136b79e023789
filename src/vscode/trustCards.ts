import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { type Event } from '../base/event';
import { readTrustAsk, type TrustAction, type TrustCard, type TrustMessage } from '../shared/trustProtocol';
import { trustCardViewType } from './contributions';
import { pageTexts } from './pageTexts';
import { panelHtml } from './panelHtml';
import { quoteForPerson } from './quote';
import { say } from './say';

/** What the cards show, and what their buttons do. */
export interface TrustCardsOptions {
	readonly extensionUri: vscode.Uri;
	/** Undefined where the server is not guarded any more: its card closes. */
	readonly cardOf: (serverId: string) => TrustCard | undefined;
	/** Fires when a card may say something else. */
	readonly onDidChange: Event<void>;
	/** Does what a button of the card of this server says. Trouble is told by whoever does it. */
	readonly act: (serverId: string, action: TrustAction) => void;
}

/** The trust cards of this window: one per server, kept in step with what is known. */
export class TrustCards implements Disposable {
	private readonly store = new DisposableStore();
	private readonly open = new Map<string, { readonly panel: vscode.WebviewPanel; readonly post: () => void }>();

	constructor(private readonly options: TrustCardsOptions) {
		this.store.add(
			options.onDidChange(() => {
				for (const { post } of [...this.open.values()]) {
					post();
				}
			}),
		);
	}

	/** Opens the card of a server, or brings it to the front. False where it is not guarded. */
	show(serverId: string): boolean {
		const { cardOf, extensionUri, act } = this.options;
		const card = cardOf(serverId);
		if (card === undefined) {
			return false;
		}
		const known = this.open.get(serverId);
		if (known !== undefined) {
			known.panel.reveal();
			known.post();
			return true;
		}
		const dist = vscode.Uri.joinPath(extensionUri, 'dist');
		const title = say('Identity of {0}', quoteForPerson(card.serverName, 40));
		const panel = vscode.window.createWebviewPanel(trustCardViewType, title, vscode.ViewColumn.Active, {
			...{ enableScripts: true, enableForms: false, localResourceRoots: [dist] },
		});
		panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
		const post = () => {
			const now = cardOf(serverId);
			if (now === undefined) {
				panel.dispose();
				return;
			}
			const message: TrustMessage = { kind: 'card', card: now };
			void panel.webview.postMessage(message);
		};
		this.open.set(serverId, { panel, post });
		const heard = panel.webview.onDidReceiveMessage((message: unknown) => {
			const ask = readTrustAsk(message);
			if (ask?.kind === 'ready') {
				post();
			} else if (ask !== undefined) {
				act(serverId, ask.kind);
			}
		});
		panel.onDidDispose(() => {
			heard.dispose();
			this.open.delete(serverId);
		});
		panel.webview.html = panelHtml({
			...pageTexts('trust', dist),
			...{ element: 'mcp-firewall-trust', title: say('MCP Firewall: identity') },
			scriptUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'trust.js')).toString(),
			...{ styleUris: [], cspSource: panel.webview.cspSource, nonce: randomBytes(16).toString('hex') },
		});
		return true;
	}

	dispose(): void {
		this.store.dispose();
		for (const { panel } of [...this.open.values()]) {
			panel.dispose();
		}
	}
}
