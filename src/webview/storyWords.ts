import { type FlowLane, type SessionStory, type StoryStep } from '../shared/auditView';
import { formatBytes, formatDuration, formatTime } from './formats';
import { say, sayCount } from './say';
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
	const effect = { allow: say('allow'), require_approval: say('ask'), deny: say('deny') }[decided.effect];
	const why =
		decided.rule === undefined ? (reasonWord(decided.reason) ?? decided.reason) : say('rule {0}', decided.rule.id);
	return `${effect}, ${why}`;
}

/** What a person said, or had said before; undefined where nobody was asked. */
export function approvalText({ entry }: StoryStep): string | undefined {
	const { approval } = entry;
	if (approval === undefined) {
		return undefined;
	}
	const word = approvalWord(approval.outcome);
	return approval.waitedMs > 0 ? say('{0} after {1}', word, formatDuration(approval.waitedMs)) : word;
}

/** What came back; undefined where nothing did. */
export function answerText({ entry }: StoryStep): string | undefined {
	const { response, outcome } = entry;
	const how = { quarantined: say('quoted'), withheld: say('withheld'), failed: say('no answer') }[outcome as string];
	if (response === undefined) {
		return how;
	}
	const parts = [formatBytes(response.bytes), response.isError && say('an error'), outcome !== 'failed' && how];
	return parts.filter(Boolean).join(', ');
}

/** Where a label that a verdict rested on came from: the step that brought it, or another session. */
export function sourceText(lane: FlowLane, { steps }: SessionStory, now: Date): string {
	const source = typeof lane.from === 'number' ? steps[lane.from] : undefined;
	return source === undefined
		? say('{0} from another session', lane.label)
		: say('{0} since {1}, {2}', lane.label, stepName(source), formatTime(source.entry.at, now));
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
		verdict && say('Verdict: {0}', verdict),
		approval && say('Approval: {0}', approval),
		answer && say('Answer: {0}', answer),
		rests.length > 0 && say('Rested on {0}', rests.join(` ${say('and')} `)),
		brings.length > 0 && say('Brought {0}', brings.join(` ${say('and')} `)),
	];
	return visibleText(parts.filter(Boolean).join('. '), 600);
}

/** A session in one line: how many calls over how long, and how they ended. */
export function storySummary({ steps, calls, refused, asked }: SessionStory): string {
	const first = Date.parse(steps[0]?.entry.at ?? '');
	const last = Date.parse(steps.at(-1)?.entry.at ?? '');
	const parts = [
		last > first
			? sayCount(calls, '{0} call over {1}', '{0} calls over {1}', longDuration(last - first))
			: sayCount(calls, '{0} call', '{0} calls'),
		refused > 0 && say('{0} refused', refused),
		asked > 0 && say('{0} asked', asked),
	];
	return parts.filter(Boolean).join(', ');
}

function longDuration(ms: number): string {
	const minutes = Math.round(ms / 60_000);
	if (minutes < 60) {
		return formatDuration(ms);
	}
	const hours = Math.floor(minutes / 60);
	return hours < 48 ? say('{0} h {1} min', hours, minutes % 60) : say('{0} days', Math.round(hours / 24));
}
