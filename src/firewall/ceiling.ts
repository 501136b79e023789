import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { maskText } from '../domain/inspection/maskSecrets';
import { OwnMarks } from '../domain/inspection/ownMarks';
import { isAbove, sensitivityOf } from '../domain/inspection/sensitivity';
import { type HostFacts } from '../domain/policy/facts';
import { type Ceiling, type ServerEntry } from '../domain/registry/serverEntry';
import { type Draft, type Ending } from './ending';
import { judgedArguments, omit } from './inputRequired';
import { type PathContext } from './pathContext';

/** A pointer is made of the other side's member names: how much is masked, and how much of that is kept. */
const POINTER_LOOK = 4_096;
const POINTER_KEPT = 200;

/**
 * N4: refuses what is more sensitive than the server may be sent. What it is, and which places say so, is noted for the
 * entry either way. Undefined means go; a server without an entry of the registry has no ceiling. `value` is what crosses,
 * attacker-controlled.
 */
export function aboveCeiling(
	context: PathContext,
	entry: ServerEntry | undefined,
	value: JsonValue,
	draft: Draft,
): Ending | undefined {
	if (entry === undefined) {
		return undefined;
	}
	const { label, places } = sensitivityOf(value, marksOf(context.ports.host()));
	const { ceiling } = entry;
	if (label !== 'public') {
		draft.sensitivity = {
			...{ label, ceiling },
			places: places.map(place => ({
				...place,
				pointer: maskText(place.pointer.slice(0, POINTER_LOOK)).slice(0, POINTER_KEPT),
			})),
		};
	}
	if (!isAbove(label, ceiling)) {
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
