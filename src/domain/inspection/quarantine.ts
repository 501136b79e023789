import {
	isJsonArray,
	isJsonObject,
	MAX_JSON_DEPTH,
	pointerToken,
	type JsonObject,
	type JsonValue,
} from '../../base/json';
import { detectInstructions } from './detectInstructions';
import { envelope, type Source } from './envelope';
import { type Finding } from './finding';
import { INCOMPLETE, isOffending } from './inspect';
import { labelResult } from './label';

/** Name of the member that quotes a member whose own name cannot be shown; a number follows. */
export const WITHHELD = 'mcp-firewall/withheld-';

/** Fields whose value the protocol gives a meaning, with what takes their place: evidence would break the client. */
const PROTOCOL_FIELDS: Readonly<Record<string, string>> = {
	uri: 'mcp-firewall:quarantined',
	uriTemplate: 'mcp-firewall:quarantined',
	url: 'mcp-firewall:quarantined',
	mode: 'form',
	elicitationId: 'quarantined',
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

/** What becomes of text in which something was found. */
export interface Treatment {
	/** Of a finding: it stays, is quoted, or a constant takes its place. Goes by kind, rule and severity alone. */
	readonly effectOf: (finding: Pick<Finding, 'kind' | 'rule' | 'severity'>) => 'stays' | 'quote' | 'withhold';
	readonly source: Source;
	/** A fresh random token of at least 8 characters of `[A-Za-z0-9_-]`. */
	readonly delimiter: string;
}

/** What takes the place of a text that is withheld where it stands: of a list, a notification, an introduction. */
export const WITHHELD_TEXT = '[MCP Firewall: text that looks like instructions is withheld here by the policy.]';

interface Job {
	/** Pointers of what is replaced. */
	readonly flagged: ReadonlyMap<string, 'quote' | 'withhold'>;
	/** Where inspection stopped; the root when it stopped for good. */
	readonly skipped: ReadonlySet<string>;
	readonly effectOf: Treatment['effectOf'];
	readonly write: (text: string, effect: 'quote' | 'withhold') => string;
}

/**
 * The message part (a result, a JSON-RPC error object, notification params) with every string that is not to stay replaced
 * by quoted evidence or a constant. Everything else keeps its place and type; a string stays a string:
 * - a field with protocol meaning (`uri`, `type`, …) gets a harmless constant, `blob` the envelope in base64, the `data`
 *   of an image or sound an empty string;
 * - a member whose *name* offends is withheld; `mcp-firewall/withheld-N` beside it quotes name and value;
 * - after an `inspection-incomplete` finding at the root, every string that may hold prose is replaced, and of those that
 *   have a meaning to the protocol each that offends by itself.
 *
 * Throws RangeError for a delimiter that could be guessed. The part is attacker-controlled.
 */
export function replaceFound(part: JsonObject, findings: readonly Finding[], treatment: Treatment): JsonObject {
	const { effectOf, source, delimiter } = treatment;
	const flagged = new Map<string, 'quote' | 'withhold'>();
	const skipped = new Set<string>();
	for (const finding of findings) {
		const effect = effectOf(finding);
		if (effect !== 'stays') {
			flagged.set(finding.pointer, flagged.get(finding.pointer) === 'withhold' ? 'withhold' : effect);
			if (finding.rule === INCOMPLETE) {
				skipped.add(finding.pointer);
			}
		}
	}
	if (flagged.size === 0) {
		return part;
	}
	const write: Job['write'] = (text, effect) =>
		effect === 'withhold' ? WITHHELD_TEXT : envelope(text, source, delimiter);
	const replaced = replace(part, '', undefined, false, { flagged, skipped, effectOf, write });
	return isJsonObject(replaced) ? replaced : {};
}

/**
 * {@link replaceFound} with everything quoted that is not of low severity, and the label in `_meta`. Without such findings
 * the part comes back as it is.
 */
export function quarantineResult(
	result: JsonObject,
	findings: readonly Finding[],
	source: Source,
	delimiter: string,
): JsonObject {
	const offending = findings.filter(isOffending);
	const effectOf = (finding: Pick<Finding, 'kind' | 'severity'>) => (isOffending(finding) ? 'quote' : 'stays');
	return offending.length === 0
		? result
		: labelResult(replaceFound(result, offending, { effectOf, source, delimiter }), offending, source);
}

function replace(value: JsonValue, at: string, holder: JsonObject | undefined, free: boolean, job: Job): JsonValue {
	if (typeof value === 'string') {
		const field = at.slice(at.lastIndexOf('/') + 1);
		const effect =
			job.flagged.get(at) ?? (job.skipped.has('') ? unseen(value, field, holder, free, job) : undefined);
		return effect === undefined
			? value
			: replaceText(value, { field, holder, free }, text => job.write(text, effect));
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
		return tooDeep ? {} : { [`${WITHHELD}1`]: job.write(JSON.stringify(value), job.flagged.get(at) ?? 'quote') };
	}
	return replaceMembers(value, at, free, job);
}

function replaceMembers(value: JsonObject, at: string, free: boolean, job: Job): JsonObject {
	const suspicious = job.flagged.has(at) || job.skipped.has('');
	const members: [string, JsonValue | undefined][] = [];
	let withheld = 0;
	for (const [key, child] of Object.entries(value)) {
		const effect = suspicious ? effectOnName(key, job) : 'stays';
		if (effect !== 'stays') {
			withheld += 1;
			const text = `${key}: ${JSON.stringify(child)}`;
			members.push([`${WITHHELD}${String(withheld)}`, job.write(text, effect)]);
		} else if (child !== undefined) {
			const pointer = `${at}/${pointerToken(key)}`;
			members.push([key, replace(child, pointer, value, free || FREE_DATA.has(key), job)]);
		}
	}
	return Object.fromEntries(members);
}

/** What becomes of a text that inspection may not have come to. */
function unseen(
	text: string,
	field: string,
	holder: JsonObject | undefined,
	free: boolean,
	job: Job,
): 'quote' | 'withhold' | undefined {
	if (mayHoldProse(field, holder, free)) {
		return job.flagged.get('');
	}
	const effect = Object.hasOwn(PROTOCOL_FIELDS, field) ? effectOnName(text, job) : 'stays';
	return effect === 'stays' ? undefined : effect;
}

function effectOnName(name: string, { effectOf }: Job): 'stays' | 'quote' | 'withhold' {
	if (name.length > LONGEST_NAME) {
		return 'quote';
	}
	const effects = detectInstructions(name).map(effectOf);
	return effects.find(effect => effect === 'withhold') ?? effects.find(effect => effect === 'quote') ?? 'stays';
}

function isMediaData(field: string, holder: JsonObject | undefined): boolean {
	return field === 'data' && (holder?.['type'] === 'image' || holder?.['type'] === 'audio');
}

function mayHoldProse(field: string, holder: JsonObject | undefined, free: boolean): boolean {
	const mime = holder?.['mimeType'];
	const binary = field === 'blob' && typeof mime === 'string' && /^(?:image|audio|video|font)\//.test(mime);
	return free || !(binary || isMediaData(field, holder) || Object.hasOwn(PROTOCOL_FIELDS, field));
}

/** Where a text stands: in which field of what; `free`: in data of the server's own. */
interface Place {
	readonly field: string;
	readonly holder: JsonObject | undefined;
	readonly free: boolean;
}

function replaceText(text: string, { field, holder, free }: Place, write: (text: string) => string): string {
	if (free) {
		return write(text);
	}
	if (field === 'blob') {
		return base64(write(decodedBlob(text)));
	}
	if (isMediaData(field, holder)) {
		return '';
	}
	return Object.hasOwn(PROTOCOL_FIELDS, field) ? (PROTOCOL_FIELDS[field] ?? '') : write(text);
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
