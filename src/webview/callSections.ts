import { html, nothing, type TemplateResult } from 'lit';
import { callEvidence } from '../shared/auditView';
import { evidenceFacts, hasFacts } from './evidenceTemplate';
import { findingsTemplate, suppressedTemplate } from './findingsTemplate';
import { latencyTemplate } from './latencyTemplate';
import { type Entry } from './panelModel';
import { facts, mono, section } from './sections';
import { sentTemplate } from './sentTemplate';
import { labelsTemplate, textTemplate } from './textTemplate';
import { approvalWord, reasonWord } from './words';
import { formatDuration } from './formats';
import { say, sayAround, sayCount } from './say';

/** Characters of arguments that are drawn; more would only slow the panel down. */
const ARGUMENTS_LIMIT = 100_000;

/** Said by the page's own parts, so not again among the facts. */
const TOLD = {
	scope: ['decision', 'reason', 'rule', 'ruleAt', 'observed', 'approval', 'paths', 'sessionLabels'],
	outbound: ['arguments', 'heldBack', 'sensitivity', 'ceiling', 'sensitiveAt'],
	outcome: ['outcome', 'detail', 'decideMs', 'approvalMs', 'upstreamMs', 'screenMs', 'writeMs'],
	response: ['masked'],
	validation: ['labels', 'findings', 'suppressed'],
};

/**
 * The evidence of one call in the six groups of gateway.md §4.4 and E7, the time it took, and what became of it. What `audit show`
 * prints comes from the same function of the domain. `before` is the entry that was written before the call was handed on.
 */
export function callSections(
	entry: Entry,
	before: Entry | undefined,
	suppress: (rule: string) => void,
): readonly unknown[] {
	const evidence = callEvidence(entry, before);
	return [
		section(say('Identity verification'), evidenceFacts(evidence.identity)),
		section(say('Version'), evidenceFacts(evidence.version)),
		section(say('Scope check'), html`${scope(entry, before)} ${evidenceFacts(evidence.scope, TOLD.scope)}`),
		section(
			say('Outbound content'),
			html`${argumentsTemplate(entry)} ${sentTemplate(entry)} ${evidenceFacts(evidence.outbound, TOLD.outbound)}`,
		),
		section(say('Response'), html`${maskedTemplate(entry)} ${evidenceFacts(evidence.response, TOLD.response)}`),
		section(
			say('Validation'),
			html`${evidenceFacts(evidence.validation, TOLD.validation)} ${seen(entry, suppress)}`,
		),
		hasFacts(evidence.outcome, TOLD.outcome) || (entry.touched ?? []).length > 0
			? section(say('Effect'), html`${evidenceFacts(evidence.outcome, TOLD.outcome)}`)
			: nothing,
		evidence.credentials.length > 0
			? section(
					say('Credentials'),
					html`<p class="mono flat">${textTemplate(evidence.credentials.join(', '), 1000)}</p>`,
				)
			: nothing,
		entry.latency === undefined ? nothing : section(say('Time'), latencyTemplate(entry.latency)),
	];
}

function scope(entry: Entry, before: Entry | undefined): TemplateResult {
	const { verdict = before?.verdict, approval, paths = [], facts: rested = before?.facts } = entry;
	const rule = verdict?.rule;
	return facts([
		[say('Verdict'), verdict && textTemplate(verdict.effect, 40)],
		[
			say('Would be'),
			verdict?.observed &&
				html`${textTemplate(verdict.observed, 40)} <span class="quiet">${say('observe mode')}</span>`,
		],
		[say('Reason'), verdict && reason(verdict.reason)],
		[
			say('Rule'),
			rule &&
				html`<span class="mono">${textTemplate(rule.id, 200)}</span>
					<span class="quiet">${textTemplate(`${rule.file}:${String(rule.line)}`, 400)}</span>`,
		],
		[say('Approval'), approval && approvalTemplate(approval)],
		[
			say('Paths'),
			paths.length > 0 &&
				html`<ul aria-label=${say('Paths')}>
					${paths.map(path => html`<li class="mono">${textTemplate(path, 4096)}</li>`)}
				</ul>`,
		],
		[say('Session labels'), rested?.labels?.length && labelsTemplate(rested.labels)],
	]);
}

function approvalTemplate({ outcome, waitedMs }: NonNullable<Entry['approval']>): TemplateResult {
	return html`${textTemplate(approvalWord(outcome), 60)}
	${waitedMs > 0 ? html`<span class="quiet">${sayAround('after {0}', formatDuration(waitedMs))}</span>` : nothing}`;
}

function argumentsTemplate({ arguments: args }: Entry): unknown {
	return args === undefined
		? nothing
		: html`<pre tabindex="0" aria-label=${say('Arguments, secrets masked')}>
${textTemplate(JSON.stringify(args, null, 2), ARGUMENTS_LIMIT, true)}</pre>`;
}

function maskedTemplate({ masked = 0 }: Entry): unknown {
	return masked > 0
		? facts([
				[
					say('Secrets'),
					sayCount(masked, '{0} secret masked for the agent', '{0} secrets masked for the agent'),
				],
			])
		: nothing;
}

function seen(entry: Entry, suppress: (rule: string) => void): readonly unknown[] {
	return [
		entry.labels?.length ? facts([[say('Labels'), labelsTemplate(entry.labels)]]) : nothing,
		entry.findings?.length ? findingsTemplate(entry, suppress) : nothing,
		entry.suppressed?.length
			? html`<h4>${say('Suppressed')}</h4>
					${suppressedTemplate(entry.suppressed)}`
			: nothing,
	];
}

function reason(code: string): TemplateResult {
	const meaning = reasonWord(code);
	return meaning === undefined
		? html`${textTemplate(code, 400)}`
		: html`${meaning} <span class="mono quiet">${textTemplate(code, 400)}</span>`;
}

/** What a lifecycle entry tells: who did what, and what it was before and is after. */
export function eventSections(entry: Entry): TemplateResult {
	const { actor, before, after, callId, detail, auth, credentials, approval, server, tool, method } = entry;
	return section(
		say('Event'),
		facts([
			[say('By'), actor && textTemplate(actor, 40)],
			[say('Server'), server && textTemplate(server.name, 200)],
			[
				tool === undefined ? say('Method') : say('Tool'),
				(tool ?? method) && textTemplate(tool ?? method ?? '', 200),
			],
			[say('Approval'), approval && approvalTemplate(approval)],
			[say('Detail'), detail && textTemplate(detail, 1000)],
			[say('Call'), callId && mono(callId)],
			[say('Before'), before && mono(before)],
			[say('After'), after && mono(after)],
			[say('Identity'), auth && textTemplate(`${auth.method}: ${auth.result}`, 100)],
			[say('Credentials'), credentials?.length && textTemplate(credentials.join(', '), 400)],
		]),
	);
}
