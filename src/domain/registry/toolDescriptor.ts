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

/**
 * Reads one element of a `tools/list` result. Undefined when it is no tool with an admissible name, or when a member that
 * is reviewed has another type than MCP says: what cannot be shown and pinned must not reach a model.
 */
export function readTool(value: JsonValue | undefined): ToolDescriptor | undefined {
	if (!isJsonObject(value) || !isToolName(value.name)) {
		return undefined;
	}
	const { name, title, description, inputSchema, outputSchema, annotations } = value;
	const texts = [title, description].every(text => text === undefined || typeof text === 'string');
	const objects = [inputSchema, outputSchema, annotations].every(part => part === undefined || isJsonObject(part));
	if (!texts || !objects) {
		return undefined;
	}
	return {
		name,
		...(typeof title === 'string' && { title }),
		...(typeof description === 'string' && { description }),
		...(isJsonObject(inputSchema) && { inputSchema }),
		...(isJsonObject(outputSchema) && { outputSchema }),
		...(isJsonObject(annotations) && { annotations }),
	};
}

/** Reads the `tools` of a `tools/list` result (MCP 2025-11-25 server/tools#listing-tools), skipping what is no tool. */
export function readTools(result: JsonValue | undefined): readonly ToolDescriptor[] {
	const tools = isJsonObject(result) ? result.tools : undefined;
	return isJsonArray(tools) ? tools.map(readTool).filter(tool => tool !== undefined) : [];
}
