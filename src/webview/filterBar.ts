import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { type AuditFacets, type AuditFilter, type Facet, FACETS, NO_FACETS } from '../shared/auditView';
import { PANEL_TEXT_LIMIT } from '../shared/panelProtocol';
import { filterBarStyles } from './filterBarStyles';
import {
	FACET_WORDS,
	fromLocalInput,
	isFiltered,
	KIND_WORDS,
	since,
	TIME_CHOICES,
	toLocalInput,
	valueWord,
	withMember,
} from './filterChoices';
import { menuTemplate } from './filterMenu';
import { icon } from './icons';
import { say } from './say';
import { sharedStyles } from './sharedStyles';
import { visibleText } from './visibleText';

const TEXT_DELAY_MS = 200;

/**
 * The filters: a text, a chip for each member that is set, and one menu for those that are not. Everything is a native control, so
 * that keys, type-ahead and screen readers work as everywhere. Fires `filter` with a {@link AuditFilter} in `detail`.
 */
export class FilterBar extends LitElement {
	static override readonly properties = {
		filter: { attribute: false },
		facets: { attribute: false },
		adding: { state: true },
	};

	declare filter: AuditFilter;
	declare facets: AuditFacets;
	/** The chip that waits for its first value. */
	declare private adding: Facet | 'time' | undefined;
	private timer: number | undefined;
	private focusOn: string | undefined;

	constructor() {
		super();
		this.filter = {};
		this.facets = NO_FACETS;
		this.adding = undefined;
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
		if (this.focusOn !== undefined) {
			this.renderRoot.querySelector<HTMLElement>(this.focusOn)?.focus();
			this.focusOn = undefined;
		}
	}

	protected override render(): TemplateResult {
		const facets = FACETS.filter(facet => this.filter[facet] !== undefined || facet === this.adding);
		const { from, to, kind, session, findings } = this.filter;
		const timed = from !== undefined || to !== undefined || this.adding === 'time';
		return html`<search aria-label=${say('Filter')}>
			<span class="text">
				${icon('search')}
				<input
					type="text"
					placeholder=${say('Search calls')}
					aria-label=${say('Search the masked entries')}
					title=${say('Search the masked entries ( / )')}
					spellcheck="false"
					maxlength=${PANEL_TEXT_LIMIT}
					@input=${this.typed}
					@keydown=${this.keyed}
				/>
			</span>
			${repeat(
				facets,
				facet => facet,
				facet => this.facetChip(facet),
			)}
			${kind === undefined ? nothing : this.wordChip('kind', say(KIND_WORDS[kind]))}
			${findings === undefined ? nothing : this.wordChip('findings', say('With findings'))}
			${session === undefined ? nothing : this.wordChip('session', say('Session …{0}', visibleText(session.slice(-6), 6)))}
			${timed ? this.timeChip() : nothing} ${menuTemplate(this.filter, this.facets, this.picked)}
			${
				isFiltered(this.filter)
					? html`<button class="plain reset" title=${say('Remove all filters')} @click=${this.reset}>
							${say('Reset')}
						</button>`
					: nothing
			}
		</search>`;
	}

	/** A facet with its value, which can be changed where it stands. */
	private facetChip(facet: Facet): TemplateResult {
		const chosen = this.filter[facet];
		const values = this.facets[facet];
		const options = chosen === undefined || values.includes(chosen) ? values : [chosen, ...values];
		const word = say(FACET_WORDS[facet]);
		return html`<span
			class="filter ${chosen === undefined ? 'adding' : ''}"
			role="group"
			aria-label=${say('{0} filter', word)}
		>
			<label for=${`f-${facet}`}>${word}</label>
			<select
				id=${`f-${facet}`}
				title=${visibleText(chosen === undefined ? '' : valueWord(facet, chosen))}
				@change=${(event: Event) => this.chose(facet, (event.target as HTMLSelectElement).value)}
				@blur=${() => this.left(facet)}
			>
				${chosen === undefined ? html`<option value="" .selected=${true}>${say('choose…')}</option>` : nothing}
				${options.map(
					value =>
						html`<option value=${value} .selected=${value === chosen}>
							${visibleText(valueWord(facet, value), 60)}
						</option>`,
				)}
			</select>
			${this.removeButton(word, () => this.removed(facet))}
		</span>`;
	}

