'use strict';
const vscode = require('vscode');

/** Starts servers and waits for their tools: `*` for all, a label for one of MCP Firewall's, or a full server id. */
exports.startServers = async (label, publisher = 'mcp-firewall.mcp-firewall') => {
	const id = label === '*' || label.includes('/') || label.startsWith('mcp.config') ? label : `${publisher}/${label}`;
	await vscode.commands.executeCommand('workbench.mcp.startServer', id, {
		waitForLiveTools: true,
		autoTrustChanges: true,
	});
	return id;
};

/** Starts what MCP Firewall guards of the sample workspace; servers nobody guarded stay as they are. */
exports.startGuardedServers = () => Promise.all(['filesystem', 'poisoned'].map(label => exports.startServers(label)));

/** The MCP tool with this name or name's end; with several, the one registered last. */
exports.findTool = wanted =>
	vscode.lm.tools.findLast(
		tool => tool.name === wanted || (tool.name.startsWith('mcp_') && tool.name.endsWith(`_${wanted}`)),
	);

/** Says that nobody offers the tool. */
class NoSuchTool extends Error {
	constructor() {
		super('No such tool.');
	}
}
exports.NoSuchTool = NoSuchTool;

/**
 * Calls a tool the way a model would. Returns its text and every part of the answer; errors pass through. The editor tells
 * extensions up to 750 ms late which tools it has: one that `findTool` still found and that is gone is none, either.
 */
exports.invoke = async (tool, input, toolInvocationToken, cancellation) => {
	if (!tool) throw new NoSuchTool();
	const call = { input: input ?? {}, toolInvocationToken };
	const result = await vscode.lm.invokeTool(tool.name, call, cancellation).then(undefined, error => {
		throw /^Tool \S+ was not contributed$/.test(error.message) ? new NoSuchTool() : error;
	});
	const parts = result.content.map(part => {
		if (part instanceof vscode.LanguageModelTextPart) return { kind: 'text', text: part.value };
		if (part instanceof vscode.LanguageModelDataPart) {
			const text = /json|text/.test(part.mimeType) ? Buffer.from(part.data).toString('utf8') : undefined;
			return { kind: 'data', mimeType: part.mimeType, bytes: part.data.byteLength, text };
		}
		return { kind: 'other', text: JSON.stringify(part) };
	});
	return { tool: tool.name, text: parts.map(part => part.text ?? `(${part.bytes} bytes)`).join('\n'), parts };
};
