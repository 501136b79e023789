import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';

/** `_meta` key by which a request says its own revision (MCP 2026-07-28 basic/index#meta). */
const META_REVISION = 'io.modelcontextprotocol/protocolVersion';
/** The revision without sessions that is spoken to an upstream. */
const MODERN_REVISION = '2026-07-28';

/** What `Mcp-Name` repeats, by method (2026-07-28 transports/streamable-http#standard-request-headers; SEP-2663 for tasks). */
const NAME_SOURCE: ReadonlyMap<string, string> = new Map([
	['tools/call', 'name'],
	['prompts/get', 'name'],
	['resources/read', 'uri'],
	['tasks/get', 'taskId'],
	['tasks/update', 'taskId'],
	['tasks/cancel', 'taskId'],
]);

/** RFC 9110 §5.6.2 `token`. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
const MAX_PATH = 32;
const MAX_MARKS = 64;
/** Tools whose marks are remembered per session. */
const MAX_MARKED_TOOLS = 1024;

/** A parameter that a tool's input schema wants repeated in a header. */
interface Mark {
	readonly header: string;
	readonly path: readonly string[];
}

/** True for a message of a revision in which each request speaks for itself, and no session exists. */
export function isSessionless(value: JsonObject): boolean {
	return revisionOf(value) === MODERN_REVISION;
}

/**
 * The headers that repeat the body of a sessionless message (2026-07-28 transports/streamable-http#request-headers), and the
 * memory of which tool parameters belong among them.
 */
export class UpstreamHeaders {
	private readonly marks = new Map<string, readonly Mark[]>();

	/** For one message that {@link isSessionless}. */
	of(value: JsonObject): Readonly<Record<string, string>> {
		const method = typeof value.method === 'string' ? value.method : '';
		const params = isJsonObject(value.params) ? value.params : {};
		const headers: Record<string, string> = { 'mcp-protocol-version': MODERN_REVISION };
		headers['mcp-method'] = headerText(method);
		const source = NAME_SOURCE.get(method);
		const name = source === undefined ? undefined : params[source];
		if (typeof name !== 'string') {
			return headers;
		}
		headers['mcp-name'] = headerText(name);
		if (method === 'tools/call') {
			for (const { header, path } of this.marks.get(name) ?? []) {
				const text = plainText(valueAt(params.arguments, path));
				if (text !== undefined) {
					headers[header] = headerText(text);
				}
			}
		}
		return headers;
	}

	/** Takes note of a `tools/list` result. Attacker-controlled; what breaks the rules is passed over. */
	learn(result: JsonValue | undefined): void {
		const tools = isJsonObject(result) && isJsonArray(result.tools) ? result.tools : [];
		for (const tool of tools) {
			if (isJsonObject(tool) && typeof tool.name === 'string' && isJsonObject(tool.inputSchema)) {
				const marks = marksOf(tool.inputSchema);
				this.marks.delete(tool.name);
				if (marks.length > 0 && this.marks.size < MAX_MARKED_TOOLS) {
					this.marks.set(tool.name, marks);
				}
			}
		}
	}
}

function revisionOf(value: JsonObject): JsonValue | undefined {
	const meta = isJsonObject(value.params) ? value.params._meta : undefined;
	return isJsonObject(meta) ? meta[META_REVISION] : undefined;
}

function marksOf(schema: JsonObject): readonly Mark[] {
	const found: Mark[] = [];
	const visit = (node: JsonValue | undefined, path: readonly string[]) => {
		if (!isJsonObject(node) || path.length > MAX_PATH || found.length >= MAX_MARKS) {
			return;
		}
		const name = node['x-mcp-header'];
		if (typeof name === 'string' && path.length > 0 && TOKEN.test(name)) {
			found.push({ header: `mcp-param-${name.toLowerCase()}`, path });
		}
		if (isJsonObject(node.properties)) {
			for (const [key, child] of Object.entries(node.properties)) {
				visit(child, [...path, key]);
			}
		}
	};
	visit(schema, []);
	return found;
}

function valueAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
	return path.reduce<JsonValue | undefined>(
		(holder, key) => (isJsonObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined),
		value,
	);
}

/** What a header can repeat; other values are not repeated, as where there is none. */
function plainText(value: JsonValue | undefined): string | undefined {
	if (typeof value === 'string') {
		return value;
	}
	const fits =
		typeof value === 'boolean' ||
		(typeof value === 'number' && (!Number.isInteger(value) || Number.isSafeInteger(value)));
	return fits ? String(value) : undefined;
}

/** The value as it can stand in a header; Base64 where it could be read otherwise (#value-encoding). */
function headerText(text: string): string {
	const plain = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/.test(text);
	return plain && !text.startsWith('=?base64?') ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}
