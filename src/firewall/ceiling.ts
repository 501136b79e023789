import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { inSlices } from '../base/steps';
import { maskText } from '../domain/inspection/maskSecrets';
import { OwnMarks } from '../domain/inspection/ownMarks';
import { isAbove, type Sensitivity, type SensitivityLook, sensitivitySteps } from '../domain/inspection/sensitivity';
import { type HostFacts } from '../domain/policy/facts';
import { type Ceiling, type ServerEntry } from '../domain/registry/serverEntry';
import { type Draft, type Ending, refused } from './ending';
import { judgedArguments, omit } from './inputRequired';
import { type PathContext } from './pathContext';
import { kindsWith, personalDataSteps } from './keptData';
import { inspectingPolicy } from './serverFolder';

/** A pointer is made of the other side's member names: how much is masked, and how much of that is kept. */
const POINTER_LOOK = 4_096;
const POINTER_KEPT = 200;

/**
 * N4: refuses what is more sensitive than the server may be sent, and personal data that the policy keeps here. What it is,
 * and which places say so, is noted for the entry either way. Undefined means go. What was tried is remembered. A server
 * without an entry of the registry has no ceiling; what this machine keeps secret it is not sent either. `value` is what
 * crosses, attacker-controlled.
 */
export async function aboveCeiling(
	context: PathContext,
	entry: ServerEntry | undefined,
	value: JsonValue,
	draft: Draft,
): Promise<Ending | undefined> {
	const { ports, memory } = context;
	const look = lookOf(context);
	const kinds = kindsWith(inspectingPolicy(context)?.inspection.outgoing.personalData, 'refuse');
	if (entry === undefined && look.known === undefined && kinds.length === 0) {
		return undefined;
	}
	const monotonic = () => ports.clock.monotonic();
	const kept = await inSlices(personalDataSteps(value, kinds), monotonic, ports.breathe);
	if (kept !== undefined) {
		return refused('personal_data', draft.capability);
	}
	const found = await inSlices(sensitivitySteps(value, look), monotonic, ports.breathe);
	const { label, places } = found;
	const ceiling = entry?.ceiling ?? UNREVIEWED;
	if (label !== 'public' && (entry !== undefined || found.holdsKnown)) {
		draft.sensitivity = {
			...{ label, ceiling },
			places: places.map(place => ({
				...place,
				pointer: maskText(place.pointer.slice(0, POINTER_LOOK)).slice(0, POINTER_KEPT),
			})),
		};
	}
	if (ceiling !== 'secret') {
		// Also of what is refused now: who tries a piece and goes on with the next one has not changed his mind.
		memory.outgoing.sent(found.told, look.known, found.leaves);
	}
	if (!mayNotHave(entry, found)) {
		return undefined;
	}
	return {
		kind: 'refused',
		refusal: {
			capability: draft.capability ?? 'unknown',
			reason: 'above_sensitivity',
			hint: hintOf(label, ceiling, new Set(places.map(({ rule }) => rule))),
		},
	};
}

/** What a server that nobody reviewed may be sent of what this machine keeps. */
const UNREVIEWED: Ceiling = 'internal';

/** True when a server may not be sent data that is so sensitive. */
export function mayNotHave(entry: ServerEntry | undefined, { label, holdsKnown }: Sensitivity): boolean {
	return entry === undefined ? holdsKnown : isAbove(label, entry.ceiling);
}

/** What is to leave is held against this. */
export function lookOf({ ports, memory }: PathContext): SensitivityLook {
	return { marks: marksOf(ports.host()), known: ports.known?.(), before: memory.outgoing };
}

/**
 * What crosses with a request of the client: everything but the state that the server itself gave out, and the lists of
 * roots, which are limited to what it may know.
 */
export function crossing(params: JsonObject): JsonObject {
	const rest = omit(params, 'requestState', 'inputResponses');
	const judged = judgedArguments(rest, params.inputResponses);
	return typeof judged === 'string' ? params : judged;
}

/** The same for an answer of the client. Roots are limited before; their names may say anything. */
export function crossingReply(message: JsonObject): JsonValue {
	const { result, error } = message;
	if (!isJsonObject(result) || !Array.isArray(result.roots)) {
		return [result ?? null, error ?? null];
	}
	const names = (result.roots as readonly JsonValue[]).map(root => (isJsonObject(root) ? (root.name ?? null) : root));
	return [omit(result, 'roots'), names];
}

function hintOf(label: Ceiling, ceiling: Ceiling, rules: ReadonlySet<string>): string {
	return (
		`What was to be sent is ${label} (${[...rules].join(', ')}), and this server may be sent what is ${ceiling} at most. ` +
		'Leave it out, or let the person raise the ceiling with "MCP Firewall: Review Server…".'
	);
}

let last: { readonly home: string | undefined; readonly caseless: boolean; readonly marks: OwnMarks } | undefined;

/** The marks of one home folder are made once. */
function marksOf({ home, caseInsensitivePaths }: HostFacts): OwnMarks {
	if (last === undefined || last.home !== home || last.caseless !== caseInsensitivePaths) {
		const facts = { ...(home !== undefined && { home }), caseInsensitivePaths };
		last = { home, caseless: caseInsensitivePaths, marks: new OwnMarks(facts) };
	}
	return last.marks;
}
