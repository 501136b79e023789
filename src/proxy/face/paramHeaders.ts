import { isJsonObject, type JsonObject, type JsonValue } from '../../base/json';
import { MAX_HEADERS } from '../limits';

/** A parameter of a tool that a client repeats in a header. */
export interface ParamHeader {
	/** Lower case, as `node:http` has it. */
	readonly header: string;
	/** Names from the arguments down to the value. */
	readonly path: readonly string[];
}

/** RFC 9110 §5.6.2 `token`. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
const MAX_PATH = 32;

/**
 * The parameters that a tool's input schema marks with `x-mcp-header` (MCP 2026-07-28
 * transports/streamable-http#schema-extension), reached by `properties` alone. A mark that breaks the rules is passed over:
 * leaving such a tool out of the list is the client's part. The schema is attacker-controlled.
 */
export function paramHeaders(schema: JsonObject): readonly ParamHeader[] {
	const found: ParamHeader[] = [];
	const visit = (node: JsonValue | undefined, path: readonly string[]) => {
		if (!isJsonObject(node) || path.length > MAX_PATH || found.length >= MAX_HEADERS) {
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
