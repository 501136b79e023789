'use strict';
// The demo agent: a scripted stand-in for a model, so that real MCP tool calls can be driven from the chat view without
// an account. What a tool answers is shown as plain data, in a code block. Never part of the product's VSIX.
const vscode = require('vscode');
const { lines, show } = require('./show.js');
const { script } = require('./script.js');
const { answerRequests } = require('./requests.js');
const { findTool, invoke, NoSuchTool, startGuardedServers, startServers } = require('./tools.js');

exports.activate = context => {
	context.subscriptions.push(
		vscode.lm.registerLanguageModelChatProvider('mcp-firewall-demo', scriptedModel),
		vscode.chat.createChatParticipant('mcp-firewall-demo.demo', counted),
		vscode.commands.registerCommand('demoAgent.startServer', startServers),
		vscode.commands.registerCommand('demoAgent.invoke', (tool, input) => invoke(findTool(tool), input)),
		vscode.commands.registerCommand('demoAgent.listTools', () => vscode.lm.tools.map(tool => tool.name)),
		answerRequests(),
	);
	// The editor asks a provider for its models only when somebody wants one; until then the chat view refuses to send.
	void vscode.lm.selectChatModels({ vendor: 'mcp-firewall-demo' });
};

/** A model only so that the chat view opens; it never decides anything. */
const scriptedModel = {
	provideLanguageModelChatInformation: () => [
		{
			id: 'scripted',
			name: 'Scripted',
			family: 'scripted',
			version: '1',
			maxInputTokens: 100_000,
			maxOutputTokens: 10_000,
			capabilities: { toolCalling: true, imageInput: false },
		},
	],
	provideLanguageModelChatResponse: async (_model, _messages, _options, progress) =>
		progress.report(new vscode.LanguageModelTextPart('I only follow scripts. Type @demo help.')),
	provideTokenCount: async (_model, text) => JSON.stringify(text).length / 4,
};

async function counted(...args) {
	lines.given++;
	try {
		await handle(...args);
	} finally {
		lines.done++;
	}
}

async function handle(request, _context, stream, token) {
	const plan = script(request.prompt);
	if (plan.kind === 'help') {
		stream.markdown(plan.text);
		return;
	}
	try {
		if (plan.kind === 'list') {
			await startGuardedServers();
			show(
				stream,
				'tools',
				vscode.lm.tools.map(tool => tool.name).filter(name => name.startsWith('mcp_')),
			);
			return;
		}
		if (plan.kind === 'row') {
			const texts = [];
			for (const name of plan.tools) {
				const end = invoke(findTool(name), plan.input, request.toolInvocationToken, token);
				texts.push(await end.then(({ text }) => text, String));
			}
			show(stream, 'answers', texts);
			return;
		}
		let tool = findTool(plan.tool);
		const start = async () => {
			stream.progress('Starting the guarded servers');
			await startGuardedServers();
			tool = findTool(plan.tool);
		};
		if (!tool) await start();
		const call = input => invoke(tool, input, request.toolInvocationToken, token);
		if (plan.kind === 'calls' && tool) {
			const ends = await Promise.allSettled(plan.inputs.map(call));
			const texts = ends.map(end => (end.status === 'fulfilled' ? end.value.text : String(end.reason)));
			show(stream, `answers of ${tool.name}`, texts);
			return;
		}
		const callOnceMore = async error => {
			if (!(error instanceof NoSuchTool)) throw error;
			// It was there a moment ago.
			if (tool) await start();
			return call(plan.input);
		};
		const answer = await call(plan.input).catch(callOnceMore);
		show(stream, `answer of ${tool.name}`, answer.text);
	} catch (error) {
		if (error instanceof NoSuchTool) {
			const advice = 'Run "MCP Firewall: Guard MCP Servers…" first.';
			show(stream, 'no tool', `No guarded server offers ${plan.tool}. ${advice}`);
			return;
		}
		show(stream, `error of ${plan.tool ?? 'list'}`, error instanceof Error ? error.message : String(error));
	}
}
