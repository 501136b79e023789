import { html, nothing, type TemplateResult } from 'lit';
import { type AuditFacets, type AuditFilter, FACETS } from '../shared/auditView';
import { FACET_WORDS, KIND_WORDS, TIME_CHOICES } from './filterChoices';
import { say } from './say';

/**
 * The menu of what can be filtered by: a native list under the look of a button. Arrows and letters open it instead of choosing
 * blindly, as a closed list would.
 */
export function menuTemplate(
	{ kind, findings, ...set }: AuditFilter,
	facets: AuditFacets,
	picked: (event: Event) => void,
): TemplateResult {
	const free = FACETS.filter(facet => set[facet] === undefined);
	return html`<select
		class="menu"
		aria-label=${say('Add filter')}
		title=${say('Add a filter')}
		.value=${''}
		@change=${picked}
		@keydown=${keyed}
	>
		<option value="" hidden selected>${say('+ Filter')}</option>
		<optgroup label=${say('By')}>
			${free.map(
				facet =>
					html`<option value=${facet} ?disabled=${facets[facet].length === 0}>
						${say(FACET_WORDS[facet])}
					</option>`,
			)}
		</optgroup>
		<optgroup label=${say('Only')}>
			${kind === 'calls' ? nothing : html`<option value="calls">${say(KIND_WORDS.calls)}</option>`}
			${kind === 'events' ? nothing : html`<option value="events">${say(KIND_WORDS.events)}</option>`}
			${findings === true ? nothing : html`<option value="findings">${say('With findings')}</option>`}
		</optgroup>
		<optgroup label=${say('Time')}>
			${TIME_CHOICES.map(([word], at) => html`<option value=${`time-${String(at)}`}>${say(word)}</option>`)}
			<option value="time">${say('From … to …')}</option>
		</optgroup>
	</select>`;
}

function keyed(event: KeyboardEvent): void {
	const { key } = event;
	const opens = ['ArrowDown', 'ArrowUp', 'Enter', 'Home', 'End'].includes(key) || (key.length === 1 && key !== '/');
	if (opens && !event.ctrlKey && !event.metaKey && !event.altKey) {
		event.preventDefault();
		try {
			(event.target as HTMLSelectElement).showPicker();
		} catch {
			// Not allowed here: a click still opens it.
		}
	}
}
