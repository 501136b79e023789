import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type Disposable, DisposableStore } from '../base/disposable';
import { type Event } from '../base/event';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type AuditView } from '../shared/auditLink';
import { type PanelMessage, type PanelRequest } from '../shared/panelProtocol';
import { readPanelRequest } from '../shared/readPanelRequest';
import { type AuditUse } from '../storage/auditQuery';
import { type Journal } from '../storage/journal';
import { type TrailReport } from '../storage/verifyTrail';
import { panelViewType } from './contributions';
import { PageOnHold } from './pageOnHold';
import { PageStream } from './pageStream';
import { answerPanel, type PanelActions, type PanelWaiting, withFacts } from './panelAnswers';
import { pageTexts } from './pageTexts';
import { panelHtml } from './panelHtml';
import { PanelWork } from './panelWork';
import { Pulse } from './pulse';
import { failureText } from './problemText';
import { say } from './say';
import { TrailDesk } from './trailDesk';
import { TrailSeal, type TrailTrust } from './trailSeal';
import { TrailWatch } from './trailWatch';

/** What the panel needs. */
export interface AuditPanelOptions {
	readonly extensionUri: vscode.Uri;
	readonly trailDirectory: string;
	/** Gives the bytes of sql.js's `sql-wasm.wasm`; asked for when something first reads. */
	readonly loadWasm: () => Promise<Uint8Array>;
	readonly journal: Journal;
	readonly clock: Clock;
	readonly actions: PanelActions;
	readonly waiting: PanelWaiting & { readonly onDidChange: Event<PanelMessage> };
	readonly trust: TrailTrust;
}

/** At most one `grown` message in so many milliseconds: the first at once, so that a call shows up as it is made. */
const GROWN_PAUSE_MS = 150;

const FIRST_LOOK_MS = 2000;

/** What a page shows without having asked. */
type Wanted = { readonly entry: string } | { readonly view: AuditView } | 'waiting';

/** The audit panel of this window: one webview, live, and the desk that answers it. */
export class AuditPanel implements Disposable, vscode.WebviewPanelSerializer {
	readonly desk: TrailDesk;
	private readonly seal: TrailSeal;
	private readonly work: PanelWork;
	private readonly pages: PageStream;
	private readonly onHold = new PageOnHold<Wanted>();
	private panel: vscode.WebviewPanel | undefined;

	constructor(private readonly options: AuditPanelOptions) {
		const { clock, trailDirectory, loadWasm } = options;
		this.work = new PanelWork(clock, (what, done) => {
			this.post({ kind: 'progress', what, done });
		});
		this.desk = new TrailDesk({
			...{ trailDirectory, loadWasm, work: this.work, clock },
			onWhole: () => {
				this.post({ kind: 'grown' });
			},
			onTrouble: error => {
				this.post({ kind: 'failed', why: failureText(error) });
			},
		});
		this.pages = new PageStream(this.desk, message => {
			this.post(message);
		});
		this.seal = new TrailSeal(trailDirectory, clock, options.trust);
		this.seal.onDidChange(chain => {
			this.post({ kind: 'chain', chain });
		});
	}

	/** Opens the panel, or brings it to the front; with an id, that entry is opened in it. */
	async open(entryId?: string): Promise<void> {
		this.bringUp();
		if (entryId !== undefined) {
			await this.show({ entry: entryId });
		}
	}

	/** Opens the panel with a filter, or with the story of a session. */
	async openView(view: AuditView): Promise<void> {
		this.bringUp();
		await this.show({ view });
	}

	/** True while the person can see it. */
	get isVisible(): boolean {
		return this.panel?.visible === true;
	}

	/** Opens the panel at the question that waits in it. */
	async openWaiting(): Promise<void> {
		this.bringUp();
		await this.show('waiting');
	}

