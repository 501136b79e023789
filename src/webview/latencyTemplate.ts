import { html, type TemplateResult } from 'lit';
import { formatDuration } from './formats';
import { type Entry } from './panelModel';
import { say } from './say';

type Latency = NonNullable<Entry['latency']>;

const STEPS = [
	['decide', 'Decide'],
	['write', 'Write to the trail'],
	['approval', 'Wait for the person'],
	['upstream', 'Server'],
	['screen', 'Screen'],
] as const;

/** Where the time of a call went: a bar for the eye, the same as numbers beneath. */
export function latencyTemplate(latency: Latency): TemplateResult {
	const spent = STEPS.map(([key, word]) => ({ key, word: say(word), ms: latency[key] }));
	const steps = spent.filter((step): step is (typeof spent)[number] & { ms: number } => step.ms !== undefined);
	const total = steps.reduce((sum, { ms }) => sum + ms, 0);
	return html`<div class="bar" aria-hidden="true">
			${steps.map(({ key, ms }) => html`<span class=${key} .style=${`flex-grow:${String(ms)}`}></span>`)}
		</div>
		<dl>
			${steps.map(
				({ key, word, ms }) =>
					html`<dt><span class="dot ${key}"></span>${word}</dt>
						<dd>${formatDuration(ms)}</dd>`,
			)}
			<dt>${say('Together')}</dt>
			<dd>${formatDuration(total)}</dd>
		</dl>`;
}
