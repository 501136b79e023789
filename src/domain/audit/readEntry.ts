import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, isCount } from '../../base/json';
import { type AuditEntry, type AuditKind, type AuditOutcome } from './auditRecord';

/** What a line of a journal was read as. */
export type EntryReading =
	| { readonly ok: true; readonly entry: AuditEntry }
	| { readonly ok: false; readonly why: 'not JSON' | 'not an audit entry' | 'unknown version' };

const KINDS: Readonly<Record<AuditKind, true>> = {
	call: true,
	list: true,
	message: true,
	lifecycle: true,
	verdict: true,
	checkpoint: true,
};

const OUTCOMES: Readonly<Record<AuditOutcome, true>> = {
	answered: true,
	quarantined: true,
	withheld: true,
	refused: true,
	failed: true,
	cancelled: true,
	passed: true,
	pending: true,
	noted: true,
};

const OPTIONAL_TEXTS =
	'event callId session from method tool capability digest policyDigest detail pin received released argumentsMac paramsHash traceparent actor before after'.split(
		' ',
	);
const OPTIONAL_LISTS = [
	'paths',
	'findings',
	'labels',
	'credentials',
	'narrowed',
	'touched',
	'witnessed',
	'credentialFacts',
];
const LISTS_OF_OBJECTS = ['findings', 'narrowed', 'touched', 'witnessed', 'credentialFacts'];
const OPTIONAL_GROUPS: readonly (readonly [group: string, texts: readonly string[]])[] = [
	['client', ['name', 'version']],
	['server', ['id', 'name']],
	['verdict', ['effect', 'reason']],
	['approval', ['outcome']],
	['response', ['digest']],
	['auth', ['method', 'result', 'at']],
	['sensitivity', ['label', 'ceiling']],
	['latency', []],
	['segment', ['stream', 'key', 'publicKey']],
	['checkpoint', ['stream', 'key', 'signature']],
];

/**
 * Reads one line of a journal, which somebody may have tampered with: never throws, and every member that code relies
 * on has its type. Members it does not know are kept, since the hash covers them. It does not look at the chain.
 */
export function readEntry(line: string): EntryReading {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		return { ok: false, why: 'not JSON' };
	}
	if (!isJsonObject(value)) {
		return { ok: false, why: 'not an audit entry' };
	}
	if (value['v'] !== 2) {
		return { ok: false, why: typeof value['v'] === 'number' ? 'unknown version' : 'not an audit entry' };
	}
	return isEntry(value)
		? { ok: true, entry: value as unknown as AuditEntry }
		: { ok: false, why: 'not an audit entry' };
}

function isEntry(value: JsonObject): boolean {
	return (
		hasTexts(value, ['id', 'at', 'kind', 'outcome', 'prev', 'hash']) &&
		Object.hasOwn(KINDS, value['kind'] as string) &&
		Object.hasOwn(OUTCOMES, value['outcome'] as string) &&
		Number.isSafeInteger(value['seq']) &&
		!Number.isNaN(Date.parse(value['at'] as string)) &&
		OPTIONAL_TEXTS.every(key => value[key] === undefined || typeof value[key] === 'string') &&
		OPTIONAL_LISTS.every(key => value[key] === undefined || isList(value[key], key)) &&
		OPTIONAL_GROUPS.every(([group, texts]) => value[group] === undefined || hasTexts(value[group], texts)) &&
		isRule(value['verdict']) &&
		isStreamPart(value) &&
		looksLikeFacts(value['facts'], value['context'])
	);
}

function hasTexts(value: JsonValue | undefined, keys: readonly string[]): boolean {
	return isJsonObject(value) && keys.every(key => typeof value[key] === 'string');
}

function isList(value: JsonValue | undefined, key: string): boolean {
	return (
		isJsonArray(value) &&
		value.every(item => (LISTS_OF_OBJECTS.includes(key) ? isJsonObject(item) : typeof item === 'string'))
	);
}

/** What tells of streams: numbers of segments, seals, heads. */
function isStreamPart({ segment, checkpoint, witnessed }: JsonObject): boolean {
	return (
		(segment === undefined || isCount((segment as JsonObject)['number'])) &&
		(checkpoint === undefined || isCheckpoint(checkpoint as JsonObject)) &&
		(!isJsonArray(witnessed) || witnessed.every(isHead))
	);
}

function isCheckpoint({ segment, seals }: JsonObject): boolean {
	return isCount(segment) && (seals === undefined || seals === 'segment' || seals === 'closed');
}

function isHead(head: JsonValue): boolean {
	return hasTexts(head, ['stream', 'hash']) && ['segment', 'seq'].every(key => isCount((head as JsonObject)[key]));
}

function isRule(verdict: JsonValue | undefined): boolean {
	const rule = isJsonObject(verdict) ? verdict['rule'] : undefined;
	return rule === undefined || (hasTexts(rule, ['id', 'file']) && Number.isSafeInteger((rule as JsonObject)['line']));
}

/** True for what a reader may take for facts and context; everything in them is read with care later. */
function looksLikeFacts(facts: JsonValue | undefined, context: JsonValue | undefined): boolean {
	return (
		(facts === undefined || (isJsonObject(facts) && typeof facts['context'] === 'string')) &&
		(context === undefined || isContext(context))
	);
}

function isContext(context: JsonValue): boolean {
	return isJsonObject(context) && isJsonObject(context['host']) && isJsonObject(context['prefixes']);
}
