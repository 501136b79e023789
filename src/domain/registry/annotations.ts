import { type JsonObject } from '../../base/json';
import { hasSideEffects } from '../policy/sideEffects';

/**
 * Annotations that do not flatter: a tool whose capability has side effects may not claim `readOnlyHint: true`
 * (MCP 2025-11-25 ToolAnnotations), because the editor would not ask for it. Undefined when there is nothing to correct;
 * a hint is never changed in the direction of less risk.
 */
export function correctedAnnotations(capability: string, annotations: JsonObject | undefined): JsonObject | undefined {
	return hasSideEffects(capability) && annotations?.readOnlyHint === true
		? { ...annotations, readOnlyHint: false }
		: undefined;
}
