import { css, html, LitElement, type TemplateResult } from 'lit';
import { type PanelChain } from '../shared/panelProtocol';
import { plural } from './formats';
import { icon } from './icons';
import { sharedStyles } from './sharedStyles';
import { textTemplate } from './textTemplate';
import { visibleText } from './visibleText';

/** State of the chain, always in view, and the button that verifies it. Fires `verify`. */
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
		const { state, detail } = this.chain;
		const tone = { unknown: 'quiet', valid: 'good', broken: 'bad' }[state];
		return html`
			<span class="status ${tone}" role="status" title=${visibleText(detail)}>
				${icon(state === 'valid' ? 'pass' : state === 'broken' ? 'error' : 'link')}
				<span class="words">${this.words()}</span>
			</span>
			<button ?disabled=${this.busy} title="Read the whole trail and check every hash" @click=${this.verify}>
				${this.busy ? 'Verifying…' : 'Verify'}
			</button>
		`;
	}

	private words(): unknown {
		switch (this.chain.state) {
			case 'unknown':
				return 'Chain not verified';
			case 'valid':
				return `Chain valid, ${plural(this.chain.entries, 'entry')}`;
			case 'broken':
				return html`<strong>Chain broken</strong> ${textTemplate(this.chain.detail, 160)}`;
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
				align-items: center;
				gap: 8px;
				min-width: 0;
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
