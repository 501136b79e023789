import { type Clock } from '../base/clock';
import { Emitter } from '../base/event';
import {
	type ApprovalAnswer,
	type ApprovalOutcome,
	type ApprovalRequest,
	MAX_ARGUMENTS_TEXT,
	type PauseAnswer,
	type PauseOutcome,
	type PauseRequest,
} from '../domain/approval/approval';
import { isRisky, type RiskHost } from '../domain/approval/isRisky';
import { type Approver } from '../firewall/ports';
import { askAboutPause } from './askAboutPause';
import { type AskedWhen, hidesParts } from './approvalText';
import { type DetailDocuments } from './detailDocuments';
import { askByModal } from './modalQuestion';
import { askByNotification } from './notificationQuestion';
import { type ApprovalSurface, OpenQuestion } from './openQuestion';
import { PanelQueue } from './panelQueue';
import { type Aside, QuestionQueue, type Silence } from './questionQueue';
import { tellOver } from './tellLate';

/** Milliseconds without a question after one was closed: the second click of a double click must not allow the next call. */
const REST_MS = 500;

/** What asking needs. */
export interface EditorApproverDeps {
	readonly clock: Clock;
	readonly documents: DetailDocuments;
	readonly host: () => RiskHost;
	/** Where the person wants to be asked about what is not risky. */
	readonly surface: () => ApprovalSurface;
}

/**
 * Asks the person of this window, one question at a time, in the order of arrival: by modal about what is risky or cannot be
 * shown whole elsewhere, else on the surface that the person chose. A question has one answer, wherever it is given.
 */
export class EditorApprover implements Approver {
	private readonly queue: QuestionQueue;
	private readonly questions = new Set<OpenQuestion>();
	private readonly announced = new Emitter<OpenQuestion>();
	private notifying = false;

	/** What waits in the panel. */
	readonly panel: PanelQueue;
	/** Fires when a question begins to wait in the panel. */
	readonly onDidWaitInPanel = this.announced.event;
	/** Fires with the number of calls that wait for a person, those that share a question included. */
	readonly onDidChangeWaiting: QuestionQueue['onDidChangeWaiting'];

	constructor(private readonly deps: EditorApproverDeps) {
		this.queue = new QuestionQueue(deps.clock, REST_MS);
		this.onDidChangeWaiting = this.queue.onDidChangeWaiting;
		this.panel = new PanelQueue({
			questions: () => this.questions,
			when: question => this.when(question),
			tellOver,
		});
		// The line about what waits behind it is of now.
		this.queue.onDidChangeWaiting(() => {
			this.panel.refresh();
		});
	}

	async ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer> {
		const { id, digest, timeoutMs, repeats } = request;
		if (request.argumentsText.length >= MAX_ARGUMENTS_TEXT) {
			// Not even the details could show all of it.
			return { requestId: id, digest, outcome: 'too-long-to-show' };
		}
		const question = new OpenQuestion(request, this.deps.clock.now() + timeoutMs, this.surfaceFor(request));
		// Heard from now on: what comes up later shows the number of then.
		const heard = request.onDidChangeRepeats?.(calls => {
			question.current = { ...request, repeats: calls };
		});
		this.questions.add(question);
		try {
			const outcome = await this.queue.ask<ApprovalOutcome>(
				{
					...{ timeoutMs, calls: repeats },
					...(request.onDidChangeRepeats && { onDidChangeCalls: request.onDidChangeRepeats }),
					...{ onDidAnswer: question.onDidAnswer, onDidRecall: question.onDidRecall },
					show: over => this.show(question, over),
				},
				signal,
			);
			const { holdsForMs } = question;
			return { requestId: id, digest, outcome, ...(holdsForMs !== undefined && { holdsForMs }) };
		} finally {
			heard?.dispose();
			question.end();
			this.questions.delete(question);
			this.panel.refresh();
		}
	}

	/** Escape and the close button refuse what waits and remember nothing: there is no answer here that lets a call go. */
	async pause(request: PauseRequest, signal: AbortSignal): Promise<PauseAnswer> {
		const { id, timeoutMs, waiting, onDidChangeWaiting } = request;
		const answerBy = this.deps.clock.now() + timeoutMs;
		let current = request;
		const heard = onDidChangeWaiting?.(calls => {
			current = { ...request, waiting: calls };
		});
		const outcome = await this.queue.ask<PauseOutcome>(
			{
				...{ timeoutMs, calls: waiting, aboutAll: true },
				...(onDidChangeWaiting && { onDidChangeCalls: onDidChangeWaiting }),
				show: over => askAboutPause(current, { now: this.deps.clock.now(), answerBy }, over),
			},
			signal,
		);
		heard?.dispose();
		return { requestId: id, outcome };
	}

	/**
	 * Brings the next waiting question to the screen, as a modal; the one whose details are being read before all others.
	 * False when nothing waits.
	 */
	recall(): boolean {
		const open = [...this.questions].filter(({ isOver }) => !isOver);
		(open.find(({ isReading }) => isReading) ?? open[0])?.recall();
		this.panel.refresh();
		return this.queue.waiting > 0;
	}

	private surfaceFor(request: ApprovalRequest): ApprovalSurface {
		const wanted = this.deps.surface();
		return wanted === 'modal' || hidesParts(request) || isRisky(request, this.deps.host()) ? 'modal' : wanted;
	}

	/** Only a modal has a turn of its own: what waits elsewhere must keep no risky call from being asked about. */
	private async show(question: OpenQuestion, over: AbortSignal): Promise<ApprovalOutcome | Silence | Aside> {
		switch (question.surface) {
			case 'panel':
				this.announced.fire(question);
				return 'aside';
			case 'notification':
				void this.notify();
				return 'aside';
			case 'modal': {
				const details = question.wantsDetails;
				question.wantsDetails = false;
				const { documents } = this.deps;
				return askByModal(question, over, { documents, when: () => this.when(question) }, details);
			}
		}
	}

	/** Raises notifications one after the other: the next when the one before is answered, closed, or over. */
	private async notify(): Promise<void> {
		if (this.notifying) {
			return;
		}
		this.notifying = true;
		const isNext = ({ surface, isOver, wasNotified }: OpenQuestion) =>
			surface === 'notification' && !isOver && !wasNotified;
		for (let next = first(this.questions, isNext); next !== undefined; next = first(this.questions, isNext)) {
			const question = next;
			question.wasNotified = true;
			const then = await askByNotification(question, () => this.when(question)).catch(() => 'modal' as const);
			if (then !== 'aside') {
				question.wantsDetails = then === 'details';
				question.recall();
			}
			await new Promise<void>(resolve => this.deps.clock.schedule(REST_MS, resolve));
		}
		this.notifying = false;
	}

	private when({ answerBy, current }: OpenQuestion): AskedWhen {
		const more = Math.max(0, this.queue.waiting - current.repeats);
		return { now: this.deps.clock.now(), answerBy, more };
	}
}

function first<T>(items: Iterable<T>, fits: (item: T) => boolean): T | undefined {
	return [...items].find(fits);
}
