import { setTimeout as delay } from 'node:timers/promises';
import { PNG, said, textFile, WAV } from './media.mjs';

const STEP_MS = 50;
const nothing = { type: 'object', properties: {} };
const oneText = name => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] });

/** What the suite lists tools of JSON Schema 2020-12 for: each of these keywords has to arrive. */
const rich = {
	$schema: 'https://json-schema.org/draft/2020-12/schema',
	type: 'object',
	$defs: {
		address: {
			$anchor: 'addressDef',
			type: 'object',
			properties: { street: { type: 'string' }, city: { type: 'string' } },
		},
	},
	properties: {
		name: { type: 'string' },
		address: { $ref: '#/$defs/address' },
		contactMethod: { type: 'string', enum: ['phone', 'email'] },
		phone: { type: 'string' },
		email: { type: 'string' },
	},
	allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
	if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
	then: { required: ['phone'] },
	else: { required: ['email'] },
	additionalProperties: false,
};

const defaults = {
	type: 'object',
	properties: {
		name: { type: 'string', default: 'John Doe' },
		age: { type: 'integer', default: 30 },
		score: { type: 'number', default: 95.5 },
		status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
		verified: { type: 'boolean', default: true },
	},
};

const titled = names => names.map((title, index) => ({ const: `value${index + 1}`, title }));
const options = ['option1', 'option2', 'option3'];
const enums = {
	type: 'object',
	properties: {
		untitledSingle: { type: 'string', enum: options },
		titledSingle: { type: 'string', oneOf: titled(['First Option', 'Second Option', 'Third Option']) },
		legacyEnum: {
			type: 'string',
			enum: ['opt1', 'opt2', 'opt3'],
			enumNames: ['Option One', 'Option Two', 'Option Three'],
		},
		untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
		titledMulti: { type: 'array', items: { anyOf: titled(['First Choice', 'Second Choice', 'Third Choice']) } },
	},
};

const contact = {
	type: 'object',
	properties: {
		username: { type: 'string', description: 'Name of the user' },
		email: { type: 'string', description: 'Address of the user' },
	},
	required: ['username', 'email'],
};

async function ask(context, message, requestedSchema) {
	const { action, content } = await context.mcpReq.elicitInput({ message, requestedSchema });
	return said(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);
}

/**
 * The tools that 2025-11-25 and 2026-07-28 share or that only 2025-11-25 has. `changed` tells whoever listens that a list
 * has changed.
 *
 * @param {(list: 'tools' | 'prompts') => void} changed
 * @returns {readonly { name: string, about: string, input?: object, run: (args: object, context: object) => object }[]}
 */
export const tools = changed =>
	[
		{
			name: 'test_simple_text',
			about: 'Answers with one text',
			run: () => said('This is a simple text response for testing.'),
		},
		{
			name: 'test_image_content',
			about: 'Answers with a picture',
			run: () => ({ content: [{ type: 'image', data: PNG, mimeType: 'image/png' }] }),
		},
		{
			name: 'test_audio_content',
			about: 'Answers with a sound',
			run: () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
		},
		{
			name: 'test_embedded_resource',
			about: 'Answers with a file',
			run: () => ({ content: [textFile('test://embedded-resource', 'This is an embedded resource content.')] }),
		},
		{
			name: 'test_multiple_content_types',
			about: 'Answers with a text, a picture and a file',
			run: () => ({
				content: [
					...said('Multiple content types test:').content,
					{ type: 'image', data: PNG, mimeType: 'image/png' },
					textFile('test://mixed-content-resource', '{"test":"data","value":123}', 'application/json'),
				],
			}),
		},
		{
			name: 'test_error_handling',
			about: 'Always fails',
			run: () => {
				throw new Error('This tool intentionally returns an error for testing');
			},
		},
		{
			name: 'test_tool_with_logging',
			about: 'Writes three lines to the log',
			run: async (_, context) => {
				await context.mcpReq.log('info', 'Tool execution started');
				await delay(STEP_MS);
				await context.mcpReq.log('info', 'Tool processing data');
				await delay(STEP_MS);
				await context.mcpReq.log('info', 'Tool execution completed');
				return said('Logged three lines.');
			},
		},
		{
			name: 'test_logging_tool',
			about: 'Writes one line to the log, if the request asks for a log',
			run: async (_, context) => {
				await context.mcpReq.log('info', 'A line that only those get who asked');
				return said('Logged one line.');
			},
		},
		{
			name: 'test_tool_with_progress',
			about: 'Reports progress twice on its way',
			run: async (_, context) => {
				const progressToken = context.mcpReq._meta?.progressToken;
				for (const progress of [0, 50, 100]) {
					if (progressToken !== undefined) {
						const params = { progressToken, progress, total: 100 };
						await context.mcpReq.notify({ method: 'notifications/progress', params });
					}
					if (progress < 100) await delay(STEP_MS);
				}
				return said('All of it is done.');
			},
		},
		{
			name: 'test_sampling',
			about: 'Asks the model of the client',
			input: oneText('prompt'),
			run: async ({ prompt }, context) => {
				const messages = [{ role: 'user', content: { type: 'text', text: prompt } }];
				const { content } = await context.mcpReq.requestSampling({ messages, maxTokens: 100 });
				return said(`LLM response: ${content.text ?? JSON.stringify(content)}`);
			},
		},
		{
			name: 'test_elicitation',
			about: 'Asks the person',
			input: oneText('message'),
			run: ({ message }, context) => ask(context, message, contact),
		},
		{
			name: 'test_elicitation_sep1034_defaults',
			about: 'Asks the person with values filled in',
			run: (_, context) => ask(context, 'Check what is filled in', defaults),
		},
		{
			name: 'test_elicitation_sep1330_enums',
			about: 'Asks the person to choose',
			run: (_, context) => ask(context, 'Choose', enums),
		},
		{
			name: 'test_reconnection',
			about: 'Closes the stream of its answer before the answer',
			run: async (_, context) => {
				context.http?.closeSSE?.();
				await delay(STEP_MS * 2);
				return said('Reconnected.');
			},
		},
		{
			name: 'json_schema_2020_12_tool',
			about: 'Takes what JSON Schema 2020-12 can say',
			input: rich,
			run: args => said(JSON.stringify(args)),
		},
		{
			name: 'test_region_header',
			about: 'Has a parameter that HTTP carries in a header as well',
			input: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
			run: ({ region }) => said(`Region: ${region ?? 'none'}`),
		},
		...['tool', 'prompt'].map(kind => ({
			name: `test_trigger_${kind}_change`,
			about: `Says that the list of ${kind}s has changed`,
			run: () => {
				changed(`${kind}s`);
				return said('Told.');
			},
		})),
	].map(tool => ({ input: nothing, ...tool }));
