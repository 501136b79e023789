import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import { FLOWING, type FlowLane, type SessionStory, type StoryStep } from '../shared/auditView';
import { formatFullTime, formatTime } from './formats';
import { icon } from './icons';
import { say, sayAround } from './say';
import { answerText, approvalText, sourceText, stepName, stepText, verdictText } from './storyWords';
import { labelsTemplate, statusTemplate, textTemplate } from './textTemplate';
import { visibleText } from './visibleText';
import { approvalWord, eventWord, statusOfEntry } from './words';

/** Pixels between two lanes, and from the edge to the first; the style sheet says how wide all are. */
const LANE_PX = 20;

/** Height at which a step's marks stand, in pixels from its top. */
const MARK_PX = 17;

const LETTERS = { secret: 'S', untrusted: 'U' } as const;

/** What the lanes and marks mean. */
export function laneLetters(): TemplateResult {
	const mark = (brings: boolean) =>
		html`<svg width="14" height="14">${dot({ label: 'untrusted', brings, rests: !brings }, 7, 7)}</svg>`;
	return html`<span class="letters"
			>${FLOWING.map(label => html`<span class=${label}>${LETTERS[label]}</span>`)}</span
		>
		<span>${say('S secret, U untrusted')}</span>
		<span>${sayAround('{0}an answer brought it', mark(true))}</span>
		<span>${sayAround('{0}a verdict rested on it', mark(false))}</span>`;
}

/** One step: its marks on the lanes, its time, and what happened in order. */
export function stepTemplate(
	step: StoryStep,
	story: SessionStory,
	at: number,
	active: boolean,
	now: Date,
): TemplateResult {
	const { entry, kind } = step;
	return html`<div
		class="step ${kind} ${entry.outcome} ${active ? 'active' : ''}"
		role="option"
		id=${`step-${String(at)}`}
		data-step=${at}
		aria-selected=${active ? 'true' : 'false'}
		aria-label=${stepText(step, story, now)}
	>
		<svg class="lanes" aria-hidden="true">${step.lanes.map((lane, index) => laneTemplate(lane, index))}</svg>
		<span class="time quiet" title=${visibleText(formatFullTime(entry.at))}
			>${textTemplate(formatTime(entry.at, now), 40)}</span
		>
		<div class="told">${kind === 'event' ? eventTold(step) : callTold(step, story, now)}</div>
	</div>`;
}

function eventTold({ entry }: StoryStep): TemplateResult {
	return html`<p class="line">
		<span class="status ${statusOfEntry(entry).tone}">${icon('pulse')}<span>${eventWord(entry.event)}</span></span>
		${entry.detail === undefined ? nothing : html`<span class="quiet">${textTemplate(entry.detail, 200)}</span>`}
	</p>`;
}

function callTold(step: StoryStep, story: SessionStory, now: Date): TemplateResult {
	const { entry, lanes, beside } = step;
	const labels = entry.outcome === 'refused' ? [] : (entry.labels ?? []);
	const answer = answerText(step);
	const links = [
		[say('Verdict'), verdictText(step), nothing],
		[say('Approval'), approvalText(step), nothing],
		[say('Answer'), answer ?? (labels.length > 0 ? '' : undefined), labelsTemplate(labels)],
	] as const;
	const rests = lanes.filter(({ rests: rested }) => rested);
	return html`<p class="line">
			${statusTemplate(statusOfEntry(entry))} <strong>${textTemplate(stepName(step), 120)}</strong>
			${entry.capability === undefined ? nothing : html`<span class="quiet">${textTemplate(entry.capability, 80)}</span>`}
		</p>
		<p class="line links">
			${links.map(([name, text, more]) =>
				text === undefined
					? nothing
					: html`<span class="link"
							><span class="quiet">${name}</span> ${textTemplate(text, 160)} ${more}</span
						>`,
			)}
		</p>
		${
			rests.length === 0
				? nothing
				: html`<p class="line rests">
						${icon('flow')}<span
							>${sayAround('Rested on {0}', textTemplate(rests.map(lane => sourceText(lane, story, now)).join('; '), 300))}</span
						>
					</p>`
		}
		${
			beside.length === 0
				? nothing
				: html`<p class="line quiet">
						${beside.map(
							event =>
								html`<span
									>${formatTime(event.at, now)} ${eventWord(event.event)} ${besideText(event)}</span
								>`,
						)}
					</p>`
		}`;
}

function besideText({ event, approval, detail }: StoryStep['entry']): unknown {
	const answer = event === 'approval-answered' ? approval && approvalWord(approval.outcome) : undefined;
	const text = [answer, detail].filter(Boolean).join(', ');
	return text === '' ? nothing : textTemplate(text, 160);
}

function laneTemplate(lane: FlowLane, index: number): SVGTemplateResult {
	const x = LANE_PX / 2 + index * LANE_PX;
	const line = (from: string, to: string) => svg`<line class=${lane.label} x1=${x} x2=${x} y1=${from} y2=${to} />`;
	const marked = lane.brings || lane.rests;
	return svg`${lane.above ? line('0', marked ? String(MARK_PX - 6) : String(MARK_PX)) : nothing}${
		lane.below ? line(marked ? String(MARK_PX + 6) : String(MARK_PX), '100%') : nothing
	}${marked ? dot(lane, x, MARK_PX) : nothing}`;
}

/** Full: brought. Ring: rested on. Both: a full one in a ring. */
function dot(
	{ label, brings, rests }: Pick<FlowLane, 'label' | 'brings' | 'rests'>,
	x: number,
	y: number,
): SVGTemplateResult {
	return svg`${rests ? svg`<circle class="ring ${label}" cx=${x} cy=${y} r="5" />` : nothing}${
		brings ? svg`<circle class="full ${label}" cx=${x} cy=${y} r=${rests ? 2.5 : 4.5} />` : nothing
	}`;
}
