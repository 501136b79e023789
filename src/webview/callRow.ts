import { html, nothing, type TemplateResult } from 'lit';
import { type AuditRow } from '../shared/auditView';
import { formatFullTime, formatTime } from './formats';
import { icon } from './icons';
import { say, sayCount } from './say';
import { labelsTemplate, statusTemplate, textTemplate } from './textTemplate';
import { visibleText } from './visibleText';
import { approvalWord, eventWord, rowReason, severityTone, statusOf } from './words';

/** Headings of the list, in order; each is the class of its cells. */
export const COLUMNS = [
	'time',
	'verdict',
	'server',
	'tool',
	'capability',
	'reason',
	'approval',
	'labels',
	'why',
] as const;

/** How a row stands in the list. */
export interface RowPlace {
	readonly index: number;
	readonly active: boolean;
	/** Pixels from the top of the list. */
	readonly top: number;
	readonly now: Date;
}

/** The DOM id of a row, for `aria-activedescendant`. */
export function rowId(index: number): string {
	return `row-${index}`;
}

/** One line of the list; a grey one while the row is on its way. */
export function rowTemplate(row: AuditRow | undefined, place: RowPlace): TemplateResult {
	const kind = row === undefined ? 'loading' : row.kind;
	return html`<div
		class="row ${kind} ${row?.outcome ?? ''} ${place.active ? 'active' : ''}"
		role="row"
		id=${rowId(place.index)}
		data-index=${place.index}
		.style=${`top:${place.top}px`}
		aria-rowindex=${place.index + 2}
		aria-selected=${place.active ? 'true' : 'false'}
	>
		${row === undefined ? loading : row.kind === 'lifecycle' ? eventCells(row, place.now) : callCells(row, place)}
	</div>`;
}

const loading = html`<span role="gridcell" class="time"><span class="ghost"></span></span>
	<span role="gridcell" class="verdict"><span class="ghost"></span></span>
	<span role="gridcell" class="server"><span class="ghost">${say('Loading')}</span></span>`;

function callCells(row: AuditRow, { now, active }: RowPlace): readonly unknown[] {
	const rule = row.verdict?.rule?.id;
	const reason = row.verdict === undefined ? row.detail : rowReason(row.verdict);
	return [
		timeCell(row, now),
		html`<span role="gridcell" class="verdict">${statusTemplate(statusOf(row))}</span>`,
		textCell('server', row.serverName),
		textCell('tool', row.tool ?? row.method, row.tool === undefined ? 'quiet' : ''),
		textCell('capability', row.capability),
		html`<span role="gridcell" class="reason" title=${visibleText([rule, reason].filter(Boolean).join(': '))}>
			${rule === undefined ? nothing : html`<span class="mono">${textTemplate(rule, 80)}</span> `}
			${reason === undefined ? nothing : html`<span class="quiet">${textTemplate(reason, 160)}</span>`}
		</span>`,
		textCell('approval', row.approval === undefined ? undefined : approvalWord(row.approval)),
		html`<span role="gridcell" class="labels"
			>${findingChips(row.findings)}${labelsTemplate(row.labels ?? [])}</span
		>`,
		html`<span role="gridcell" class="why">${row.verdict === undefined ? nothing : whyButton(row, active)}</span>`,
	];
}

/** What inspection saw, in front of the labels: findings, what was suppressed, what was masked. */
function findingChips(findings: AuditRow['findings']): readonly TemplateResult[] {
	if (findings === undefined) {
		return [];
	}
	const { found, worst, suppressed, masked } = findings;
	const chip = (text: string, tone: string) => html`<span class="chip ${tone}">${text}</span> `;
	return [
		...(found > suppressed
			? [chip(sayCount(found - suppressed, '{0} finding', '{0} findings'), severityTone(worst))]
			: []),
		...(suppressed > 0 ? [chip(say('{0} suppressed', suppressed), 'quiet')] : []),
		...(masked > 0 ? [chip(sayCount(masked, '{0} secret masked', '{0} secrets masked'), 'quiet')] : []),
	];
}

/** Of all rows only the active one can be reached with Tab, as the grid is one stop. */
function whyButton(row: AuditRow, active: boolean): TemplateResult {
	const what =
		row.verdict?.rule === undefined ? say('Show how near each rule is') : say('Go to the rule that decided');
	return html`<button class="plain" tabindex=${active ? '0' : '-1'} data-why=${row.id} title=${what}>
		${say('Why?')}
	</button>`;
}

function eventCells(row: AuditRow, now: Date): readonly unknown[] {
	return [
		timeCell(row, now),
		html`<span role="gridcell" class="event-words" aria-colspan=${COLUMNS.length - 1}>
			<span class="status ${statusOf(row).tone}"
				>${icon(statusOf(row).icon)}<span>${eventWord(row.event)}</span></span
			>
			${row.serverName === undefined ? nothing : html`<span>${textTemplate(row.serverName, 80)}</span>`}
			${row.tool === undefined ? nothing : html`<span>${textTemplate(row.tool, 80)}</span>`}
			${row.event === 'approval-answered' && row.approval !== undefined ? html`<span>${textTemplate(approvalWord(row.approval), 60)}</span>` : nothing}
			${row.detail === undefined ? nothing : html`<span class="quiet">${textTemplate(row.detail, 200)}</span>`}
		</span>`,
	];
}

function timeCell(row: AuditRow, now: Date): TemplateResult {
	return html`<span role="gridcell" class="time quiet" title=${visibleText(formatFullTime(row.at))}
		>${textTemplate(formatTime(row.at, now), 40)}</span
	>`;
}

function textCell(name: string, text: string | undefined, tone = ''): TemplateResult {
	return html`<span role="gridcell" class="${name} ${tone}" title=${visibleText(text ?? '')}
		>${text === undefined ? nothing : textTemplate(text, 120)}</span
	>`;
}
