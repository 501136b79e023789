import { html, type TemplateResult } from 'lit';
import { clip, textRuns } from './visibleText';
import { icon } from './icons';
import { say } from './say';
import { type Status } from './words';

/**
 * Attacker-controlled text as text nodes: hidden characters stand as marked spellings, nothing is read as markup.
 * INVARIANT: text from a server or a model is data; the panel uses no raw-HTML directive anywhere.
 */
export function textTemplate(text: string, limit = 400, lines = false): unknown {
	const runs = textRuns(clip(text, limit), lines);
	if (runs.length === 1 && runs[0]?.hidden === false) {
		return runs[0].text;
	}
	return runs.map(run =>
		run.hidden ? html`<span class="hidden-char" title=${say('Hidden character')}>${run.text}</span>` : run.text,
	);
}

/** Icon and word of a status. */
export function statusTemplate(status: Status): TemplateResult {
	return html`<span class="status ${status.tone}">${icon(status.icon)}<span>${status.word}</span></span>`;
}

/** Labels as chips; those that say where danger comes from are drawn louder. */
export function labelsTemplate(labels: readonly string[]): readonly TemplateResult[] {
	return labels.map(
		label =>
			html`<span class="chip ${label === 'untrusted' || label === 'secret' ? 'loud' : ''}"
				>${textTemplate(label, 60)}</span
			> `,
	);
}
