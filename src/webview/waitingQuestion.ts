import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { type PanelQuestion, type PanelRequest } from '../shared/panelProtocol';
import { sharedStyles } from './sharedStyles';
import { textTemplate } from './textTemplate';
import { visibleText } from './visibleText';
import { waitingStyles } from './waitingStyles';
import { say } from './say';

/** How long a new question takes no yes: a click or key that was meant for what stood there before must not allow it. */
const UNREADY_MS = 500;
/** Longest line; the host sends no longer ones. */
const MAX_LINE = 2_000;

/**
 * The question that waits for an answer, above everything else of the panel. Fires `ask` with the request for the host. The
 * keyboard comes to it at Show Details, never at a yes, also when one question takes the place of another.
 */
export class WaitingQuestion extends LitElement {
	static override readonly properties = { question: { attribute: false }, ready: { state: true } };

	declare question: PanelQuestion | undefined;
	declare private ready: boolean;
	private timer: number | undefined;
	private wantsFocus = false;

	constructor() {
		super();
		this.question = undefined;
		this.ready = false;
	}

	override focus(): void {
		this.renderRoot.querySelector<HTMLElement>('button')?.focus();
	}

	protected override willUpdate(changed: PropertyValues<this>): void {
		if (!changed.has('question') || changed.get('question')?.id === this.question?.id) {
			return;
		}
		this.wantsFocus = (this.shadowRoot?.activeElement ?? null) !== null;
		this.ready = false;
		window.clearTimeout(this.timer);
		this.timer = window.setTimeout(() => {
			this.ready = true;
		}, UNREADY_MS);
	}

	protected override updated(): void {
		if (this.wantsFocus) {
			this.wantsFocus = false;
			if (this.question === undefined) {
				this.dispatchEvent(new CustomEvent('left'));
			} else {
				this.focus();
			}
		}
	}

	protected override render(): TemplateResult {
		const { question } = this;
		return html`<span class="spoken" role="status"
				>${question === undefined ? '' : visibleText(`${question.message} ${question.answerBy}`, MAX_LINE)}</span
			>
			${question === undefined ? nothing : keyed(question.id, this.card(question))}`;
	}

	private card(question: PanelQuestion): TemplateResult {
		const { message, facts, quoted, answerBy, choices } = question;
		return html`<section aria-labelledby="asked">
			<h2 id="asked">${textTemplate(message, MAX_LINE)}</h2>
			<ul class="facts" aria-label=${say('What is asked, and why')}>
				${facts.map(line => html`<li>${textTemplate(line, MAX_LINE)}</li>`)}
			</ul>
			<p class="quiet">${say('Quoted, not verified:')}</p>
			<ul class="quoted mono" aria-label=${say('Quoted, not verified')}>
				${quoted.map(line => html`<li>${textTemplate(line, MAX_LINE)}</li>`)}
			</ul>
			<p>${textTemplate(answerBy, MAX_LINE)}</p>
			<ul class="answers" aria-label=${say('Answers')}>
				<li>
					<button @click=${this.details}>${say('Show Details')}</button>
					<button @click=${() => this.answer(question, 'deny')}>${say('Deny')}</button>
				</li>
				${choices.map(
					({ title, covers }, at) =>
						html`<li>
							<button
								aria-disabled=${String(!this.ready)}
								title=${visibleText(say('covers {0}', covers), MAX_LINE)}
								@click=${() => this.answer(question, at)}
							>
								${textTemplate(title, 100)}</button
							><span class="quiet">${textTemplate(covers, MAX_LINE)}</span>
						</li>`,
				)}
			</ul>
		</section>`;
	}

	private readonly details = () => {
		if (this.question !== undefined) {
			this.ask({ kind: 'details', id: this.question.id });
		}
	};

	/**
	 * Bound to the question that was drawn, so that a click answers what the person saw and nothing that came since. A yes that comes
	 * too early is none; its button keeps its place for the keyboard, which would go past one that is disabled.
	 */
	private answer({ id, digest }: PanelQuestion, choice: 'deny' | number): void {
		if (choice !== 'deny' && !this.ready) {
			return;
		}
		this.ask({ kind: 'answer', id, digest, choice });
	}

	private ask(request: PanelRequest): void {
		this.dispatchEvent(new CustomEvent('ask', { detail: request }));
	}

	static override readonly styles = [sharedStyles, waitingStyles];
}