	private wordChip(key: 'kind' | 'findings' | 'session', word: string): TemplateResult {
		return html`<span class="filter word" role="group" aria-label=${say('{0} filter', word)}>
			<span>${word}</span>${this.removeButton(word, () => this.removed(key))}
		</span>`;
	}

	private timeChip(): TemplateResult {
		const edge = (key: 'from' | 'to', word: string) =>
			html`<label for=${`f-${key}`}>${word}</label>
				<input
					id=${`f-${key}`}
					type="datetime-local"
					step="1"
					.value=${toLocalInput(this.filter[key])}
					@change=${(event: Event) => this.edged(key, (event.target as HTMLInputElement).value)}
				/>`;
		return html`<span class="filter time" role="group" aria-label=${say('Time filter')}>
			${edge('from', say('From'))} ${edge('to', say('To'))}
			${this.removeButton(say('Time'), () => this.removeTime())}
		</span>`;
	}

	private removeButton(what: string, remove: () => void): TemplateResult {
		return html`<button
			class="plain"
			aria-label=${say('Remove {0} filter', what)}
			title=${say('Remove')}
			@click=${remove}
		>
			${icon('close')}
		</button>`;
	}

	private readonly picked = (event: Event) => {
		const menu = event.target as HTMLSelectElement;
		const { value } = menu;
		menu.value = '';
		const facet = FACETS.find(each => each === value);
		const preset = TIME_CHOICES[Number(/^time-(\d)$/u.exec(value)?.[1] ?? Number.NaN)];
		if (facet !== undefined || value === 'time') {
			this.adding = facet ?? 'time';
			this.focusOn = facet === undefined ? '#f-from' : `#f-${facet}`;
		} else if (preset !== undefined) {
			this.fire(since(this.filter, preset[1], Date.now()));
		} else if (value === 'findings') {
			this.fire(withMember(this.filter, 'findings', true));
		} else if (value === 'calls' || value === 'events') {
			this.fire(withMember(this.filter, 'kind', value));
		}
	};

	private chose(facet: Facet, value: string): void {
		this.adding = undefined;
		this.fire(withMember(this.filter, facet, value));
	}

	/** A chip that was left without a value goes away. */
	private left(facet: Facet): void {
		if (this.adding === facet && this.filter[facet] === undefined) {
			this.adding = undefined;
		}
	}

	private edged(key: 'from' | 'to', value: string): void {
		this.adding = undefined;
		this.fire(withMember(this.filter, key, fromLocalInput(value)));
	}

	private removed(key: Facet | 'kind' | 'findings' | 'session'): void {
		this.adding = undefined;
		this.focusOn = '.menu';
		this.requestUpdate();
		if (this.filter[key] !== undefined) {
			this.fire(withMember(this.filter, key, undefined));
		}
	}

	private removeTime(): void {
		this.adding = undefined;
		this.focusOn = '.menu';
		this.requestUpdate();
		if (this.filter.from !== undefined || this.filter.to !== undefined) {
			this.fire(withMember(withMember(this.filter, 'from', undefined), 'to', undefined));
		}
	}

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
		const typed = this.input?.value.trim() ?? '';
		if (typed !== (this.filter.text ?? '')) {
			this.fire(withMember(this.filter, 'text', typed));
		}
	}

	private readonly reset = () => {
		window.clearTimeout(this.timer);
		this.timer = undefined;
		this.adding = undefined;
		this.fire({});
		this.focusText();
	};

	private fire(filter: AuditFilter): void {
		this.dispatchEvent(new CustomEvent('filter', { detail: filter }));
	}

	private get input(): HTMLInputElement | null {
		return this.renderRoot.querySelector('.text input');
	}

	static override readonly styles = [sharedStyles, filterBarStyles];
}
