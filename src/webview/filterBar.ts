import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { type AuditFacets, type AuditFilter, NO_FACETS } from '../domain/audit/auditFilter';
import { PANEL_TEXT_LIMIT } from '../shared/panelProtocol';
import { icon } from './icons';
import { sharedStyles } from './sharedStyles';
import { visibleText } from './visibleText';
import { verdictWord } from './words';

const TEXT_DELAY_MS = 200;

type Choice = 'server' | 'tool' | 'verdict';

/** The filters. Fires `filter` with a {@link AuditFilter} in `detail`. */
export class FilterBar extends LitElement {
	static override readonly properties = { filter: { attribute: false }, facets: { attribute: false } };

	declare filter: AuditFilter;
	declare facets: AuditFacets;
	private timer: number | undefined;

	constructor() {
		super();
		this.filter = {};
		this.facets = NO_FACETS;
	}

	/** Puts the cursor into the text filter. */
	focusText(): void {
		this.input?.focus();
		this.input?.select();
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		window.clearTimeout(this.timer);
	}

	protected override updated(changed: PropertyValues<this>): void {
		if (changed.has('filter') && this.timer === undefined && this.input !== null) {
			this.input.value = this.filter.text ?? '';
		}
	}

	protected override render(): TemplateResult {
		return html`<search>
			<span class="text">
				${icon('search')}
				<input
					type="text"
					placeholder="Search calls"
					aria-label="Search the masked entries"
					title="Search the masked entries ( / )"
					spellcheck="false"
					maxlength=${PANEL_TEXT_LIMIT}
					@input=${this.typed}
					@keydown=${this.keyed}
				/>
			</span>
			${this.select('server', 'Server', 'All servers', this.facets.server)}
			${this.select('tool', 'Tool', 'All tools', this.facets.tool)}
			${this.select('verdict', 'Verdict', 'All verdicts', this.facets.verdict)}
			<button
				class="toggle ${this.filter.findings === true ? 'set' : ''}"
				aria-pressed=${this.filter.findings === true ? 'true' : 'false'}
				title="Only entries in which inspection found something"
				@click=${this.toggleFindings}
			>
				${icon('shield')}Findings
			</button>
			<button ?disabled=${Object.keys(this.filter).length === 0} title="Clear all filters" @click=${this.clear}>
				${icon('clear')}Clear
			</button>
		</search>`;
	}

	private select(key: Choice, label: string, all: string, values: readonly string[]): TemplateResult {
		const chosen = this.filter[key] ?? '';
		const options = chosen === '' || values.includes(chosen) ? values : [chosen, ...values];
		return html`<select
			class=${chosen === '' ? '' : 'set'}
			aria-label=${label}
			title=${label}
			@change=${(event: Event) => this.chose(key, (event.target as HTMLSelectElement).value)}
		>
			<option value="" .selected=${chosen === ''}>${all}</option>
			${options.map(
				value =>
					html`<option value=${value} .selected=${value === chosen}>
						${visibleText(key === 'verdict' ? verdictWord(value) : value, 60)}
					</option>`,
			)}
		</select>`;
	}

	private chose(key: Choice, value: string): void {
		const next = Object.entries({ ...this.filter, [key]: value }).filter(([, set]) => set !== '');
		this.fire(Object.fromEntries(next));
	}

	private readonly toggleFindings = () => {
		const { findings, ...others } = this.filter;
		this.fire(findings === true ? others : { ...others, findings: true });
	};

	private readonly typed = () => {
		window.clearTimeout(this.timer);
		this.timer = window.setTimeout(() => this.applyText(), TEXT_DELAY_MS);
	};

	private readonly keyed = (event: KeyboardEvent) => {
		if (event.key === 'Enter' && !event.isComposing) {
			this.applyText();
		} else if (event.key === 'Escape' && this.input !== null && this.input.value !== '') {
			event.stopPropagation();
			this.input.value = '';
			this.applyText();
		}
	};

	private applyText(): void {
		window.clearTimeout(this.timer);
		this.timer = undefined;
		const { text, ...others } = this.filter;
		const typed = this.input?.value.trim() ?? '';
		if (typed !== (text ?? '')) {
			this.fire(typed === '' ? others : { ...others, text: typed });
		}
	}

	private readonly clear = () => {
		window.clearTimeout(this.timer);
		this.timer = undefined;
		this.fire({});
		this.focusText();
	};

	private fire(filter: AuditFilter): void {
		this.dispatchEvent(new CustomEvent('filter', { detail: filter }));
	}

	private get input(): HTMLInputElement | null {
		return this.renderRoot.querySelector('input');
	}

	static override readonly styles = [
		sharedStyles,
		css`
			:host {
				flex: 1 1 580px;
				min-width: 0;
				container-type: inline-size;
			}
			search {
				display: flex;
				gap: 6px;
			}
			.text {
				position: relative;
				flex: 1 1 120px;
				min-width: 140px;
				max-width: 360px;
			}
			.text .icon {
				position: absolute;
				top: 4px;
				left: 6px;
				color: var(--vscode-input-placeholderForeground);
				pointer-events: none;
			}
			input,
			select {
				height: 24px;
				border-radius: 2px;
				font: inherit;
			}
			input {
				width: 100%;
				padding: 0 6px 0 26px;
				border: 1px solid var(--vscode-input-border, var(--vscode-contrastBorder, transparent));
				color: var(--vscode-input-foreground);
				background: var(--vscode-input-background);
			}
			input::placeholder {
				color: var(--vscode-input-placeholderForeground);
				opacity: 1;
			}
			select {
				flex: 0 1 150px;
				min-width: 84px;
				padding: 0 4px;
				text-overflow: ellipsis;
				border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
				color: var(--vscode-dropdown-foreground);
				background: var(--vscode-dropdown-background);
			}
			select.set {
				border-color: var(--vscode-inputOption-activeBorder, var(--vscode-focusBorder));
			}
			button.toggle.set {
				color: var(--vscode-inputOption-activeForeground, inherit);
				border-color: var(--vscode-inputOption-activeBorder, var(--vscode-focusBorder));
				background: var(--vscode-inputOption-activeBackground);
			}
			@container (max-width: 520px) {
				search {
					flex-wrap: wrap;
				}
				.text {
					flex-basis: 100%;
					max-width: none;
				}
				select {
					flex: 1 1 84px;
				}
			}
			option {
				color: var(--vscode-dropdown-foreground);
				background: var(--vscode-dropdown-listBackground, var(--vscode-dropdown-background));
			}
		`,
	];
}
