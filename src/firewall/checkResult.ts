import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { matchesSchema } from '../domain/registry/outputSchema';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type Draft, type Ending } from './ending';
import { asksForInput } from './inputRequired';
import { type PathContext } from './pathContext';
import { type ForwardOutcome } from './ports';

/**
 * C5: what a reviewed tool gave back, held against what was reviewed. Undefined where it fits; else the answer is withheld,
 * and the client gets an error. An announced task and a question to the client are no results yet; an error that the tool
 * reports owes nothing to the schema (MCP 2025-11-25 server/tools#output-schema). `result` is attacker-controlled.
 */
export function wrongResult(
	entry: ServerEntry | undefined,
	tool: string,
	result: JsonValue | undefined,
	draft: Draft,
): Ending | undefined {
	const pin = entry?.tools.find(candidate => candidate.name === tool);
	if (pin === undefined || result === undefined || isUnfinished(result)) {
		return undefined;
	}
	if (!isToolResult(result)) {
		return { kind: 'failed', why: 'malformed' };
	}
	const schema = pin.reviewed.outputSchema;
	if (schema === undefined || result.isError === true) {
		return undefined;
	}
	draft.schemaValid =
		result.structuredContent !== undefined && matchesSchema(result.structuredContent, schema) === 'valid';
	return draft.schemaValid ? undefined : { kind: 'failed', why: 'schema-mismatch' };
}

/** The same for an answer that brings the result of a task, by `tasks/result` or by `tasks/get` (SEP-2663). */
export function wrongTaskResult(
	{ memory, server }: PathContext,
	entry: ServerEntry | undefined,
	request: { readonly method: string; readonly params: JsonObject },
	outcome: ForwardOutcome,
	draft: Draft,
): Ending | undefined {
	const { taskId } = request.params;
	const result = outcome.kind === 'answered' ? outcome.message.value.result : undefined;
	const brought =
		request.method === 'tasks/result'
			? result
			: request.method === 'tasks/get' && isJsonObject(result)
				? result.result
				: undefined;
	const task = typeof taskId === 'string' ? memory.taskOf(server.name, taskId) : undefined;
	return task === undefined ? undefined : wrongResult(entry, task.tool, brought, draft);
}

function isUnfinished(result: JsonValue): boolean {
	return isJsonObject(result) && (isJsonObject(result.task) || result.resultType === 'task' || asksForInput(result));
}

/** As far as every revision of MCP agrees on it (`CallToolResult`): a list of typed blocks, and a flag. */
function isToolResult(result: JsonValue): result is JsonObject {
	if (!isJsonObject(result)) {
		return false;
	}
	const { content = [], isError = false } = result;
	return (
		typeof isError === 'boolean' &&
		isJsonArray(content) &&
		content.every(block => isJsonObject(block) && typeof block.type === 'string')
	);
}
