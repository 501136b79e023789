import { digestJson } from '../base/digest';
import { type JsonObject, type JsonValue } from '../base/json';
import { inspectValue, isOffending } from '../domain/inspection/inspect';
import { holdsSecret } from '../domain/inspection/holdsSecret';
import { OutgoingMemory } from '../domain/inspection/outgoingMemory';
import { wouldMask } from '../domain/inspection/maskSecrets';
import { type CallFacts, type HostFacts } from '../domain/policy/facts';
import { carriedBy } from '../domain/policy/dataFlow';
import { labelsFor } from '../domain/policy/labelsFor';
import { noteCall, toolKey } from '../domain/policy/noteCall';
import { type PolicyLoad, type Rule } from '../domain/policy/policy';
import { type SessionFacts, type RuleUsage } from '../domain/policy/sessionFacts';
import { NEW_SESSION, type SessionCall, type SessionState, type TextFindings } from '../domain/policy/sessionState';
import { type Verdict } from '../domain/policy/verdict';
import { type LabelOrigin } from '../domain/approval/approvalFacts';
import { type SessionLabel } from '../domain/policy/sessionLabel';
import { secretsIn, textsOf } from './resultTexts';
import { LabelOrigins } from './labelOrigins';
import { Suspensions } from './suspensions';
import { type TaskCall, TaskCalls } from './taskCalls';

/** Counts of so many rules are kept; the one that was used longest ago goes first. */
const MAX_RULES = 4096;
const MINUTE_MS = 60_000;

interface Count {
	/** Times of the calls of the last minute, by the monotonic clock; kept where a rule asks for them. */
	readonly times: number[];
	calls: number;
	bytes: number;
}

/** The call that a {@link SessionMemory} is asked about. */
type Call = Pick<CallFacts, 'tool' | 'capability' | 'arguments'> &
	Partial<Pick<CallFacts, 'paths' | 'host'>> & { readonly server: { readonly name: string } };

/** What came back. `value` is attacker-controlled. */
interface HeardAnswer {
	readonly value: JsonValue | undefined;
	readonly bytes: number;
	/** True when it is shaped like instructions, or could not be screened. */
	readonly instructionShaped: boolean;
}

/** A request whose answer no verdict stands behind. */
interface HeardRequest {
	/** The server's registered name. */
	readonly server: string;
	readonly method: string;
	/** Set where the answer is the result of a task that this server gave out. */
	readonly taskId?: string;
	/** `data`: it counts as text from outside and as read; `names`: only secrets and instructions in it count. */
	readonly gives: 'data' | 'names';
}

/** When a call was, and the id of its audit entry. */
export interface CallMark {
	readonly id: string;
	/** Milliseconds since 1970. */
	readonly at: number;
}

/**
 * What one window (or one gateway) has done so far: labels that flow from results to later calls of all its servers, and
 * how much passed on the word of each rule. In memory, bounded, gone with the window.
 */
export class SessionMemory {
	private state: SessionState = NEW_SESSION;
	private readonly counts = new Map<string, Count>();
	private readonly origins = new LabelOrigins();
	private readonly tasks = new TaskCalls();
	/** Tools that rest, by what a person said or by denials of policy. */
	readonly suspensions = new Suspensions();
	/** What left so far, as far as it tells of secrets that leave in pieces. */
	readonly outgoing = new OutgoingMemory();

	constructor() {
		this.suspensions.onDidChange(({ lifted }) => {
			if (lifted !== undefined) {
				this.state = noteCall(this.state, { kind: 'lifted', tool: lifted });
			}
		});
	}

	/** True when this tool was put to rest and nobody has lifted it; also with compositions off. */
	isSuspended({ server, tool }: Call): boolean {
		return this.suspensions.has({ server: server.name, tool });
	}

	/** The calls that put a label on the session, for this call; of what it carries along also where it goes into. */
	originsOf(label: SessionLabel, server: string, args: JsonObject): readonly LabelOrigin[] {
		const carried = label.startsWith('carries-') ? carriedBy(this.state.labelled, server, args) : [];
		return this.origins.of(label, { server, carried });
	}

	/** The session's facts for a call; `now` is monotonic, in milliseconds. */
	factsFor(call: Call, now: number): Pick<SessionFacts, 'labels' | 'usage'> {
		const usage = new Map<string, RuleUsage>();
		for (const [id, count] of this.counts) {
			usage.set(id, usageOf(count, now));
		}
		return { labels: labelsFor(this.state, sessionCall(call)), usage };
	}

	/**
	 * Counts a call that is about to be handed on; false when another call has used up a limit since this one was judged.
	 * Synchronous, so that of many calls at once no more pass than a rule lets through.
	 */
	take(load: PolicyLoad, verdict: Verdict, bytes: number, now: number): boolean {
		const rules = limitedRules(load, verdict);
		if (verdict.observed === undefined && rules.some(rule => isUsedUp(rule, this.counts.get(rule.id), now))) {
			return false;
		}
		for (const { id, limits } of rules) {
			const count = this.counts.get(id) ?? { times: [], calls: 0, bytes: 0 };
			count.calls += 1;
			count.bytes += bytes;
			if (limits?.callsPerMinute !== undefined) {
				const recent = count.times.filter(time => now - time < MINUTE_MS).slice(-limits.callsPerMinute);
				count.times.splice(0, count.times.length, ...recent, now);
			}
			this.counts.delete(id);
			this.counts.set(id, count);
		}
		for (const id of [...this.counts.keys()].slice(0, Math.max(0, this.counts.size - MAX_RULES))) {
			this.counts.delete(id);
		}
		return true;
	}

