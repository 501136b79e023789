import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { baseName } from '../base/baseName';
import { type Disposable, DisposableStore } from '../base/disposable';
import { errorText } from '../base/errors';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { findingCounts } from '../domain/audit/findingCounts';
import { type PanelChain, type PanelMessage, type PanelRequest } from '../shared/panelProtocol';
import { readPanelRequest } from '../shared/readPanelRequest';
import { AuditIndex } from '../storage/auditIndex';
import { type AuditUse } from '../storage/auditQuery';
import { type Journal } from '../storage/journal';
import { type TrailReport, verifyTrail } from '../storage/verifyTrail';
import { panelViewType } from './contributions';
import { EntryOnHold } from './entryOnHold';
import { panelHtml } from './panelHtml';

/** What the panel needs. */
export interface AuditPanelOptions {
	readonly extensionUri: vscode.Uri;
	readonly trailDirectory: string;
	readonly journal: Journal;
	readonly why: (entry: AuditEntry) => Promise<void>;
	/** Suppresses a rule for the server of an entry, if the person wants it. */
	readonly suppress: (entry: AuditEntry, rule: string) => Promise<void>;
	/** Shows the withheld answer of an entry. */
	readonly withheld: (entryId: string) => Promise<void>;
}

/** At most one `grown` message in so many milliseconds. */
const GROWN_PAUSE_MS = 200;

const UNVERIFIED: PanelChain = { state: 'unknown', detail: 'Not verified yet.', entries: 0 };

/** The audit panel of this window: one webview, and the index that answers it, loaded when it is first opened. */
export class AuditPanel implements Disposable {
	private panel: vscode.WebviewPanel | undefined;
	private index: Promise<AuditIndex> | undefined;
	private chain: PanelChain = UNVERIFIED;
	/** When the last verification began; what is newer was not looked at. */
	private verifiedAt = '';
	private grownTimer: NodeJS.Timeout | undefined;
	private readonly onHold = new EntryOnHold();

	constructor(private readonly options: AuditPanelOptions) {}

	/** Opens the panel, or brings it to the front; with an id, that entry is opened in it. */
	async open(entryId?: string): Promise<void> {
		if (this.panel === undefined) {
			this.create();
		} else {
			this.panel.reveal();
		}
		if (entryId !== undefined && this.onHold.canPost(entryId)) {
			await this.answer({ kind: 'open', id: entryId });
		}
	}

	/** Shows why an entry ended as it did. Rejects where there is no such entry. */
	async why(entryId: string): Promise<void> {
		await this.options.why(await this.entry(entryId));
	}

	/** When each tool, prompt and resource was last used, in any window. */
	async lastUses(): Promise<readonly AuditUse[]> {
		const index = await this.openIndex();
		await index.refresh();
		return index.lastUses();
	}

	/** Verifies the whole trail, with progress, and tells the panel. */
	async verify(): Promise<TrailReport> {
		const title = 'MCP Firewall: verifying the audit trail';
		const began = new Date().toISOString();
		const report = await vscode.window.withProgress(
			{ location: vscode.ProgressLocation.Notification, title, cancellable: true },
			(_progress, token) => {
				const cancelled = new AbortController();
				token.onCancellationRequested(() => {
					cancelled.abort();
				});
				return verifyTrail(this.options.trailDirectory, { signal: cancelled.signal });
			},
		);
		this.chain = chainOf(report);
		this.verifiedAt = began;
		this.post({ kind: 'chain', chain: this.chain });
		return report;
	}

	dispose(): void {
		clearTimeout(this.grownTimer);
		this.panel?.dispose();
		void this.index?.then(index => {
			index.dispose();
		});
	}

	private create(): void {
		const { extensionUri, journal } = this.options;
		this.onHold.renewed();
		const dist = vscode.Uri.joinPath(extensionUri, 'dist');
		const panel = vscode.window.createWebviewPanel(panelViewType, 'MCP Firewall: Audit', vscode.ViewColumn.Active, {
			enableScripts: true,
			enableForms: false,
			localResourceRoots: [dist],
			retainContextWhenHidden: true,
		});
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
		store.add(
			journal.onDidAppend(() => {
				this.grown();
			}),
		);
		panel.onDidDispose(() => {
			this.panel = undefined;
			store.dispose();
		});
		panel.webview.html = panelHtml({
			scriptUri: panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'panel.js')).toString(),
			styleUris: [],
			cspSource: panel.webview.cspSource,
			nonce: randomBytes(16).toString('hex'),
		});
		this.panel = panel;
	}

	private async heard(request: PanelRequest): Promise<void> {
		const onHold = this.onHold.heard();
		await this.answer(request);
		if (onHold !== undefined) {
			await this.answer({ kind: 'open', id: onHold });
		}
	}

	/** The door of the panel: what fails here is shown there. */
	private async answer(request: PanelRequest): Promise<void> {
		try {
			await this.handle(request);
		} catch (error) {
			this.post({ kind: 'failed', why: errorText(error), request: request.kind });
		}
	}

	private async handle(request: PanelRequest): Promise<void> {
		switch (request.kind) {
			case 'query': {
				const index = await this.openIndex();
				await index.refresh();
				const page = index.query(request.filter, request.offset, request.limit);
				this.post({ kind: 'page', query: request.query, offset: request.offset, ...page });
				if (request.offset === 0) {
					this.post({ kind: 'chain', chain: this.chain });
				}
				return;
			}
			case 'open': {
				const entry = await this.entry(request.id);
				const findings = findingCounts(entry);
				this.post({
					...{ kind: 'entry', entry, chain: entry.at > this.verifiedAt ? UNVERIFIED : this.chain },
					...(findings !== undefined && { findings }),
				});
				return;
			}
			case 'verify':
				await this.verify();
				return;
			case 'why':
				await this.why(request.id);
				return;
			case 'suppress':
				await this.options.suppress(await this.entry(request.id), request.rule);
				return;
			case 'withheld':
				await this.options.withheld(request.id);
		}
	}

	/** The whole entry. Rejects where there is no such entry. */
	async entry(id: string): Promise<AuditEntry> {
		const index = await this.openIndex();
		await index.refresh();
		const entry = index.get(id);
		if (entry === undefined) {
			throw new Error('There is no such entry in the trail.');
		}
		return entry;
	}

	private openIndex(): Promise<AuditIndex> {
		this.index ??= this.loadIndex();
		return this.index;
	}

	private async loadIndex(): Promise<AuditIndex> {
		const wasm = vscode.Uri.joinPath(this.options.extensionUri, 'dist', 'sql-wasm.wasm');
		return AuditIndex.open(this.options.trailDirectory, await vscode.workspace.fs.readFile(wasm));
	}

	private grown(): void {
		this.grownTimer ??= setTimeout(() => {
			this.grownTimer = undefined;
			this.post({ kind: 'grown' });
		}, GROWN_PAUSE_MS);
	}

	private post(message: PanelMessage): void {
		void this.panel?.webview.postMessage(message);
	}
}

/** One sentence on a report, for the panel and for messages. */
export function describeReport(report: TrailReport): string {
	const [first] = report.breaks;
	return first === undefined
		? `${report.entries} ${report.entries === 1 ? 'line' : 'lines'} in ${report.files} ${report.files === 1 ? 'file' : 'files'}, every one in its place.`
		: // The line first: a narrow panel cuts the end off.
			`Line ${first.line} of ${baseName(first.file)}: ${first.why}.`;
}

function chainOf(report: TrailReport): PanelChain {
	return { state: report.ok ? 'valid' : 'broken', detail: describeReport(report), entries: report.entries };
}