	/** After the window was loaded anew, the editor hands the panel back; the page itself remembers its view. */
	deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
		if (this.panel === undefined) {
			this.adopt(panel);
		} else {
			panel.dispose();
		}
		return Promise.resolve();
	}

	/** Shows why an entry ended as it did. Rejects where there is no such entry. */
	async why(entryId: string): Promise<void> {
		await this.options.actions.why(await withFacts(this.desk, entryId));
	}

	/** When each tool, prompt and resource was last used, in any window. */
	lastUses(): Promise<readonly AuditUse[]> {
		return this.desk.lastUses();
	}

	/** The whole entry. Rejects where there is no such entry. */
	entry(id: string): Promise<AuditEntry> {
		return this.desk.entry(id);
	}

	/** Verifies the whole trail and tells the panel. Rejects when it cannot be read, or is stopped. */
	verify(signal: AbortSignal, onProgress: (done: number) => void): Promise<TrailReport> {
		return this.seal.verify(signal, onProgress);
	}

	dispose(): void {
		this.panel?.dispose();
		this.desk.dispose();
	}

	private bringUp(): void {
		if (this.panel !== undefined) {
			this.panel.reveal();
			return;
		}
		this.adopt(
			vscode.window.createWebviewPanel(panelViewType, say('MCP Firewall: Audit'), vscode.ViewColumn.Active, {
				retainContextWhenHidden: true,
			}),
		);
	}

	private adopt(panel: vscode.WebviewPanel): void {
		const { extensionUri, clock } = this.options;
		this.onHold.renewed();
		const dist = vscode.Uri.joinPath(extensionUri, 'dist');
		panel.webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [dist] };
		panel.iconPath = vscode.Uri.joinPath(extensionUri, 'media', 'icon.png');
		const store = new DisposableStore();
		store.add(
			panel.webview.onDidReceiveMessage((message: unknown) => {
				const request = readPanelRequest(message);
				if (request !== undefined) {
					void this.heard(request);
				}
			}),
		);
		this.followTrail(panel, store);
		store.add(
			this.options.waiting.onDidChange(message => {
				this.post(message);
			}),
		);
		panel.onDidDispose(() => {
			this.panel = undefined;
			this.pages.stop();
			this.work.cancel();
			store.dispose();
		});
		panel.webview.html = panelHtml({
			...pageTexts('panel', dist),
			scriptUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'panel.js')).toString(),
			styleUris: [],
			cspSource: panel.webview.cspSource,
			nonce: randomBytes(16).toString('hex'),
		});
		this.panel = panel;
		// In the background, after the first rows: how the trail stands is no reason to wait for it.
		store.add(
			clock.schedule(FIRST_LOOK_MS, () => {
				void this.firstLook();
			}),
		);
	}

	private async firstLook(): Promise<void> {
		try {
			await this.work.run(say('Looking at how the trail stands'), signal => this.seal.look(signal));
		} catch {
			// It stays unverified; whoever asks for a verification is told why.
		}
	}

	/** A panel that nobody sees asks for nothing; it is told once it is seen. */
	private followTrail(panel: vscode.WebviewPanel, store: DisposableStore): void {
		const { clock, journal, trailDirectory } = this.options;
		const grown = store.add(
			new Pulse(clock, GROWN_PAUSE_MS, () => {
				this.post({ kind: 'grown' });
			}),
		);
		let missed = false;
		const beat = () => {
			missed = !panel.visible;
			if (panel.visible) {
				grown.beat();
			}
		};
		store.add(journal.onDidAppend(beat));
		store.add(
			new TrailWatch({
				...{ dir: trailDirectory, clock, onGrown: beat },
				own: () => (journal.file === undefined ? undefined : basename(journal.file)),
			}),
		);
		store.add(
			panel.onDidChangeViewState(() => {
				if (missed) {
					beat();
				}
			}),
		);
	}

	private async heard(request: PanelRequest): Promise<void> {
		const wanted = this.onHold.heard();
		await this.answer(request);
		if (wanted !== undefined) {
			await this.show(wanted);
		}
	}

	private async show(wanted: Wanted): Promise<void> {
		if (!this.onHold.canPost(wanted)) {
			return;
		}
		if (wanted === 'waiting') {
			this.post(this.options.waiting.state(true));
		} else if ('entry' in wanted) {
			await this.answer({ kind: 'open', id: wanted.entry });
		} else {
			this.post({ kind: 'show', ...wanted.view });
		}
	}

	private answer(request: PanelRequest): Promise<void> {
		return answerPanel(
			{
				...{ desk: this.desk, pages: this.pages, seal: this.seal, work: this.work },
				...{ actions: this.options.actions, waiting: this.options.waiting },
				post: message => {
					this.post(message);
				},
			},
			request,
		);
	}

	private post(message: PanelMessage): void {
		void this.panel?.webview.postMessage(message);
	}
}
