import { html, nothing, type TemplateResult } from 'lit';
import { type Entry } from './panelModel';
import { say } from './say';
import { facts } from './sections';
import { textTemplate } from './textTemplate';
import { heldBackWord } from './words';

type Narrowed = NonNullable<Entry['narrowed']>;

/** What of the message was left out or masked before it was sent, and how sensitive what remained was. */
export function sentTemplate({ narrowed = [], sensitivity }: Entry): unknown {
	if (narrowed.length === 0 && sensitivity === undefined) {
		return nothing;
	}
	const masked = narrowed.filter(({ why }) => why === 'sensitive' || why === 'personal-data');
	const leftOut = narrowed.filter(each => !masked.includes(each));
	return facts([
		[say('Left out'), leftOut.length > 0 && places(say('Parts that were left out'), leftOut)],
		[say('Masked'), masked.length > 0 && places(say('Parts that were masked'), masked)],
		[
			say('Sensitivity'),
			sensitivity &&
				textTemplate(say('{0}; its server may be sent {1}', sensitivity.label, sensitivity.ceiling), 100),
		],
		[
			say('Because of'),
			sensitivity?.places.length &&
				html`<ul aria-label=${say('What makes it sensitive')}>
					${sensitivity.places.map(
						({ rule, pointer }) =>
							html`<li class="mono">${textTemplate(say('{0} at {1}', rule, pointer), 400)}</li>`,
					)}
				</ul>`,
		],
	]);
}

function places(label: string, narrowed: Narrowed): TemplateResult {
	return html`<ul aria-label=${label}>
		${narrowed.map(
			({ path, why }) =>
				html`<li>
					<span class="mono">${textTemplate(path, 400)}</span>
					<span class="quiet">${textTemplate(heldBackWord(why), 100)}</span>
				</li>`,
		)}
	</ul>`;
}
