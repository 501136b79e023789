import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type ApprovalAnswer, type ApprovalOutcome, type ApprovalRequest } from '../domain/approval/approval';
import { type Approver } from '../firewall/ports';
import { approvalDetail, approvalDocument, approvalMessage } from './approvalText';
import { type DetailDocuments } from './detailDocuments';
import { showWriteDiff } from './writeDiff';

const ALLOW_ONCE = 'Allow Once';
const ALLOW_SESSION = 'Allow for Session';
const DENY = 'Deny';
const DETAILS = 'Show Details';

/**
 * Asks by modal, one at a time, in the order of arrival. A modal cannot be taken back, so an answer that comes after the
 * call was cancelled or timed out is ignored, and the person is told.
 */
export class ModalApprover implements Approver {
	private turn: Promise<void> = Promise.resolve();
	private waiting = 0;
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
			let over = false;
			const end = (outcome: ApprovalOutcome) => {
				if (over) {
					return;
				}
				over = true;
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
				if (!over) {
					end(await this.show(request, () => over).catch(() => 'dismissed' as const));
				}
			});
		});
	}

	private async show(request: ApprovalRequest, expired: () => boolean): Promise<ApprovalOutcome> {
		for (;;) {
			const choice = await vscode.window.showWarningMessage(
				approvalMessage(request),
				{ modal: true, detail: approvalDetail(request) },
				ALLOW_ONCE,
				ALLOW_SESSION,
				DENY,
				DETAILS,
			);
			if (expired()) {
				void vscode.window.showInformationMessage(
					'MCP Firewall: the call had ended before you answered. Nothing was sent.',
				);
				return 'cancelled';
			}
			if (choice !== DETAILS) {
				return choice === ALLOW_ONCE
					? 'allowed-once'
					: choice === ALLOW_SESSION
						? 'allowed-session'
						: choice === DENY
							? 'denied'
							: 'dismissed';
			}
			if (!(await this.readDetails(request))) {
				return 'dismissed';
			}
		}
	}

	/** Opens the documents, then waits for the person to come back to the question; the modal would cover them. */
	private async readDetails(request: ApprovalRequest): Promise<boolean> {
		const uri = this.documents.add(`${request.tool}.approval.json`, approvalDocument(request));
		await vscode.window.showTextDocument(uri, { preview: true });
		await showWriteDiff(request, this.documents);
		const back = await vscode.window.showWarningMessage(
			`${approvalMessage(request)} The call waits until you answer.`,
			'Answer…',
			DENY,
		);
		return back === 'Answer…';
	}

	private count(step: number): void {
		this.waiting += step;
		this.waitingChanged.fire(this.waiting);
	}
}
