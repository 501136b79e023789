import { html, nothing, type TemplateResult } from 'lit';
import { icon } from './icons';
import { type Entry } from './panelModel';
import { say, sayAround, sayCount } from './say';
import { textTemplate } from './textTemplate';
import { visibleText } from './visibleText';
import { severityTone } from './words';

type Finding = NonNullable<Entry['findings']>[number];

const RANK: readonly Finding['severity'][] = ['high', 'medium', 'low'];

/**
 * What inspection saw, the gravest first: rule, severity, advice and place of each, and a way to suppress its rule for the
 * server. `suppress` gets the id of the rule.
 */
export function findingsTemplate(entry: Entry, suppress: (rule: string) => void): TemplateResult {
	const findings = (entry.findings ?? []).toSorted((a, b) => RANK.indexOf(a.severity) - RANK.indexOf(b.severity));
	const quiet = new Map(entry.suppressed?.map(({ rule, reason }) => [rule, reason]));
	return html`<ul class="findings" aria-label=${say('Findings, the gravest first')}>
		${findings.map(finding => findingTemplate(finding, entry, quiet.get(finding.rule), suppress))}
	</ul>`;
}

function findingTemplate(
	finding: Finding,
	{ server }: Entry,
	reason: string | undefined,
	suppress: (rule: string) => void,
): TemplateResult {
	const { kind, family, rule, severity, score, advice, pointer, span } = finding;
	const facts = [say(severity), ...(score === undefined ? [] : [say('score {0}', score.toFixed(2))])].join(', ');
	const tone = reason === undefined ? severityTone(severity) : 'quiet';
	const name = visibleText(server?.name ?? '', 40);
	return html`<li>
		<span class="status ${tone}">
			${icon('shield')}<span
				><strong>${textTemplate(family === undefined ? kind : `${kind}: ${family}`, 120)}</strong>,
				${textTemplate(facts, 40)}</span
			>
		</span>
		<p>${textTemplate(say(advice), 1000)}</p>
		<p class="quiet mono">
			${sayAround('{0} at {1}, {2}–{3}', textTemplate(rule, 200), textTemplate(pointer === '' ? '(root)' : pointer, 400), span.start, span.end)}
		</p>
		${
			reason !== undefined
				? html`<p class="suppressed">${sayAround('Suppressed: {0}', textTemplate(reason, 400))}</p>`
				: kind === 'secret' || server === undefined
					? nothing
					: html`<p>
							<button
								aria-label=${say('Suppress This Rule for {0}…: {1}', name, visibleText(rule, 80))}
								@click=${() => suppress(rule)}
							>
								${sayAround('Suppress This Rule for {0}…', name)}
							</button>
						</p>`
		}
	</li>`;
}

/** Suppressions that were used, each with its count and the author's reason. */
export function suppressedTemplate(suppressed: NonNullable<Entry['suppressed']>): TemplateResult {
	return html`<ul aria-label=${say('Suppressed findings')}>
		${suppressed.map(
			({ rule, count, reason }) =>
				html`<li>
					<span class="mono">${textTemplate(rule, 200)}</span>
					<span class="quiet"
						>${sayCount(count, '{0} finding, noted and no more:', '{0} findings, noted and no more:')} </span
					>${textTemplate(reason, 400)}
				</li>`,
		)}
	</ul>`;
}
