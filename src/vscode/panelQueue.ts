import { Emitter } from '../base/event';
import { type PanelMessage, type PanelRequest } from '../shared/panelProtocol';
import { type AskedWhen } from './approvalText';
import { choicesOf, DENY, type OpenQuestion } from './openQuestion';
import { type PanelWaiting } from './panelAnswers';
import { panelQuestion } from './panelQuestion';

/** What the page sends about a question. */
type PanelAnswer = Extract<PanelRequest, { kind: 'answer' }>;

/** What the queue of the panel is made of. */
export interface PanelQueueDeps {
	/** All that wait for the person, in the order of arrival. */
	readonly questions: () => Iterable<OpenQuestion>;
	readonly when: (question: OpenQuestion) => AskedWhen;
	/** Told of a click on a question that is over. */
	readonly tellOver: (question: Pick<OpenQuestion, 'wasAnswered'>) => void;
}

/**
 * The questions that wait in the panel, one at a time. INVARIANT: an answer counts only for the question that the page was
 * shown last, by id and digest: a page can answer nothing that it has not shown.
 */
export class PanelQueue implements PanelWaiting {
	private readonly changed = new Emitter<PanelMessage>();
	private shown: OpenQuestion | undefined;
	/** What was shown before, for a click that comes late. */
	private before: OpenQuestion | undefined;

	/** Fires with what the page is to show now. */
	readonly onDidChange = this.changed.event;

	constructor(private readonly deps: PanelQueueDeps) {}

	/** What the page is to show; from then on its answers are for this question. `focus`: the person asked for it. */
	state(focus = false): PanelMessage {
		const question = this.head();
		if (question !== this.shown) {
			this.before = this.shown;
			this.shown = question;
		}
		if (question === undefined) {
			return { kind: 'waiting' };
		}
		return {
			kind: 'waiting',
			question: panelQuestion(question.current, this.deps.when(question)),
			...(focus && { focus }),
		};
	}

	/** Tells the page what waits now. */
	refresh(focus = false): void {
		this.changed.fire(this.state(focus));
	}

	/** Takes the page's answer where it fits what the page was shown; anything else changes nothing. */
	answer({ id, digest, choice }: PanelAnswer): void {
		const question = this.shown;
		if (question?.current.id !== id || question.current.digest !== digest) {
			this.deps.tellOver(this.before?.current.id === id ? this.before : { wasAnswered: false });
		} else {
			const chosen = choice === 'deny' ? DENY : choicesOf(question.current)[choice];
			if (chosen !== undefined && !question.take(chosen)) {
				this.deps.tellOver(question);
			}
		}
		this.refresh();
	}

	/** Opens the details of the question with this id, if it is the one that the page shows; it then goes on as a modal. */
	details(id: string): void {
		const question = this.shown;
		if (question?.current.id === id && !question.isOver) {
			question.wantsDetails = true;
			question.recall();
		}
		this.refresh();
	}

	private head(): OpenQuestion | undefined {
		return [...this.deps.questions()].find(({ surface, isOver }) => surface === 'panel' && !isOver);
	}
}
