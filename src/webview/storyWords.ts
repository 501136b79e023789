import { type FlowLane, type SessionStory, type StoryStep } from '../shared/auditView';
import { formatBytes, formatDuration, formatTime, plural } from './formats';
import { visibleText } from './visibleText';
import { approvalWord, eventWord, reasonWord, statusOfEntry } from './words';

/** What a step is called: the tool, the method, or the event. Attacker-controlled. */
export function stepName({ entry }: StoryStep): string {
	return entry.kind === 'lifecycle' ? eventWord(entry.event) : (entry.tool ?? entry.method ?? entry.kind);
}

/** The verdict of a step in words; undefined where nothing was decided. */
export function verdictText({ entry, verdict }: StoryStep): string | undefined {
	const decided = entry.verdict ?? verdict?.verdict;
	if (decided === undefined) {
		return undefined;
	}
	const effect = { allow: 'allow', require_approval: 'ask', deny: 'deny' }[decided.effect];
	const why = decided.rule === undefined ? (reasonWord(decided.reason) ?? decided.reason) : `rule ${decided.rule.id}`;
	return `${effect}, ${why}`;
}

/** What a person said, or had said before; undefined where nobody was asked. */
export function approvalText({ entry }: StoryStep): string | undefined {
	const { approval } = entry;
	if (approval === undefined) {
		return undefined;
	}
	const after = approval.waitedMs > 0 ? ` after ${formatDuration(approval.waitedMs)}` : '';
	return `${approvalWord(approval.outcome)}${after}`;
}

/** What came back; undefined where nothing did. */
export function answerText({ entry }: StoryStep): string | undefined {
	const { response, outcome } = entry;
	if (response === undefined) {
		return outcome === 'failed' ? 'no answer' : undefined;
	}
	const how = outcome === 'quarantined' ? ', quoted' : outcome === 'withheld' ? ', withheld' : '';
	return `${formatBytes(response.bytes)}${response.isError ? ', an error' : ''}${how}`;
}

/** Where a label that a verdict rested on came from: the step that brought it, or another session. */
export function sourceText(lane: FlowLane, { steps }: SessionStory, now: Date): string {
	const source = typeof lane.from === 'number' ? steps[lane.from] : undefined;
	return source === undefined
		? `${lane.label} from another session`
		: `${lane.label} since ${stepName(source)}, ${formatTime(source.entry.at, now)}`;
}

/** A step as a screen reader says it; the same as the lines and words drawn. */
export function stepText(step: StoryStep, story: SessionStory, now: Date): string {
	const { entry, lanes } = step;
	const rests = lanes.filter(({ rests }) => rests).map(lane => sourceText(lane, story, now));
	const brings = lanes.filter(({ brings }) => brings).map(({ label }) => label);
	const verdict = verdictText(step);
	const approval = approvalText(step);
	const answer = answerText(step);
	const parts = [
		`${formatTime(entry.at, now)} ${stepName(step)}`,
		step.kind === 'event' ? entry.detail : statusOfEntry(entry).word,
		verdict && `Verdict: ${verdict}`,
		approval && `Approval: ${approval}`,
		answer && `Answer: ${answer}`,
		rests.length > 0 && `Rested on ${rests.join(' and ')}`,
		brings.length > 0 && `Brought ${brings.join(' and ')}`,
	];
	return visibleText(parts.filter(Boolean).join('. '), 600);
}

/** A session in one line: how many calls over how long, and how they ended. */
export function storySummary({ steps, calls, refused, asked }: SessionStory): string {
	const first = Date.parse(steps[0]?.entry.at ?? '');
	const last = Date.parse(steps.at(-1)?.entry.at ?? '');
	const lasted = last > first ? ` over ${longDuration(last - first)}` : '';
	const parts = [
		`${plural(calls, 'call')}${lasted}`,
		refused > 0 && `${String(refused)} refused`,
		asked > 0 && `${String(asked)} asked`,
	];
	return parts.filter(Boolean).join(', ');
}

function longDuration(ms: number): string {
	const minutes = Math.round(ms / 60_000);
	if (minutes < 60) {
		return formatDuration(ms);
	}
	const hours = Math.floor(minutes / 60);
	return hours < 48 ? `${String(hours)} h ${String(minutes % 60)} min` : `${String(Math.round(hours / 24))} days`;
}
