import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { parseUntil } from './parseUntil';
import { type Direction } from './ruleConditions';
import { type RuleUsage, type SessionFacts } from './sessionFacts';
import { SESSION_LABELS, type SessionLabel } from './sessionLabel';

/** The keys of a case that say what the session did before. */
export const SESSION_KEYS = ['labels', 'usage', 'trust_level', 'direction', 'now'] as const;

const USAGE_KEYS: readonly (readonly [string, keyof RuleUsage])[] = [
	['calls_this_minute', 'callsThisMinute'],
	['calls_this_session', 'callsThisSession'],
	['bytes_this_session', 'bytesThisSession'],
];

/** Reads the session of a case. `fail` throws; its first parameter is the key that is wrong. */
export function readSession(
	item: JsonObject,
	fail: (key: string, why: string) => never,
): Omit<SessionFacts, 'urls'> | undefined {
	const { labels, usage, trust_level: trust, direction, now } = item;
	const session = {
		...(labels !== undefined && { labels: readLabels(labels, why => fail('labels', why)) }),
		...(usage !== undefined && { usage: readUsage(usage, why => fail('usage', why)) }),
		...(trust !== undefined && {
			trustLevel: typeof trust === 'number' ? trust : fail('trust_level', 'must be a number from 0 to 4'),
		}),
		...(direction !== undefined && { direction: readDirection(direction, why => fail('direction', why)) }),
		...(now !== undefined && { now: readTime(now) ?? fail('now', 'must be a time such as 2027-01-31T18:00:00Z') }),
	};
	return Object.keys(session).length === 0 ? undefined : session;
}

function readDirection(value: JsonValue, fail: (why: string) => never): Direction {
	return value === 'client' || value === 'server' ? value : fail("must be 'client' or 'server'");
}

/** Reads labels by their names; `fail` throws. */
export function readLabels(value: JsonValue, fail: (why: string) => never): ReadonlySet<SessionLabel> {
	const found = isJsonArray(value)
		? value.map(name => SESSION_LABELS.find(label => label === name))
		: fail('must be a list');
	return new Set(found.map(label => label ?? fail(`can only hold ${SESSION_LABELS.join(', ')}`)));
}

function readUsage(value: JsonValue, fail: (why: string) => never): ReadonlyMap<string, RuleUsage> {
	if (!isJsonObject(value)) {
		return fail('must be a mapping of rule ids to counts');
	}
	return new Map(Object.entries(value).map(([id, counts]) => [id, readCounts(counts, fail)]));
}

function readCounts(value: JsonValue | undefined, fail: (why: string) => never): RuleUsage {
	if (!isJsonObject(value)) {
		return fail('needs counts for each rule');
	}
	const unknown = Object.keys(value).find(key => !USAGE_KEYS.some(([known]) => known === key));
	if (unknown !== undefined) {
		return fail(`counts are ${USAGE_KEYS.map(([key]) => key).join(', ')}`);
	}
	const of = (key: string) => {
		const count = value[key] ?? 0;
		return typeof count === 'number' && count >= 0 ? count : fail(`'${key}' must be a number`);
	};
	return {
		callsThisMinute: of('calls_this_minute'),
		callsThisSession: of('calls_this_session'),
		bytesThisSession: of('bytes_this_session'),
	};
}

/** A time as rules write theirs; a bare day means its first moment. */
function readTime(value: JsonValue): number | undefined {
	if (typeof value !== 'string') {
		return undefined;
	}
	return /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : parseUntil(value);
}
