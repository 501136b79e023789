import { completable, fromJsonSchema, McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { PNG, textFile } from './media.mjs';
import { promptWithContext, rounds, stateCodec } from './rounds.mjs';
import { tools } from './tools.mjs';

const WATCHED = 'test://watched-resource';
const listChanged = { listChanged: true };
const userText = text => ({ role: 'user', content: { type: 'text', text } });

/**
 * A server with everything that the conformance suites call, for both eras (2025-11-25 and 2026-07-28).
 *
 * @param {{ era: 'legacy' | 'modern' }} context who will be served
 * @param {(server: McpServer, list: 'tools' | 'prompts') => void} changed tells whoever listens that a list has changed
 */
export function conformanceServer({ era }, changed) {
	const server = new McpServer(
		{ name: 'mcp-firewall-conformance', version: '1.0.0', title: 'Conformance server of MCP Firewall' },
		{
			instructions: 'Call the tools whose names begin with test_.',
			capabilities: {
				tools: listChanged,
				prompts: listChanged,
				resources: { ...listChanged, subscribe: true },
				completions: {},
				logging: {},
			},
			requestState: { verify: stateCodec.verify },
		},
	);
	for (const { name, about, input, run } of [...tools(list => changed(server, list)), ...rounds])
		server.registerTool(name, { description: about, inputSchema: fromJsonSchema(input) }, run);
	addPrompts(server);
	addResources(server);
	// 2026-07-28 has neither: a handler would make the server answer to methods that are gone.
	if (era === 'legacy') addSubscriptions(server);
	return server;
}

function addPrompts(server) {
	const words = ['parse', 'park', 'party', 'test'];
	const suggest = typed => words.filter(word => word.startsWith(typed));
	const word = about => completable(z.string().describe(about), suggest);
	server.registerPrompt('test_simple_prompt', { description: 'A prompt without arguments' }, () => ({
		messages: [userText('This is a simple prompt for testing.')],
	}));
	const withArguments = z.object({ arg1: word('First test argument'), arg2: word('Second test argument') });
	server.registerPrompt(
		'test_prompt_with_arguments',
		{ description: 'A prompt with two arguments', argsSchema: withArguments },
		({ arg1, arg2 }) => ({ messages: [userText(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] }),
	);
	server.registerPrompt(
		'test_prompt_with_embedded_resource',
		{
			description: 'A prompt with a file in it',
			argsSchema: z.object({ resourceUri: z.string().describe('URI of the file') }),
		},
		({ resourceUri }) => ({
			messages: [
				{ role: 'user', content: textFile(resourceUri, 'Embedded resource content for testing.') },
				userText('Please process the embedded resource above.'),
			],
		}),
	);
	server.registerPrompt('test_prompt_with_image', { description: 'A prompt with a picture in it' }, () => ({
		messages: [
			{ role: 'user', content: { type: 'image', data: PNG, mimeType: 'image/png' } },
			userText('Please analyze the image above.'),
		],
	}));
	server.registerPrompt(
		'test_input_required_result_prompt',
		{ description: 'A prompt that asks for its context first' },
		promptWithContext,
	);
}

function addResources(server) {
	const text = { mimeType: 'text/plain' };
	const about = description => ({ ...text, description });
	server.registerResource('static-text', 'test://static-text', about('A text that never changes'), ({ href }) => ({
		contents: [{ uri: href, ...text, text: 'This is the content of the static text resource.' }],
	}));
	server.registerResource(
		'static-binary',
		'test://static-binary',
		{ mimeType: 'image/png', description: 'A picture that never changes' },
		({ href }) => ({ contents: [{ uri: href, mimeType: 'image/png', blob: PNG }] }),
	);
	server.registerResource('watched', WATCHED, about('A text to subscribe to'), ({ href }) => ({
		contents: [{ uri: href, ...text, text: 'Watched.' }],
	}));
	server.registerResource(
		'template',
		new ResourceTemplate('test://template/{id}/data', { list: undefined }),
		{ mimeType: 'application/json', description: 'Data of one id' },
		({ href }, { id }) => ({
			contents: [
				{
					uri: href,
					mimeType: 'application/json',
					text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
				},
			],
		}),
	);
}

function addSubscriptions(server) {
	const watched = new Set();
	server.server.setRequestHandler('resources/subscribe', ({ params }) => {
		watched.add(params.uri);
		return {};
	});
	server.server.setRequestHandler('resources/unsubscribe', ({ params }) => {
		watched.delete(params.uri);
		return {};
	});
}
