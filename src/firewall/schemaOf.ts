import { isJsonObject, type JsonObject } from '../base/json';
import { type PathContext } from './pathContext';

/** The input schema of a tool, as reviewed or else as listed; undefined where it is not known. Attacker-controlled. */
export function schemaOf({ review, surface }: PathContext, tool: string): JsonObject | undefined {
	const pin = review.current().entry?.tools.find(candidate => candidate.name === tool);
	const schema = pin?.reviewed.inputSchema ?? surface.tools.get(tool)?.inputSchema;
	return isJsonObject(schema) ? schema : undefined;
}
