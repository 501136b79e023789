import {
	isJsonArray,
	isJsonObject,
	MAX_JSON_DEPTH,
	pointerToken,
	type JsonObject,
	type JsonValue,
} from '../../base/json';
import { detectInstructions } from './detectInstructions';
import { envelope, sanitiseName, type Source } from './envelope';
import { type Finding } from './finding';
import { INCOMPLETE, isOffending } from './inspect';

/** Member of `_meta` (MCP 2025-11-25, `_meta` key format) that carries the label of a screened message. */
export const LABEL_KEY = 'mcp-firewall/label';

/** Name of the member that quotes a member whose own name cannot be shown; a number follows. */
const WITHHELD = 'mcp-firewall/withheld-';

/** Fields whose value the protocol gives a meaning, with what takes their place: evidence would break the client. */
const PROTOCOL_FIELDS: Readonly<Record<string, string>> = {
	uri: 'mcp-firewall:quarantined',
	uriTemplate: 'mcp-firewall:quarantined',
	mimeType: 'text/plain',
	type: 'quarantined',
	role: 'user',
	name: 'quarantined',
	level: 'info',
	logger: 'quarantined',
	nextCursor: '',
	progressToken: 'quarantined',
	requestId: 'quarantined',
	taskId: 'quarantined',
	resultType: 'complete',
	cacheScope: 'private',
};

/** A member name longer than this under a finding is withheld without a second look. */
const LONGEST_NAME = 65_536;

/** Free data of the server: every string in it can be replaced by evidence, whatever its field is called. */
const FREE_DATA = new Set(['structuredContent', '_meta', 'arguments', 'annotations']);

interface Job {
	readonly flagged: ReadonlySet<string>;
	/** Where inspection stopped; the root when it stopped for good. */
	readonly skipped: ReadonlySet<string>;
	readonly quote: (text: string) => string;
}

/**
 * The message part (a result, a JSON-RPC error object, notification params) with every offending string replaced by
 * quoted evidence and the label in `_meta`. Everything else keeps its place and type; a string stays a string:
 * - a field with protocol meaning (`uri`, `type`, …) gets a harmless constant, `blob` the envelope in base64, the `data`
 *   of an image or sound an empty string;
 * - a member whose *name* offends is withheld; `mcp-firewall/withheld-N` beside it quotes name and value;
 * - after an `inspection-incomplete` finding at the root, every string that may hold prose is quoted.
 *
 * `delimiter`: a fresh random token of at least 8 characters of `[A-Za-z0-9_-]`; throws RangeError otherwise. Without
 * offending findings the part comes back as it is. The part is attacker-controlled.
 */
export function quarantineResult(
	result: JsonObject,
	findings: readonly Finding[],
	source: Source,
	delimiter: string,
): JsonObject {
	const offending = findings.filter(isOffending);
	if (offending.length === 0) {
		return result;
	}
	const flagged = new Set(offending.map(finding => finding.pointer));
	const quote = (text: string): string => envelope(text, source, delimiter);
	const skipped = new Set(offending.flatMap(finding => (finding.rule === INCOMPLETE ? [finding.pointer] : [])));
	const quoted = replace(result, '', undefined, false, { flagged, skipped, quote });
	return labelResult(isJsonObject(quoted) ? quoted : {}, offending, source);
}

/**
 * The message part with the provenance label in `_meta`, in place of any label the server wrote there. `pointer` in the
 * label is cut at names that are not plain words: names are attacker-controlled.
 */
export function labelResult(result: JsonObject, findings: readonly Finding[], source: Source): JsonObject {
	const labels = ['untrusted'];
	for (const kind of ['instruction-shaped', 'hidden-text', 'unsafe-link', 'wrong-content'] as const) {
		if (findings.some(finding => finding.kind === kind && isOffending(finding))) {
			labels.push(kind);
		}
	}
	const meta = isJsonObject(result['_meta']) ? result['_meta'] : {};
	const label = {
		labels,
		source: { server: sanitiseName(source.server), tool: sanitiseName(source.tool) },
		findings: findings
			.slice(0, 20)
			.map(({ rule, severity, pointer }) => ({ rule, severity, pointer: plainPointer(pointer) })),
	};
	return { ...result, _meta: { ...meta, [LABEL_KEY]: label } };
}

function plainPointer(pointer: string): string {
	return /^(?:\/[\w.$@-]{1,64}){0,32}/.exec(pointer)?.[0] ?? '';
}

function replace(value: JsonValue, at: string, holder: JsonObject | undefined, free: boolean, job: Job): JsonValue {
	if (typeof value === 'string') {
		const field = at.slice(at.lastIndexOf('/') + 1);
		return job.flagged.has(at) || (job.skipped.has('') && mayHoldProse(field, holder, free))
			? replaceText(value, field, holder, free, job)
			: value;
	}
	if (typeof value !== 'object' || value === null) {
		return value;
	}
	// What inspection did not look into goes as a whole; what is too deep cannot even be quoted.
	const skipped = at !== '' && job.skipped.has(at);
	const tooDeep = at.split('/').length > MAX_JSON_DEPTH;
	if (isJsonArray(value)) {
		return skipped ? [] : value.map((item, index) => replace(item, `${at}/${String(index)}`, undefined, free, job));
	}
	if (skipped) {
		return tooDeep ? {} : { [`${WITHHELD}1`]: job.quote(JSON.stringify(value)) };
	}
	return replaceMembers(value, at, free, job);
}

function replaceMembers(value: JsonObject, at: string, free: boolean, job: Job): JsonObject {
	const suspicious = job.flagged.has(at) || job.skipped.has('');
	const members: [string, JsonValue | undefined][] = [];
	let withheld = 0;
	for (const [key, child] of Object.entries(value)) {
		if (suspicious && (key.length > LONGEST_NAME || detectInstructions(key).some(isOffending))) {
			withheld += 1;
			members.push([`${WITHHELD}${String(withheld)}`, job.quote(`${key}: ${JSON.stringify(child)}`)]);
		} else if (child !== undefined) {
			const pointer = `${at}/${pointerToken(key)}`;
			members.push([key, replace(child, pointer, value, free || FREE_DATA.has(key), job)]);
		}
	}
	return Object.fromEntries(members);
}

function isMediaData(field: string, holder: JsonObject | undefined): boolean {
	return field === 'data' && (holder?.['type'] === 'image' || holder?.['type'] === 'audio');
}

function mayHoldProse(field: string, holder: JsonObject | undefined, free: boolean): boolean {
	const mime = holder?.['mimeType'];
	const binary = field === 'blob' && typeof mime === 'string' && /^(?:image|audio|video|font)\//.test(mime);
	return free || !(binary || isMediaData(field, holder) || Object.hasOwn(PROTOCOL_FIELDS, field));
}

function replaceText(text: string, field: string, holder: JsonObject | undefined, free: boolean, job: Job): string {
	if (free) {
		return job.quote(text);
	}
	if (field === 'blob') {
		return base64(job.quote(decodedBlob(text)));
	}
	if (isMediaData(field, holder)) {
		return '';
	}
	return Object.hasOwn(PROTOCOL_FIELDS, field) ? (PROTOCOL_FIELDS[field] ?? '') : job.quote(text);
}

function decodedBlob(blob: string): string {
	try {
		return new TextDecoder().decode(Uint8Array.from(atob(blob), char => char.charCodeAt(0)));
	} catch {
		return blob;
	}
}

function base64(text: string): string {
	const bytes = new TextEncoder().encode(text);
	return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
}
