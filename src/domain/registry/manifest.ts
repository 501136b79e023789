import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { parseJson } from '../../base/strictJson';
import { introductionDrift } from './drift';
import { readIntroduction } from './introduction';
import { pinState } from './pin';
import { type ServerEntry } from './serverEntry';
import { readTools } from './toolDescriptor';

/**
 * What a server said of itself when it was live: enough to answer `initialize` and `tools/list` before it is started. All of
 * it is attacker-controlled and walks the path like an answer that is just given.
 */
export interface Manifest {
	/** What the client asked with; another client may be told something else. */
	readonly protocolVersion: string;
	readonly capabilities: JsonObject;
	/** JSON text of the result of `initialize`, as the server wrote it. */
	readonly initialize: string;
	/** JSON text of the result of `tools/list`, as the server wrote it; one page, the whole list. */
	readonly tools: string;
}

/** UTF-16 units of both texts together; a server that says more is started at once. */
export const MAX_MANIFEST_CHARS = 4 * 1024 * 1024;

/** Reads one that was kept. Undefined for whatever is not whole: then the server is started at once. */
export function readManifest(value: JsonValue | undefined): Manifest | undefined {
	if (!isJsonObject(value)) {
		return undefined;
	}
	const { protocolVersion, capabilities, initialize, tools } = value;
	if (
		typeof protocolVersion !== 'string' ||
		!isJsonObject(capabilities) ||
		typeof initialize !== 'string' ||
		typeof tools !== 'string' ||
		initialize.length + tools.length > MAX_MANIFEST_CHARS ||
		objectIn(initialize) === undefined ||
		objectIn(tools) === undefined
	) {
		return undefined;
	}
	return { protocolVersion, capabilities, initialize, tools };
}

/** What of a registry entry a manifest is held against. */
export type ReviewedParts = Pick<ServerEntry, 'tools' | 'surface' | 'identity'>;

/**
 * True when nothing that it says differs from what was reviewed: name, version, instructions, tools. Tools that nobody
 * reviewed are hidden by the path anyway.
 */
export function matchesReview(manifest: Manifest, reviewed: ReviewedParts): boolean {
	const hello = objectIn(manifest.initialize);
	return (
		hello !== undefined &&
		introductionDrift(reviewed, readIntroduction(hello)).length === 0 &&
		readTools(objectIn(manifest.tools)).every(tool => pinState(reviewed.tools, tool) !== 'drifted')
	);
}

/** The object that a text of a manifest says; undefined when it is none. One line, or it could be two messages. */
export function objectIn(text: string): JsonObject | undefined {
	if (/[\r\n]/.test(text)) {
		return undefined;
	}
	const parsed = parseJson(text, 'lenient');
	return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
}
