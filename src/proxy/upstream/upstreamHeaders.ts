import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { META_REVISION, metaOf, MODERN_REVISIONS } from '../../firewall/modern';
import { MAX_MARKED_TOOLS } from '../limits';
import { isPrimitive, NAME_SOURCE, valueAt } from '../face/modernHeaders';
import { type ParamHeader, paramHeaders } from '../face/paramHeaders';

/** True for a message of a revision in which each request speaks for itself, and no session exists. */
export function isSessionless(value: JsonObject): boolean {
	return revisionOf(value) !== undefined;
}

/**
 * The headers that repeat the body of a sessionless message (2026-07-28 transports/streamable-http#request-headers), and the
 * memory of which tool parameters belong among them.
 */
export class UpstreamHeaders {
	private readonly marks = new Map<string, readonly ParamHeader[]>();

	/** For one message that {@link isSessionless}. */
	of(value: JsonObject): Readonly<Record<string, string>> {
		const method = typeof value.method === 'string' ? value.method : '';
		const params = isJsonObject(value.params) ? value.params : {};
		const headers: Record<string, string> = {
			'mcp-protocol-version': revisionOf(value) ?? '',
			'mcp-method': headerText(method),
		};
		const source = NAME_SOURCE.get(method);
		const name = source === undefined ? undefined : params[source];
		if (typeof name !== 'string') {
			return headers;
		}
		headers['mcp-name'] = headerText(name);
		if (method === 'tools/call') {
			for (const { header, path } of this.marks.get(name) ?? []) {
				const given = valueAt(params.arguments, path);
				if (isPrimitive(given)) {
					headers[header] = headerText(String(given));
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
				const marks = paramHeaders(tool.inputSchema);
				this.marks.delete(tool.name);
				if (marks.length > 0 && this.marks.size < MAX_MARKED_TOOLS) {
					this.marks.set(tool.name, marks);
				}
			}
		}
	}
}

/** The value as it can stand in a header; Base64 where it could be read otherwise (#value-encoding). */
function headerText(text: string): string {
	const plain = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/.test(text);
	return plain && !text.startsWith('=?base64?') ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}

function revisionOf(value: JsonObject): string | undefined {
	const claim = metaOf(value.params)[META_REVISION];
	return MODERN_REVISIONS.find(revision => revision === claim);
}
