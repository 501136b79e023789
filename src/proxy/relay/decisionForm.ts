import { type JsonObject } from '../../base/json';

/** The parameters of an `elicitation/create` in form mode (MCP 2025-11-25 client/elicitation) that asks for one of these words. */
export function decisionForm(lines: readonly string[], words: readonly string[], preset: string): JsonObject {
	return {
		mode: 'form',
		message: lines.join('\n'),
		requestedSchema: {
			type: 'object',
			properties: { decision: { type: 'string', title: 'Decision', enum: words, default: preset } },
			required: ['decision'],
		},
	};
}
