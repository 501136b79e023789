import { digestJson } from '../base/digest';
import { isJsonArray, isJsonObject, type JsonValue } from '../base/json';
import { inspectValue, isOffending } from '../domain/inspection/inspect';
import { maskSecrets } from '../domain/inspection/maskSecrets';
import { type CallFacts } from '../domain/policy/facts';
import { labelsFor } from '../domain/policy/labelsFor';
import { noteCall } from '../domain/policy/noteCall';
import { type PolicyLoad, type Rule } from '../domain/policy/policy';
import { type SessionFacts, type RuleUsage } from '../domain/policy/sessionFacts';
import { NEW_SESSION, type SessionCall, type SessionState, type TextFindings } from '../domain/policy/sessionState';
import { type Verdict } from '../domain/policy/verdict';
import { type LabelOrigin } from '../domain/approval/approvalFacts';
import { type SessionLabel } from '../domain/policy/sessionLabel';
import { LabelOrigins } from './labelOrigins';
import { Suspensions } from './suspensions';

/** Counts of so many rules are kept; the one that was used longest ago goes first. */
const MAX_RULES = 4096;
/** UTF-16 units of one result that are remembered and looked through for secrets. */
const MAX_TEXT = 262_144;
const MINUTE_MS = 60_000;

interface Count {
	/** Times of the calls of the last minute, by the monotonic clock; kept where a rule asks for them. */
	readonly times: number[];
	calls: number;
	bytes: number;
}

/** The call that a {@link SessionMemory} is asked about. */
type Call = Pick<CallFacts, 'tool' | 'capability' | 'arguments'> & { readonly server: { readonly name: string } };

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
	/** Tools that rest because of what a person said. */
	readonly suspensions = new Suspensions();

	/** True when a person's answers put this tool to rest; policy's own denials do that through X9 (labelsFor.ts). */
	isSuspended({ server, tool }: Call): boolean {
		return this.suspensions.has({ server: server.name, tool });
	}

	/** The calls that put a label on the session, for a call to this server. */
	originsOf(label: SessionLabel, server: string): readonly LabelOrigin[] {
		return this.origins.of(label, server);
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

	/** Remembers a call that was refused by policy or by a person. */
	denied(call: Call, mark: CallMark): void {
		this.become(noteCall(this.state, { kind: 'denied', call: sessionCall(call) }), call, mark);
	}

	/** Remembers what a call gave back, and counts its bytes. `answer` is attacker-controlled. */
	answered(
		facts: CallFacts,
		{ load, verdict }: { readonly load: PolicyLoad; readonly verdict: Verdict },
		answer: { readonly value: JsonValue | undefined; readonly bytes: number; readonly instructionShaped: boolean },
		mark: CallMark,
	): void {
		for (const { id } of limitedRules(load, verdict)) {
			const count = this.counts.get(id);
			if (count !== undefined) {
				count.bytes += answer.bytes;
			}
		}
		const texts = textsOf(answer.value);
		const after = noteCall(this.state, {
			kind: 'answered',
			call: sessionCall(facts),
			paths: facts.paths,
			host: facts.host,
			resultTexts: texts,
			resultBytes: answer.bytes,
			findings: {
				instructionShaped: answer.instructionShaped,
				secret: maskSecrets(texts).findings.length > 0,
			},
		});
		this.become(after, facts, mark);
	}

	private become(after: SessionState, { server, tool }: Call, { id, at }: CallMark): void {
		this.origins.note(this.state, after, { server: server.name, tool, at, callId: id });
		this.state = after;
	}
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
		get argumentsDigest() {
			return (digest ??= digestJson(call.arguments));
		},
		get findings() {
			return (findings ??= {
				instructionShaped: inspectValue(call.arguments).some(isOffending),
				secret: maskSecrets(call.arguments).findings.length > 0,
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

/** String leaves, up to a size. */
function textsOf(value: JsonValue | undefined): readonly string[] {
	const texts: string[] = [];
	let room = MAX_TEXT;
	const walk = (item: JsonValue | undefined) => {
		if (room <= 0) {
			return;
		}
		if (typeof item === 'string') {
			texts.push(item.slice(0, room));
			room -= item.length;
		} else if (isJsonArray(item)) {
			item.forEach(walk);
		} else if (isJsonObject(item)) {
			Object.values(item).forEach(walk);
		}
	};
	walk(value);
	return texts;
}
