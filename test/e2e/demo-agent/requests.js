'use strict';
// The suite's way in: when DEMO_AGENT_DIR names a folder, every `<id>.request.json` put there (written whole, then renamed)
// is carried out inside the extension host and answered by `<id>.response.json`. A window on another folder than
// DEMO_AGENT_WORKSPACE has a folder of its own in there, called like the folder that it has open.
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');
const { lastReply, lines } = require('./show.js');
const { findTool, invoke, startServers } = require('./tools.js');

const operations = {
	ping: () => 'pong',
	startServer: ([label]) => startServers(label),
	tools: () => vscode.lm.tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
	invoke: ([tool, input]) => invoke(findTool(tool), input),
	command: ([id, ...args]) => vscode.commands.executeCommand(id, ...args),
	commands: () => vscode.commands.getCommands(true),
	models: async () => (await vscode.lm.selectChatModels({})).map(({ id, vendor, name }) => ({ id, vendor, name })),
	extension: ([id]) => {
		const found = vscode.extensions.getExtension(id);
		return found && { isActive: found.isActive, version: found.packageJSON.version };
	},
	quickPick: ([items, options]) => vscode.window.showQuickPick(items, options),
	inputBox: ([options]) => vscode.window.showInputBox(options),
	lastReply: () => lastReply(),
	lines: () => lines,
	message: ([text, options, ...buttons]) => vscode.window.showWarningMessage(text, options, ...buttons),
	setting: async ([key, value]) => {
		// JSON has no undefined, which is what removes a setting.
		await vscode.workspace.getConfiguration().update(key, value ?? undefined, vscode.ConfigurationTarget.Global);
	},
	open: async ([file]) => {
		await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false });
	},
	link: ([text]) => vscode.commands.executeCommand('vscode.open', vscode.Uri.parse(text, true)),
	clipboard: () => vscode.env.clipboard.readText(),
	activeText: () => vscode.window.activeTextEditor?.document.getText(),
	edit: async ([file, from, to, unsaved]) => {
		const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
		const at = document.getText().indexOf(from);
		const change = new vscode.WorkspaceEdit();
		const range = new vscode.Range(document.positionAt(at), document.positionAt(at + from.length));
		change.replace(document.uri, range, to);
		await vscode.workspace.applyEdit(change);
		if (!unsaved) await document.save();
	},
	diagnostics: ([file]) =>
		vscode.languages.getDiagnostics(vscode.Uri.file(file)).map(({ message, severity, range, source, code }) => ({
			message,
			severity,
			source,
			code,
			start: range.start,
			end: range.end,
		})),
};

/** Watches the folder; ends with the returned disposable. Without DEMO_AGENT_DIR it does nothing. */
exports.answerRequests = () => {
	const { DEMO_AGENT_DIR: agents, DEMO_AGENT_WORKSPACE: first } = process.env;
	if (!agents) return { dispose() {} };
	const open = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
	const folder = open && first && open !== first ? path.join(agents, path.basename(open)) : agents;
	fs.mkdirSync(folder, { recursive: true });
	const scan = () => {
		for (const name of fs.readdirSync(folder)) if (name.endsWith('.request.json')) void answer(folder, name);
	};
	const timer = setInterval(scan, 50);
	fs.writeFileSync(path.join(folder, 'ready'), String(process.pid));
	return { dispose: () => clearInterval(timer) };
};

async function answer(folder, name) {
	const file = path.join(folder, name);
	const { operation, args } = JSON.parse(fs.readFileSync(file, 'utf8'));
	fs.rmSync(file);
	let response;
	try {
		response = { result: (await operations[operation](args)) ?? null };
	} catch (error) {
		response = { error: error instanceof Error ? error.message : String(error) };
	}
	const target = path.join(folder, name.replace('.request.', '.response.'));
	fs.writeFileSync(`${target}.part`, JSON.stringify(response));
	fs.renameSync(`${target}.part`, target);
}
