import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { type PanelChain } from '../shared/panelProtocol';
import { icon } from './icons';
import { say, sayCount } from './say';
import { sharedStyles } from './sharedStyles';
import { textTemplate } from './textTemplate';
import { visibleText } from './visibleText';

/** State of the chain, always in view: a button that verifies it. Fires `verify`. */
export class ChainBadge extends LitElement {
	static override readonly properties = { chain: { attribute: false }, busy: { type: Boolean } };

	declare chain: PanelChain;
	declare busy: boolean;

	constructor() {
		super();
		this.chain = { state: 'unknown', detail: '', entries: 0 };
		this.busy = false;
	}

	protected override render(): TemplateResult {
		const { state, detail, unsigned = 0 } = this.chain;
		const tail = state === 'valid' && unsigned > 0;
		const tone = tail ? 'warn' : { unknown: 'quiet', valid: 'good', broken: 'bad' }[state];
		const what = this.busy ? say('Verifying…') : say('Read the whole trail and check every hash and signature');
		return html`
			<span class="spoken" role="status">${this.words()}</span>
			<button
				class="plain ${state}"
				?disabled=${this.busy}
				aria-label=${say('Verify. {0}', this.plainWords())}
				title=${[visibleText(detail), what].filter(Boolean).join(' ')}
				@click=${this.verify}
			>
				${this.busy || state === 'valid' ? nothing : html`<span class="verify">${say('Verify')}</span>`}
				<span class="status ${tone}">
					${icon(tail ? 'clock' : state === 'valid' ? 'pass' : state === 'broken' ? 'error' : 'unknown')}
					<span class="words">${this.busy ? say('Verifying…') : this.words()}</span>
				</span>
			</button>
		`;
	}

	private words(): unknown {
		const { state, detail } = this.chain;
		return state === 'broken'
			? html`<strong>${say('Chain broken')}</strong> ${textTemplate(detail, 160)}`
			: this.plainWords();
	}

	private plainWords(): string {
		const { state, detail, entries, unsigned = 0 } = this.chain;
		switch (state) {
			case 'unknown':
				return say('Chain not verified');
			case 'valid':
				return unsigned > 0
					? sayCount(
							unsigned,
							'Chain valid, last {0} entry unsigned',
							'Chain valid, last {0} entries unsigned',
						)
					: sayCount(entries, 'Chain valid, {0} entry', 'Chain valid, {0} entries');
			case 'broken':
				return say('Chain broken: {0}', visibleText(detail, 160));
		}
	}

	private readonly verify = () => {
		this.dispatchEvent(new CustomEvent('verify'));
	};

	static override readonly styles = [
		sharedStyles,
		css`
			:host {
				display: flex;
				min-width: 0;
			}
			button.plain {
				min-width: 0;
				max-width: 100%;
				padding: 0 8px;
				border-color: var(--line);
				border-radius: 12px;
				color: inherit;
			}
			button.broken {
				border-color: var(--bad);
			}
			button:disabled {
				opacity: 1;
			}
			.verify {
				order: 1;
				color: var(--vscode-textLink-foreground, inherit);
			}
			.words {
				max-width: 34em;
				overflow: hidden;
				text-overflow: ellipsis;
				white-space: nowrap;
			}
		`,
	];
}
