import { isCount, isJsonArray, isJsonObject, type JsonObject, type JsonValue, ownMember } from '../../base/json';
import { printable } from '../../base/printable';
import { parseJson } from '../../base/strictJson';
import { type DecisionPointAnswer } from './decisionPoint';

/** The forms of decision services: RFC-005's own, and OPA's REST data API (openpolicyagent.org/docs/rest-api#data-api). */
export const DECISION_KINDS = ['pip', 'opa'] as const;

export type DecisionKind = (typeof DECISION_KINDS)[number];

type Obligations = (DecisionPointAnswer & { kind: 'decided' })['obligations'];

const MAX_ID = 256;
const MAX_REASON = 300;
const MAX_OBLIGATIONS = 32;
/** Types of obligations and error codes: names, not sentences. */
const NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;

/** What is posted to a decision service. */
export function decisionBody(kind: DecisionKind, request: JsonObject): JsonObject {
	return kind === 'pip' ? request : { input: request };
}

/**
 * Reads what a decision service answered. Anything that is not exactly a decision is none: another word than ALLOW and DENY, an
 * empty id, two members that contradict each other, a member of another type (identity.md §2.4). `ownId` names decisions of OPA,
 * which gives an id only where it logs decisions. Attacker-controlled; never throws.
 */
export function readDecision(kind: DecisionKind, text: string, ownId: string): DecisionPointAnswer {
	const parsed = parseJson(text, 'strict');
	if (!parsed.ok || !isJsonObject(parsed.value)) {
		return unavailable('it answered with something that is no JSON object');
	}
	return kind === 'pip' ? fromPip(parsed.value) : fromOpa(parsed.value, ownId);
}

function fromPip(body: JsonObject): DecisionPointAnswer {
	const decision = wordOf(ownMember(body, 'decision'));
	return decision === undefined
		? unavailable('its decision is neither ALLOW nor DENY')
		: decided(body, decision, ownMember(body, 'decision_id'));
}

function fromOpa(body: JsonObject, ownId: string): DecisionPointAnswer {
	const result = ownMember(body, 'result');
	const given = ownMember(body, 'decision_id');
	if (typeof result === 'boolean') {
		return decided({}, result ? 'ALLOW' : 'DENY', given ?? ownId);
	}
	if (!isJsonObject(result)) {
		// OPA leaves `result` out where the rule is undefined for this input.
		return unavailable('its answer has no result: the rule that it was asked for is undefined');
	}
	const allow = ownMember(result, 'allow');
	const said = ownMember(result, 'decision');
	const word = wordOf(said);
	const bool = typeof allow === 'boolean' ? (allow ? 'ALLOW' : 'DENY') : undefined;
	const wrong = (said !== undefined && word === undefined) || (allow !== undefined && bool === undefined);
	const decision = word ?? bool;
	return wrong || decision === undefined || (bool !== undefined && bool !== decision)
		? unavailable('its result says neither ALLOW nor DENY, or both')
		: decided(result, decision, ownMember(result, 'decision_id') ?? given ?? ownId);
}

function decided(body: JsonObject, decision: 'ALLOW' | 'DENY', id: JsonValue | undefined): DecisionPointAnswer {
	const reason = optional(body, 'reason');
	const ttl = optional(body, 'ttl');
	const errorCode = optional(body, 'error_code');
	const obligations = obligationsOf(optional(body, 'obligations'));
	if (typeof id !== 'string' || id.trim() === '' || id.length > MAX_ID) {
		return unavailable('its decision has no id');
	}
	if (obligations === undefined) {
		return unavailable('its obligations cannot be read');
	}
	if (
		(reason !== undefined && typeof reason !== 'string') ||
		(ttl !== undefined && !isCount(ttl)) ||
		(errorCode !== undefined && !isName(errorCode))
	) {
		return unavailable('a member of its answer has a type that it cannot have');
	}
	return {
		kind: 'decided',
		decision,
		decisionId: printable(id),
		obligations,
		...(reason !== undefined && reason !== '' && { reason: printable(reason).slice(0, MAX_REASON) }),
		...(ttl !== undefined && { ttl }),
		...(errorCode !== undefined && { errorCode }),
	};
}

/** Absent and null say the same. */
function optional(body: JsonObject, key: string): JsonValue | undefined {
	return ownMember(body, key) ?? undefined;
}

function obligationsOf(value: JsonValue | undefined): Obligations | undefined {
	if (value === undefined) {
		return [];
	}
	if (!isJsonArray(value) || value.length > MAX_OBLIGATIONS) {
		return undefined;
	}
	const read = value.map(item => {
		const params = isJsonObject(item) ? (optional(item, 'params') ?? {}) : undefined;
		const type = isJsonObject(item) ? ownMember(item, 'type') : undefined;
		return isName(type) && isJsonObject(params) ? { type, params } : undefined;
	});
	return read.every(item => item !== undefined) ? read : undefined;
}

function isName(value: JsonValue | undefined): value is string {
	return typeof value === 'string' && NAME.test(value);
}

function wordOf(value: JsonValue | undefined): 'ALLOW' | 'DENY' | undefined {
	return value === 'ALLOW' || value === 'DENY' ? value : undefined;
}

function unavailable(why: string): DecisionPointAnswer {
	return { kind: 'unavailable', why };
}
