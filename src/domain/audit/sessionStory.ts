import { type AuditEntry } from './auditRecord';

/** The labels that flow from an answer to later verdicts, each a lane of the drawing. */
export const FLOWING = ['secret', 'untrusted'] as const;

/** One of {@link FLOWING}. */
export type Flowing = (typeof FLOWING)[number];

/** Labels of a session (sessionLabel.ts) that hold because of a lane's label. */
const RESTS: Readonly<Record<Flowing, readonly string[]>> = {
	secret: ['secret', 'secret-elsewhere', 'carries-secret'],
	untrusted: ['untrusted', 'overlaps-untrusted', 'carries-untrusted', 'names-other-server'],
};

/** Events that are told as part of the call that they name. */
const BESIDE = new Set<string>(['approval-shown', 'approval-answered', 'grant-used', 'grant-made', 'credential-used']);

/** How one lane passes a step. */
export interface FlowLane {
	readonly label: Flowing;
	/** A line comes from an earlier step, or from outside the session. */
	readonly above: boolean;
	/** The line goes on to a later step. */
	readonly below: boolean;
	/** The answer of this step brought the label. */
	readonly brings: boolean;
	/** The verdict of this step rested on the label. */
	readonly rests: boolean;
	/** Where the label came from: a step before this one, or another session; undefined where nothing rests on it. */
	readonly from: number | 'elsewhere' | undefined;
}

/** One step of a session: a message with what belongs to it, or an event. */
export interface StoryStep {
	readonly kind: 'call' | 'event';
	readonly entry: AuditEntry;
	/** The verdict's own entry, where there is one: it holds the facts. */
	readonly verdict?: AuditEntry;
	/** Events of this call: the question, the answer, the grant that was used. */
	readonly beside: readonly AuditEntry[];
	/** Labels of the session that the verdict rested on. */
	readonly restedOn: readonly string[];
	/** One for each of {@link FLOWING}. */
	readonly lanes: readonly FlowLane[];
}

/** A session in the order it happened. */
export interface SessionStory {
	readonly steps: readonly StoryStep[];
	readonly calls: number;
	readonly refused: number;
	/** Calls about which a person was asked. */
	readonly asked: number;
}

type Told = Omit<StoryStep, 'lanes'>;

/**
 * Tells a session: verdict entries and approval events join the call that they name, checkpoints are left out, and each label is
 * followed from the answer that brought it to the verdicts that rested on it. `entries` are oldest first, as in the trail; names
 * and labels in them are attacker-controlled. Linear in their number; never throws, whatever a forger wrote.
 */
export function sessionStory(entries: readonly AuditEntry[]): SessionStory {
	const told = tell(entries);
	const lanes = FLOWING.map(label => follow(label, told));
	const steps = told.map((step, at) => ({ ...step, lanes: lanes.flatMap(lane => lane[at] ?? []) }));
	const calls = steps.filter(({ entry }) => entry.kind === 'call');
	return {
		steps,
		calls: calls.length,
		refused: calls.filter(({ entry }) => entry.outcome === 'refused').length,
		asked: calls.filter(({ entry, beside }) => wasAsked(entry, beside)).length,
	};
}

function wasAsked({ approval }: AuditEntry, beside: readonly AuditEntry[]): boolean {
	const remembered = ['grant', 'denied-before', 'dismissed-before'].includes(approval?.outcome ?? 'grant');
	return !remembered || beside.some(({ event }) => event === 'approval-shown');
}

function tell(entries: readonly AuditEntry[]): readonly Told[] {
	const messages = new Set(entries.filter(isMessage).map(({ id }) => id));
	const verdicts = new Map<string, AuditEntry>();
	const beside = new Map<string, AuditEntry[]>();
	const own = entries.filter(entry => {
		const { kind, callId, event } = entry;
		if (kind === 'checkpoint') {
			return false;
		}
		if (callId === undefined || !messages.has(callId)) {
			return true;
		}
		if (kind === 'verdict') {
			verdicts.set(callId, entry);
			return false;
		}
		if (kind === 'lifecycle' && BESIDE.has(event ?? '')) {
			beside.set(callId, [...(beside.get(callId) ?? []), entry].slice(0, MAX_BESIDE));
			return false;
		}
		return true;
	});
	return own.map(entry => {
		const verdict = verdicts.get(entry.id);
		const rested = textsOf(entry.facts?.labels ?? verdict?.facts?.labels);
		return {
			kind: entry.kind === 'lifecycle' ? 'event' : 'call',
			entry,
			...(verdict !== undefined && { verdict }),
			beside: beside.get(entry.id) ?? [],
			restedOn: rested,
		};
	});
}

/** A call has a question and an answer; more would be a forger's. */
const MAX_BESIDE = 8;

function isMessage({ kind }: AuditEntry): boolean {
	return kind === 'call' || kind === 'list' || kind === 'message';
}

function follow(label: Flowing, steps: readonly Told[]): readonly FlowLane[] {
	// What was refused has no answer that could bring anything.
	const brings = steps.map(({ entry }) => entry.outcome !== 'refused' && textsOf(entry.labels).includes(label));
	const rests = steps.map(({ restedOn }) => restedOn.some(each => RESTS[label].includes(each)));
	const source = brings.indexOf(true);
	const firstRest = rests.indexOf(true);
	const last = rests.lastIndexOf(true);
	// A verdict comes before the answer of its own step.
	const outside = firstRest !== -1 && (source === -1 || firstRest <= source);
	const start = outside ? -1 : source;
	return steps.map((_, at) => ({
		label,
		above: last !== -1 && at > start && at <= last,
		below: last !== -1 && at >= start && at < last,
		brings: brings[at] === true,
		rests: rests[at] === true,
		from: rests[at] !== true ? undefined : source !== -1 && source < at && !outside ? source : 'elsewhere',
	}));
}

function textsOf(value: unknown): readonly string[] {
	return Array.isArray(value) ? value.filter(each => typeof each === 'string') : [];
}
