import { html, type TemplateResult } from 'lit';
import { textTemplate } from './textTemplate';

/** A part of the detail pane under its heading. */
export function section(heading: string, content: TemplateResult): TemplateResult {
	return html`<section>
		<h3>${heading}</h3>
		${content}
	</section>`;
}

/** Names with their values; what is undefined, false, empty or 0 is left out. */
export function facts(pairs: readonly (readonly [string, unknown])[]): TemplateResult {
	const present = pairs.filter(([, value]) => value !== undefined && value !== false && value !== '' && value !== 0);
	return html`<dl>
		${present.map(
			([name, value]) =>
				html`<dt>${name}</dt>
					<dd>${value}</dd>`,
		)}
	</dl>`;
}

/** A digest or an id. */
export function mono(text: string): TemplateResult {
	return html`<span class="mono hash">${textTemplate(text, 200)}</span>`;
}
