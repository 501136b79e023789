import { type JsonObject, type JsonValue, isJsonArray, isJsonObject } from '../../base/json';

/** The parts of an MCP `Tool` that are reviewed and pinned. All of it is attacker-controlled. */
export interface ToolDescriptor {
	readonly name: string;
	readonly title?: string;
	readonly description?: string;
	readonly inputSchema?: JsonObject;
	readonly outputSchema?: JsonObject;
	readonly annotations?: JsonObject;
}

/** The only names a tool may have: what VS Code shows and what cannot look like another name (gateway.md NAME-05). */
const TOOL_NAME = /^[A-Za-z0-9_.\-/]{1,128}$/;

/** True when the name is plain ASCII of the admitted alphabet. */
export function isToolName(name: unknown): name is string {
	return typeof name === 'string' && TOOL_NAME.test(name);
}

/** Reads one element of a `tools/list` result; undefined when it is not a tool with an admissible name. */
export function readTool(value: JsonValue | undefined): ToolDescriptor | undefined {
	if (!isJsonObject(value) || !isToolName(value.name)) {
		return undefined;
	}
	return {
		name: value.name,
		...(typeof value.title === 'string' && { title: value.title }),
		...(typeof value.description === 'string' && { description: value.description }),
		...(isJsonObject(value.inputSchema) && { inputSchema: value.inputSchema }),
		...(isJsonObject(value.outputSchema) && { outputSchema: value.outputSchema }),
		...(isJsonObject(value.annotations) && { annotations: value.annotations }),
	};
}

/** Reads the `tools` of a `tools/list` result (MCP 2025-11-25 server/tools#listing-tools), skipping what is no tool. */
export function readTools(result: JsonValue | undefined): readonly ToolDescriptor[] {
	const tools = isJsonObject(result) ? result.tools : undefined;
	return isJsonArray(tools) ? tools.map(readTool).filter(tool => tool !== undefined) : [];
}
