import { html, type TemplateResult } from 'lit';
import { formatDuration } from './formats';
import { type Entry } from './panelModel';

type Latency = NonNullable<Entry['latency']>;

const STEPS = [
	['decide', 'Decide'],
	['approval', 'Wait for the person'],
	['upstream', 'Server'],
	['screen', 'Screen'],
] as const;

/** Where the time of a call went: a bar for the eye, the same as numbers beneath. */
export function latencyTemplate(latency: Latency): TemplateResult {
	const total = STEPS.reduce((sum, [key]) => sum + latency[key], 0);
	return html`<div class="bar" aria-hidden="true">
			${STEPS.map(([key]) => html`<span class=${key} .style=${`flex-grow:${latency[key]}`}></span>`)}
		</div>
		<dl>
			${STEPS.map(
				([key, word]) =>
					html`<dt><span class="dot ${key}"></span>${word}</dt>
						<dd>${formatDuration(latency[key])}</dd>`,
			)}
			<dt>Together</dt>
			<dd>${formatDuration(total)}</dd>
		</dl>`;
}
