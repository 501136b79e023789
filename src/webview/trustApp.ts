import { html, LitElement, nothing, type TemplateResult } from 'lit';
import {
	endsText,
	TRUST_WORDS,
	type TrustAction,
	type TrustCard,
	type TrustFact,
	type TrustMessage,
	type TrustProblem,
	type TrustState,
} from '../shared/trustProtocol';
import { icon } from './icons';
import { reviewStyles } from './reviewStyles';
import { say, sayAround } from './say';
import { sharedStyles } from './sharedStyles';
import { textTemplate } from './textTemplate';
import { type TrustHost } from './trustHost';
import { trustStyles } from './trustStyles';
import { type Tone } from './words';

/** Icon, word, colour and frame differ for each state, so that none of them stands alone. Green is for what is verified, and for nothing else. */
const LOOKS: Readonly<Record<TrustState, { readonly tone: Tone; readonly icon: Parameters<typeof icon>[0] }>> = {
	verified: { tone: 'good', icon: 'guard' },
	declared: { tone: 'asked', icon: 'person' },
	none: { tone: 'quiet', icon: 'unknown' },
	checking: { tone: 'quiet', icon: 'clock' },
	failed: { tone: 'bad', icon: 'slash' },
};

const BUTTONS: Readonly<Record<TrustAction, string>> = {
	check: 'Check Again',
	addIssuer: 'Add Issuer…',
	copyDid: 'Copy DID',
	forget: 'Forget Identity…',
};

/** The trust card of one server: who it is, who says so, how that was checked. It draws what the host sends, and asks for no more. */
export class TrustApp extends LitElement {
	static override readonly properties = { host: { attribute: false } };

	/** Set once, before the first update. */
	declare host: TrustHost | undefined;
	private card: TrustCard | undefined;
	/** Milliseconds that the host's clock is ahead of the page's. */
	private ahead = 0;
	private ticking: number | undefined;

	constructor() {
		super();
		this.host = undefined;
	}

	protected override firstUpdated(): void {
		this.host?.listen(message => this.received(message));
		this.host?.post({ kind: 'ready' });
		this.ticking = window.setInterval(() => this.requestUpdate(), 1000);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		window.clearInterval(this.ticking);
	}

	protected override render(): TemplateResult {
		const { card } = this;
		return card === undefined
			? html`<main><p class="quiet" role="status">${say('Loading…')}</p></main>`
			: html`<main>
						<h1 tabindex="-1">${sayAround('Identity of “{0}”', textTemplate(card.serverName, 100))}</h1>
						${stateTemplate(card)} ${problemsTemplate(card.problems)}
						${this.section(say('Who it is'), card.identity)}
						${this.section(say('How that was checked'), card.checks)}
						${this.section(say('Where its program comes from'), card.provenance)} ${asksTemplate(card.asks)}
					</main>
					<footer>
						${card.actions.map(
							action =>
								html`<button @click=${() => this.host?.post({ kind: action })}>
									${say(BUTTONS[action])}
								</button>`,
						)}
					</footer>`;
	}

	private section(heading: string, facts: readonly TrustFact[]): TemplateResult | typeof nothing {
		return facts.length === 0
			? nothing
			: html`<section aria-label=${heading}>
					<h2>${heading}</h2>
					<dl>${facts.map(fact => this.fact(fact))}</dl>
				</section>`;
	}

	private fact({ label, value, note, claimed, mono, ends }: TrustFact): TemplateResult {
		return html`<dt>${label}</dt>
			<dd>
				<span class=${mono === true ? 'mono' : ''}>${textTemplate(value, 2000)}</span>
				${ends === undefined ? nothing : html`<span>(${endsText(ends, Date.now() + this.ahead)})</span>`}
				${claimed === true ? html`<span class="chip">${say('its own word')}</span>` : nothing}
				${note === undefined ? nothing : html`<span class="quiet">${note}</span>`}
			</dd>`;
	}

	private received({ card }: TrustMessage): void {
		const first = this.card === undefined;
		this.card = card;
		this.ahead = card.now - Date.now();
		this.requestUpdate();
		if (first) {
			void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('h1')?.focus());
		}
	}

	static override readonly styles = [sharedStyles, reviewStyles, trustStyles];
}

function stateTemplate({ state, meaning }: TrustCard): TemplateResult {
	const look = LOOKS[state];
	return html`<div class="state ${state} ${look.tone}" role=${state === 'failed' ? 'alert' : 'status'}>
		${icon(look.icon)}
		<p><strong>${say(TRUST_WORDS[state])}</strong> ${meaning}</p>
	</div>`;
}

function problemsTemplate(problems: readonly TrustProblem[]): TemplateResult | typeof nothing {
	return problems.length === 0
		? nothing
		: html`<section aria-label=${say('What was found')}>
				<h2>${say('What was found')}</h2>
				<ul class="warnings">
					${problems.map(
						({ code, sentence, advice, grave }) =>
							html`<li class=${grave ? 'bad' : 'quiet'}>
								${icon(grave ? 'error' : 'eye')}
								<span
									>${grave ? html`<strong>${sayAround('Failed: {0}', sentence)}</strong>` : sentence}
									<span class="quiet">${advice}</span> <span class="where mono">${code}</span></span
								>
							</li>`,
					)}
				</ul>
			</section>`;
}

function asksTemplate(asks: readonly string[]): TemplateResult {
	return html`<section aria-label=${say('What the policy asks')}>
		<h2>${say('What the policy asks')}</h2>
		${
			asks.length === 0
				? html`<p class="quiet">${say('Nothing of its identity; one that failed is refused all the same.')}</p>`
				: html`<ul class="asks">
						${asks.map(ask => html`<li>${textTemplate(ask, 500)}</li>`)}
					</ul>`
		}
	</section>`;
}