	/**
	 * Remembers a refused call. Without a verdict a person refused it; a verdict counts where a deny rule or a built-in
	 * protection gave it. Limits, missing trust, errors, what cannot be judged and what nothing allows say nothing of intent.
	 */
	denied(call: Call, mark: CallMark, verdict?: Verdict): void {
		if (verdict !== undefined && !isDeliberate(verdict)) {
			return;
		}
		const tool = { server: call.server.name, tool: call.tool };
		this.become(noteCall(this.state, { kind: 'denied', call: sessionCall(call) }), call, mark);
		if (this.state.suspended.has(toolKey(tool))) {
			this.suspensions.suspend(tool, mark.at, mark.id, verdict === undefined ? 'person' : 'policy');
		}
	}

	/** Remembers what a call gave back, and counts its bytes. A task that it started is remembered too. */
	answered(
		facts: CallFacts,
		{ load, verdict }: { readonly load: PolicyLoad; readonly verdict: Verdict },
		answer: HeardAnswer,
		mark: CallMark,
	): void {
		const rules = limitedRules(load, verdict).map(({ id }) => id);
		this.countBytes(rules, answer.bytes);
		this.tasks.started(facts.server.name, answer.value, { tool: facts.tool, capability: facts.capability, rules });
		this.become(noteCall(this.state, eventOf(sessionCall(facts), facts.host, answer)), facts, mark);
	}

	/** The call that started a task; undefined where this window saw none, or two that differ. */
	taskOf(server: string, taskId: string): TaskCall | undefined {
		return this.tasks.find(server, taskId);
	}

	/** Remembers an answer that no verdict stands behind. The result of a task counts as what its call's answer is. */
	heard(request: HeardRequest, host: HostFacts, answer: HeardAnswer, mark: CallMark): void {
		const { server, method, taskId, gives } = request;
		const task = taskId === undefined ? undefined : this.taskOf(server, taskId);
		this.countBytes(task?.rules ?? [], answer.bytes);
		const { tool = method, capability = 'unknown' } = task ?? {};
		const call = { server: { name: server }, tool, capability, arguments: {} };
		const event = eventOf(sessionCall(call), host, answer);
		const names = gives === 'names' && { resultTexts: [], resultBytes: 0 };
		const outside = gives === 'data' && task === undefined;
		this.become(noteCall(this.state, { ...event, ...names, outside, again: true }), call, mark);
	}

	private countBytes(rules: readonly string[], bytes: number): void {
		for (const id of rules) {
			const count = this.counts.get(id);
			if (count !== undefined) {
				count.bytes += bytes;
			}
		}
	}

	private become(after: SessionState, { server, tool }: Call, { id, at }: CallMark): void {
		this.origins.note(this.state, after, { server: server.name, tool, at, callId: id });
		this.state = after;
	}
}

function eventOf(call: SessionCall, host: HostFacts, answer: HeardAnswer) {
	return {
		kind: 'answered',
		call,
		host,
		resultTexts: textsOf(answer.value),
		secrets: secretsIn(answer.value),
		resultBytes: answer.bytes,
		findings: {
			instructionShaped: answer.instructionShaped,
			secret: answer.value !== undefined && wouldMask(answer.value),
		},
	} as const;
}

/** True for a denial that tells the caller: not this. */
function isDeliberate({ effect, rule, protection, reason, rules }: Verdict): boolean {
	return (
		effect === 'deny' &&
		(rule?.effect === 'deny' ||
			protection?.effect === 'deny' ||
			// The firewall's own places (protectedPaths.ts).
			(rules.length === 0 && reason === 'protected_path'))
	);
}

/** Digest and findings are worked out only where somebody asks for them. */
function sessionCall(call: Call): SessionCall {
	let digest: string | undefined;
	let findings: TextFindings | undefined;
	return {
		server: call.server.name,
		tool: call.tool,
		capability: call.capability,
		arguments: call.arguments,
		...(call.paths && { paths: call.paths }),
		...(call.host && { folders: call.host.workspaceFolders }),
		get argumentsDigest() {
			return (digest ??= digestJson(call.arguments));
		},
		get findings() {
			return (findings ??= {
				instructionShaped: inspectValue(call.arguments).some(isOffending),
				secret: holdsSecret(call.arguments),
			});
		},
	};
}

function limitedRules({ policy }: PolicyLoad, { rules }: Verdict): readonly Rule[] {
	const ids = new Set(rules.map(({ id }) => id));
	return policy?.rules.filter(({ id, limits }) => limits !== undefined && ids.has(id)) ?? [];
}

function isUsedUp({ limits }: Rule, count: Count | undefined, now: number): boolean {
	if (count === undefined || limits === undefined) {
		return false;
	}
	const used = usageOf(count, now);
	const { callsPerMinute = Infinity, callsPerSession = Infinity, bytesPerSession = Infinity } = limits;
	return (
		used.callsThisMinute >= callsPerMinute ||
		used.callsThisSession >= callsPerSession ||
		used.bytesThisSession >= bytesPerSession
	);
}

function usageOf({ times, calls, bytes }: Count, now: number): RuleUsage {
	return {
		callsThisMinute: times.filter(time => now - time < MINUTE_MS).length,
		callsThisSession: calls,
		bytesThisSession: bytes,
	};
}
