import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import {
	type ApprovalAnswer,
	type ApprovalOutcome,
	type ApprovalRequest,
	MAX_ARGUMENTS_TEXT,
	type PauseAnswer,
	type PauseOutcome,
	type PauseRequest,
} from '../domain/approval/approval';
import { DEFAULT_GRANT_MS } from '../domain/approval/grant';
import { type Approver } from '../firewall/ports';
import { approvalDocument } from './approvalDocument';
import { approvalDetail, approvalMessage, type AskedWhen, hidesParts, offersOf, offerTitle } from './approvalText';
import { closeDetails, type DetailDocuments } from './detailDocuments';
import { pauseDetail, pauseMessage } from './pauseText';
import { QuestionQueue, type Silence } from './questionQueue';
import { showWriteDiff } from './writeDiff';

// The first is what Enter means, and a modal may open while a person types: that must not let a call through.
const DETAILS: vscode.MessageItem = { title: 'Show Details' };
const ALLOW_ONCE: vscode.MessageItem = { title: 'Allow Once' };
/** Also what Escape and the close button mean. */
const DENY: vscode.MessageItem = { title: 'Deny', isCloseAffordance: true };

const REVIEW: vscode.MessageItem = { title: 'Review One by One' };
const DENY_ALL: vscode.MessageItem = { title: 'Deny All' };
/** Also what Escape means; without it the editor would add a button "Cancel", which does not say what happens to the calls. */
const REFUSE: vscode.MessageItem = { title: 'Refuse These', isCloseAffordance: true };

/** A choice of the modal and what it means. */
interface Choice {
	readonly item: vscode.MessageItem;
	readonly outcome: ApprovalOutcome;
	readonly holdsForMs?: number;
}

/**
 * Asks by modal, one at a time, in the order of arrival. A modal cannot be taken back, so an answer that comes after the
 * call was cancelled or timed out is ignored, and the person is told.
 */
export class ModalApprover implements Approver {
	private readonly queue: QuestionQueue;
	private back: (() => void) | undefined;

	/** Fires with the number of calls that wait for a person, those that share a question included. */
	readonly onDidChangeWaiting: QuestionQueue['onDidChangeWaiting'];

	constructor(
		private readonly clock: Clock,
		private readonly documents: DetailDocuments,
	) {
		this.queue = new QuestionQueue(clock);
		this.onDidChangeWaiting = this.queue.onDidChangeWaiting;
	}

	async ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
		const { id, digest, timeoutMs, repeats } = request;
		if (request.argumentsText.length >= MAX_ARGUMENTS_TEXT) {
			// Not even the details could show all of it.
			return { requestId: id, digest, outcome: 'too-long-to-show' };
		}
		const answerBy = this.clock.now() + timeoutMs;
		let current = request;
		let holdsForMs: number | undefined;
		// Heard from now on: the modal that comes up later shows the number of then.
		const heard = request.onDidChangeRepeats?.(calls => {
			current = { ...request, repeats: calls };
		});
		try {
			const outcome = await this.queue.ask<ApprovalOutcome>(
				{
					...{ timeoutMs, calls: repeats },
					...(request.onDidChangeRepeats && { onDidChangeCalls: request.onDidChangeRepeats }),
					show: async over => {
						const choice = await this.show(() => current, answerBy, over);
						holdsForMs = choice.holdsForMs;
						return choice.outcome;
					},
				},
				signal,
			);
			return { requestId: id, digest, outcome, ...(holdsForMs !== undefined && { holdsForMs }) };
		} finally {
			heard?.dispose();
		}
	}

	/** Escape and the close button refuse what waits and remember nothing: there is no answer here that lets a call go. */
	async pause(request: PauseRequest, signal: AbortSignal): Promise<PauseAnswer> {
		const { id, timeoutMs, waiting, onDidChangeWaiting } = request;
		const answerBy = this.clock.now() + timeoutMs;
		let current = request;
		const heard = onDidChangeWaiting?.(calls => {
			current = { ...request, waiting: calls };
		});
		const outcome = await this.queue.ask<PauseOutcome>(
			{
				...{ timeoutMs, calls: waiting, aboutAll: true },
				...(onDidChangeWaiting && { onDidChangeCalls: onDidChangeWaiting }),
				show: async over => {
					const detail = pauseDetail(current, { now: this.clock.now(), answerBy });
					const choice = await vscode.window.showWarningMessage(
						pauseMessage(current),
						{ modal: true, detail },
						REVIEW,
						DENY_ALL,
						REFUSE,
					);
					if (over.aborted) {
						tellLate('The calls had ended before you answered.');
					}
					return choice === REVIEW ? 'review' : choice === DENY_ALL ? 'deny-all' : 'dismissed';
				},
			},
			signal,
		);
		heard?.dispose();
		return { requestId: id, outcome };
	}

	/** Brings back a question whose details are being read; false when there is none. */
	recall(): boolean {
		const back = this.back;
		back?.();
		return back !== undefined;
	}

	private async show(
		current: () => ApprovalRequest,
		answerBy: number,
		over: AbortSignal,
	): Promise<Omit<Choice, 'item'> & { readonly outcome: ApprovalOutcome | Silence }> {
		const opened: vscode.Uri[] = [];
		let hasRead = false;
		try {
			for (;;) {
				const request = current();
				const when = { now: this.clock.now(), answerBy };
				// What the modal has no room for cannot be allowed unseen.
				const choices: readonly Choice[] = hidesParts(request) && !hasRead ? [] : choicesOf(request);
				const chosen: vscode.MessageItem | undefined = await vscode.window.showWarningMessage(
					approvalMessage(request),
					{ modal: true, detail: approvalDetail(request, when) },
					DETAILS,
					...choices.map(({ item }) => item),
					DENY,
				);
				const found = choices.find(({ item }) => item === chosen);
				const answer =
					chosen === DETAILS
						? await this.readDetails(request, when, over, opened)
						: (found?.outcome ?? (chosen === DENY ? 'denied' : 'dismissed'));
				hasRead ||= chosen === DETAILS;
				if (over.aborted) {
					tellLate('The call had ended before you answered.');
					return { outcome: 'cancelled' };
				}
				if (answer !== undefined) {
					return {
						outcome: answer,
						...(found?.holdsForMs !== undefined && { holdsForMs: found.holdsForMs }),
					};
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
		when: AskedWhen,
		over: AbortSignal,
		opened: vscode.Uri[],
	): Promise<ApprovalOutcome | undefined> {
		const uri = this.documents.add(`${request.tool}.approval.txt`, approvalDocument(request, when));
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
}

/** The ways to say yes that this request offers, narrowest first. */
function choicesOf(request: ApprovalRequest): readonly Choice[] {
	return [
		...(request.scopes.includes('once') ? [{ item: ALLOW_ONCE, outcome: 'allowed-once' } as const] : []),
		...offersOf(request).map((offer): Choice => {
			const item = { title: offerTitle(offer) };
			return {
				...{ item, outcome: `allowed-${offer.scope}` },
				...(offer.scope === 'workspace' && { holdsForMs: offer.holdsForMs ?? DEFAULT_GRANT_MS }),
			};
		}),
	];
}

function tellLate(what: string): void {
	void vscode.window.showInformationMessage(`MCP Firewall: ${what} Nothing was sent.`);
}
