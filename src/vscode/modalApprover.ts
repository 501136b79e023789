import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type ApprovalAnswer, type ApprovalOutcome, type ApprovalRequest } from '../domain/approval/approval';
import { type Approver } from '../firewall/ports';
import { approvalDetail, approvalDocument, approvalMessage } from './approvalText';
import { closeDetails, type DetailDocuments } from './detailDocuments';
import { showWriteDiff } from './writeDiff';

// The first is what Enter means, and a modal may open while a person types: that must not let a call through.
const DETAILS: vscode.MessageItem = { title: 'Show Details' };
const ALLOW_ONCE: vscode.MessageItem = { title: 'Allow Once' };
const ALLOW_SESSION: vscode.MessageItem = { title: 'Allow for Session' };
/** Also what Escape and the close button mean. */
const DENY: vscode.MessageItem = { title: 'Deny', isCloseAffordance: true };

/**
 * Asks by modal, one at a time, in the order of arrival. A modal cannot be taken back, so an answer that comes after the
 * call was cancelled or timed out is ignored, and the person is told.
 */
export class ModalApprover implements Approver {
	private turn: Promise<void> = Promise.resolve();
	private waiting = 0;
	private back: (() => void) | undefined;
	private readonly waitingChanged = new vscode.EventEmitter<number>();

	/** Fires with the number of requests that wait for a person. */
	readonly onDidChangeWaiting = this.waitingChanged.event;

	constructor(
		private readonly clock: Clock,
		private readonly documents: DetailDocuments,
	) {}

	ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
		this.count(1);
		return new Promise(resolve => {
			const over = new AbortController();
			const end = (outcome: ApprovalOutcome) => {
				if (over.signal.aborted) {
					return;
				}
				over.abort();
				deadline.dispose();
				signal.removeEventListener('abort', cancel);
				this.count(-1);
				resolve({ requestId: request.id, digest: request.digest, outcome });
			};
			const cancel = () => {
				end('cancelled');
			};
			const deadline = this.clock.schedule(request.timeoutMs, () => {
				end('timeout');
			});
			signal.addEventListener('abort', cancel);
			if (signal.aborted) {
				cancel();
			}
			// The turn lasts until the modal is closed, also when the call has ended before.
			this.turn = this.turn.then(async () => {
				if (!over.signal.aborted) {
					end(await this.show(request, over.signal).catch(() => 'dismissed' as const));
				}
			});
		});
	}

	/** Brings back a question whose details are being read; false when there is none. */
	recall(): boolean {
		const back = this.back;
		back?.();
		return back !== undefined;
	}

	private async show(request: ApprovalRequest, over: AbortSignal): Promise<ApprovalOutcome> {
		const opened: vscode.Uri[] = [];
		try {
			for (;;) {
				const choice = await vscode.window.showWarningMessage(
					approvalMessage(request),
					{ modal: true, detail: approvalDetail(request) },
					DETAILS,
					...(request.scopes.includes('once') ? [ALLOW_ONCE] : []),
					...(request.scopes.includes('session') ? [ALLOW_SESSION] : []),
					DENY,
				);
				const answer = choice === DETAILS ? await this.readDetails(request, over, opened) : outcomeOf(choice);
				if (over.aborted) {
					void vscode.window.showInformationMessage(
						'MCP Firewall: the call had ended before you answered. Nothing was sent.',
					);
					return 'cancelled';
				}
				if (answer !== undefined) {
					return answer;
				}
			}
		} finally {
			await closeDetails(opened);
		}
	}

	/**
	 * Opens the documents, then waits for the person to come back to the question, by {@link recall}; the
	 * modal would cover them. Undefined when the question is to be asked again.
	 */
	private async readDetails(
		request: ApprovalRequest,
		over: AbortSignal,
		opened: vscode.Uri[],
	): Promise<ApprovalOutcome | undefined> {
		const uri = this.documents.add(`${request.tool}.approval.json`, approvalDocument(request));
		opened.push(uri);
		// Not as a preview: the diff must not take its place.
		await vscode.window.showTextDocument(uri, { preview: false });
		const diff = await showWriteDiff(request, this.documents);
		opened.push(...(diff === undefined ? [] : [diff]));
		// Progress, because it ends with the question: a message would stay, with buttons that do nothing any more.
		const title = `${approvalMessage(request)} The call waits: answer by the item in the status bar, or cancel to deny.`;
		return vscode.window.withProgress(
			{ location: vscode.ProgressLocation.Notification, title, cancellable: true },
			(_progress, token) =>
				new Promise<ApprovalOutcome | undefined>(resolve => {
					this.back = () => {
						this.back = undefined;
						resolve(undefined);
					};
					over.addEventListener('abort', () => this.back?.());
					token.onCancellationRequested(() => {
						this.back = undefined;
						resolve('denied');
					});
				}),
		);
	}

	private count(step: number): void {
		this.waiting += step;
		this.waitingChanged.fire(this.waiting);
	}
}

function outcomeOf(choice: vscode.MessageItem | undefined): ApprovalOutcome {
	const outcomes = new Map<vscode.MessageItem | undefined, ApprovalOutcome>([
		[ALLOW_ONCE, 'allowed-once'],
		[ALLOW_SESSION, 'allowed-session'],
		[DENY, 'denied'],
	]);
	return outcomes.get(choice) ?? 'dismissed';
}
