import { html, nothing, type TemplateResult } from 'lit';
import { type ReviewItem, type ReviewSeverity, type ReviewWarning } from '../shared/reviewProtocol';
import { icon } from './icons';
import { say, sayAround } from './say';
import { textTemplate } from './textTemplate';
import { visibleText } from './visibleText';

/** What can be done with one item. */
export interface ReviewItemActions {
	readonly tick: (place: number, on: boolean) => void;
	readonly capability: (place: number, text: string) => void;
	readonly show: (place: number) => void;
}

/** Characters of one text that are drawn; the host sends no more. */
const DRAWN = 20_000;

const SEVERITY: Readonly<Record<ReviewSeverity, { readonly word: string; readonly tone: string }>> = {
	high: { word: 'High', tone: 'bad' },
	medium: { word: 'Medium', tone: 'warn' },
	low: { word: 'Low', tone: 'asked' },
};

const STATES: Readonly<Record<ReviewItem['state'], string>> = {
	new: 'New',
	changed: 'Changed',
	same: 'As reviewed',
};

/** Findings and changes, the gravest first; nothing where there are none. */
export function warningsTemplate(warnings: readonly ReviewWarning[]): TemplateResult | typeof nothing {
	return warnings.length === 0
		? nothing
		: html`<ul class="warnings">
				${warnings.map(({ severity, sentence, advice, where }) => {
					const { word, tone } = SEVERITY[severity];
					return html`<li class=${tone}>
						${icon(severity === 'high' ? 'shield' : 'eye')}
						<span
							><strong>${say(word)}:</strong> ${sentence}
							${where === undefined ? nothing : html`<span class="where mono">${textTemplate(where, 200)}</span>`}
							${advice === undefined ? nothing : html`<span class="quiet">${advice}</span>`}</span
						>
					</li>`;
				})}
			</ul>`;
}

/** One tool, prompt, resource template, or the instructions: what it says, what is to mind, and its tick. */
export function reviewItemTemplate(
	item: ReviewItem,
	place: number,
	{ ticked, first }: { readonly ticked: boolean; readonly first: boolean },
	actions: ReviewItemActions,
): TemplateResult {
	const name =
		item.kind === 'instructions'
			? say('Pass on these instructions (needed for approval)')
			: textTemplate(item.name, 300);
	return html`<article class="item ${item.kind} ${ticked ? '' : 'off'}" data-name=${item.name}>
		<div class="head">
			<label>
				<input
					type="checkbox"
					.checked=${ticked}
					@change=${(event: Event) => actions.tick(place, (event.target as HTMLInputElement).checked)}
				/>
				<span class=${item.kind === 'instructions' ? 'name' : 'name mono'}>${name}</span>
			</label>
			${first ? nothing : html`<span class="chip ${item.state === 'same' ? '' : 'loud'}">${say(STATES[item.state])}</span>`}
			<span class="grow"></span>
			<button class="plain" @click=${() => actions.show(place)}>
				${item.state === 'changed' ? say('Show Difference') : say('Show JSON')}
			</button>
		</div>
		${warningsTemplate([...item.changes, ...item.findings])}
		${item.title === undefined ? nothing : html`<p class="title">${textTemplate(item.title, 300)}</p>`}
		${
			item.description === undefined
				? html`<p class="quiet">${say('It says nothing about itself.')}</p>`
				: html`<blockquote>${textTemplate(item.description, DRAWN, true)}</blockquote>`
		}
		${item.capability === undefined ? nothing : capabilityTemplate(item, place, actions)}
		${parametersTemplate(item)} ${hintsTemplate(item)}
	</article>`;
}

function capabilityTemplate(
	{ name, capability }: ReviewItem,
	place: number,
	actions: ReviewItemActions,
): TemplateResult | typeof nothing {
	if (capability === undefined) {
		return nothing;
	}
	const { text, valid, meaning, risk, why } = capability;
	const id = `capability-${String(place)}`;
	return html`<div class="capability">
		<label for=${id}>${say('Counts as')}</label>
		<input
			id=${id}
			type="text"
			class="mono"
			list="capabilities"
			spellcheck="false"
			maxlength="128"
			aria-invalid=${valid ? 'false' : 'true'}
			aria-describedby="${id}-says"
			aria-label=${say('What {0} counts as', visibleText(name, 128))}
			.value=${text}
			@change=${(event: Event) => actions.capability(place, (event.target as HTMLInputElement).value)}
		/>
		<span id="${id}-says" class="says">
			${
				valid
					? html`<span class="chip ${risk === 'high' ? 'loud' : ''}"
								>${sayAround('{0} risk', say(SEVERITY[risk].word))}</span
							>
							${meaning} ${why === undefined ? nothing : html`<span class="quiet">${why}</span>`}`
					: html`<span class="invalid"
							>${say('Write it as resource.action, in lower case, for example filesystem.read.')}</span
						>`
			}
		</span>
	</div>`;
}

function parametersTemplate({ parameters, kind }: ReviewItem): TemplateResult | typeof nothing {
	return parameters.length === 0
		? nothing
		: html`<details open>
				<summary>${kind === 'prompt' ? say('Arguments') : say('Parameters')} (${parameters.length})</summary>
				<table>
					<thead>
						<tr>
							<th scope="col">${say('Name')}</th>
							<th scope="col">${say('Type')}</th>
							<th scope="col">${say('What the server says')}</th>
						</tr>
					</thead>
					<tbody>
						${parameters.map(
							({ name, type, required, description }) =>
								html`<tr>
									<th scope="row" class="mono">
										${textTemplate(name, 200)}${required ? html`<span class="quiet"> ${say('(required)')}</span>` : nothing}
									</th>
									<td class="mono">${textTemplate(type, 200)}</td>
									<td>${saidTemplate(description)}</td>
								</tr>`,
						)}
					</tbody>
				</table>
			</details>`;
}

/** What the server says, line by line; no blank of ours may stand beside it, for blanks are drawn as they are. */
function saidTemplate(text: string | undefined): TemplateResult {
	return text === undefined
		? html`<span class="quiet">${say('nothing')}</span>`
		: html`<span class="said">${textTemplate(text, DRAWN, true)}</span>`;
}

function hintsTemplate({ hints }: ReviewItem): TemplateResult | typeof nothing {
	return hints.length === 0
		? nothing
		: html`<p class="hints">
				<span class="quiet">${say('Hints of the server:')}</span>
				${hints.map(
					({ name, value, overruled }) =>
						html`<span class="chip ${overruled ? 'loud' : ''}"
							>${textTemplate(name, 60)}:
							${textTemplate(value, 200)}${overruled ? ` ${say('(not believed)')}` : ''}</span
						> `,
				)}
			</p>`;
}
