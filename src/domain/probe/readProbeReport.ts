import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { type ProbeConnection, type ProbeFile, type ProbeReport, type ProbeSeen, type ProbeStep } from './probeReport';

const FILE_KINDS = ['written', 'deleted', 'moved', 'passing'] as const;
const PLACES = ['workspace', 'home', 'temporary', 'real-workspace'] as const;
const CONNECTION_KINDS = ['proxied', 'direct', 'listening'] as const;
const STEP_KINDS = ['start', 'tool', 'afterwards'] as const;
const OUTCOMES = ['answered', 'tool-error', 'failed', 'none'] as const;

/** Reads a report that lay in a file. Undefined where it is not one, whole and of the present form. */
export function readProbeReport(value: JsonValue | undefined): ProbeReport | undefined {
	if (!isJsonObject(value) || typeof value.at !== 'string' || !isTexts(value.blind)) {
		return undefined;
	}
	const steps = readAll(value.steps, readStep);
	return steps && { at: value.at, steps, blind: value.blind };
}

function readStep(value: JsonObject): ProbeStep | undefined {
	const { tool, capability } = value;
	const kind = oneOf(STEP_KINDS, value.kind);
	const outcome = oneOf(OUTCOMES, value.outcome);
	const seen = isJsonObject(value.seen) ? readSeen(value.seen) : undefined;
	return kind && outcome && seen && typeof tool === 'string' && typeof capability === 'string'
		? { kind, tool, capability, outcome, seen }
		: undefined;
}

function readSeen(value: JsonObject): ProbeSeen | undefined {
	const files = readAll(value.files, readFile);
	const connections = readAll(value.connections, readConnection);
	return files && connections && isTexts(value.children)
		? { files, connections, children: value.children }
		: undefined;
}

function readFile({ kind: said, place: where, path }: JsonObject): ProbeFile | undefined {
	const kind = oneOf(FILE_KINDS, said);
	const place = oneOf(PLACES, where);
	return kind && place && typeof path === 'string' ? { kind, place, path } : undefined;
}

function readConnection({ kind: said, host, port, leaked }: JsonObject): ProbeConnection | undefined {
	const kind = oneOf(CONNECTION_KINDS, said);
	const honest = leaked === undefined || leaked === true;
	return kind && typeof host === 'string' && typeof port === 'number' && honest
		? { kind, host, port, ...(leaked === true && { leaked }) }
		: undefined;
}

function readAll<T>(value: JsonValue | undefined, read: (item: JsonObject) => T | undefined): readonly T[] | undefined {
	if (!isJsonArray(value)) {
		return undefined;
	}
	const items = value.map(item => (isJsonObject(item) ? read(item) : undefined));
	return items.every(item => item !== undefined) ? items : undefined;
}

function oneOf<const T extends string>(all: readonly T[], value: JsonValue | undefined): T | undefined {
	return all.find(each => each === value);
}

function isTexts(value: JsonValue | undefined): value is readonly string[] {
	return isJsonArray(value) && value.every(item => typeof item === 'string');
}
