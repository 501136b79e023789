// Guarded servers for harnesses other than the editor's own chat: a client outside of it, started by what "Copy Launch for
// Another Client…" copies, and VS Code's Agent Host, which has a definition's launch and nothing else. The tests build on each
// other; the last one closes the editor.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { node24, root } from '../../../scripts/lib/install.mjs';
import { processesNaming } from '../../../scripts/lib/process.mjs';
import { suite } from '../lib/harness.mjs';
import { Product } from '../lib/product.mjs';
import { until } from '../lib/wait.mjs';

const copy = 'MCP Firewall: Copy Launch for Another Client…';
const sdk = path.join(root, 'test/e2e/node_modules/code-server/lib/vscode/node_modules/@github/copilot-sdk/dist/index.js');

suite('Other clients', { product: true }, test => {
	test('Copy Launch… puts a launch without a secret into the clipboard', async editor => {
		const { workbench, agent, home, workspace } = editor;
		await new Product(editor).guard();
		await workbench.clearNotifications();
		await workbench.runCommand(copy);
		await workbench.choose('filesystem');
		await until('the clients', async () => (await workbench.quickInputText()).startsWith('Copy Launch of'));
		assert.equal((await workbench.quickPickRows()).length, 5);
		await workbench.screenshot('copy-launch-clients');
		await workbench.choose('Claude Code');
		await workbench.notification('for Claude Code is in the clipboard');
		await workbench.screenshot('copy-launch-notice');
		const line = await agent.request('clipboard');
		assert.match(line, /^claude mcp add --transport stdio filesystem -- /);
		await workbench.clearNotifications();
		editor.entry = (await copied(editor)).filesystem;
		assert.equal(editor.entry.args[0], path.join(home, '.mcp-firewall/connect.cjs'));
		assert.deepEqual(editor.entry.args.slice(2), ['--workspace', workspace]);
		const [window] = windowFiles(home);
		for (const { token } of window.servers) assert.ok(!JSON.stringify([line, editor.entry]).includes(token));
		await workbench.clearNotifications();
	});

	test('the editor’s own chat reaches the guarded server without a process in between', async editor => {
		const product = new Product(editor);
		await product.start('filesystem');
		await editor.chat.ask('@demo read the readme');
		assert.match((await editor.agent.lastReply()).text, /tide table/);
		assert.deepEqual(processesNaming('connect.cjs', editor.workspace), []);
	});

	test('a call of an outside client shows up in panel and trail', async editor => {
		const { workspace } = editor;
		const product = new Product(editor);
		editor.outside = await outside(editor);
		const { tools } = await editor.outside.listTools();
		assert.ok(tools.some(({ name }) => name === 'write_file'));
		const file = path.join(workspace, 'README.md');
		const answer = await editor.outside.callTool({ name: 'read_text_file', arguments: { path: file } });
		assert.match(JSON.stringify(answer), /tide table/);
		const entry = product.lastCall(({ tool }) => tool === 'read_text_file');
		assert.equal(entry.outcome, 'answered');
		const panel = await product.panel();
		await panel.rowsWhere('two reads', rows => rows.filter(({ tool }) => tool === 'read_text_file').length >= 2);
	});

	test('its write asks the person in the editor, who sees which client it is', async editor => {
		const { workbench, workspace, outside } = editor;
		const file = path.join(workspace, 'notes/from-outside.md');
		const write = { name: 'write_file', arguments: { path: file, content: 'from outside' } };
		const call = outside.callTool(write);
		const { detail } = await workbench.modal('Allow write_file');
		await workbench.screenshot('outside-approval');
		assert.match(detail, /^Asked by: a client that calls itself “outside-client/m);
		assert.equal(existsSync(file), false);
		await workbench.clickModal('Allow Once');
		assert.match(JSON.stringify(await call), /Successfully wrote/);
		const denied = outside.callTool({ ...write, arguments: { path: file, content: 'again' } });
		await workbench.modal('Allow write_file');
		await workbench.clickModal('Deny');
		await assert.rejects(denied, /approval_denied/);
		assert.equal(readFileSync(file, 'utf8'), 'from outside');
	});

	test('a reloaded window serves the same client on', async editor => {
		const { workbench, workspace, outside, home } = editor;
		const [before] = windowFiles(home);
		await workbench.page.reload();
		await until('the next window', () => windowFiles(home).some(({ id, servers }) => id !== before.id && servers.length));
		const file = path.join(workspace, 'README.md');
		const answer = await outside.callTool({ name: 'read_text_file', arguments: { path: file } });
		assert.match(JSON.stringify(answer), /tide table/);
	});

	test('Agent Host’s own runtime cannot reach a socket by its URL, and reaches the server by the launch', async editor => {
		const [window] = windowFiles(editor.home);
		const { uri, token } = window.servers.find(({ name }) => name === 'filesystem');
		const headers = { Authorization: `Bearer ${token}` };
		const seen = await agentHost(editor, {
			socket: { type: 'http', url: uri, tools: ['*'], headers },
			launch: projected(editor),
		});
		console.log(`    socket URL: ${seen.servers.socket}; launch: ${seen.servers.launch}`);
		assert.match(seen.servers.socket, /invalid MCP server URL/);
		assert.equal(seen.servers.launch, 'connected');
		assert.match(seen.result, /tide table/);
	});

	test('Agent Host outlives the window: the same launch goes on, guarded, where nobody approves', async editor => {
		await editor.outside.close();
		await editor.stopEditor();
		const seen = await agentHost(editor, { launch: projected(editor) });
		assert.equal(seen.servers.launch, 'connected');
		assert.match(seen.result, /tide table/);
		const file = path.join(editor.workspace, 'notes/nobody.md');
		const refused = await agentHost(editor, { launch: projected(editor) }, 'write_file', { path: file, content: 'x' });
		assert.match(refused.result, /approval_unavailable/);
		assert.equal(existsSync(file), false);
	});
});

/** The entry that is copied for "Other…". */
async function copied({ workbench, agent }) {
	await workbench.runCommand(copy);
	await workbench.choose('filesystem');
	await until('the clients', async () => (await workbench.quickInputText()).startsWith('Copy Launch of'));
	await workbench.choose('Other…');
	await workbench.notification('for Other… is in the clipboard');
	return JSON.parse(await agent.request('clipboard')).mcpServers;
}

/** What the windows say of themselves. */
function windowFiles(home) {
	const folder = path.join(home, '.mcp-firewall/windows');
	return readdirSync(folder)
		.filter(name => name.endsWith('.json'))
		.map(name => JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
}

/** A client started by the copied entry alone. */
async function outside({ entry, home }) {
	const client = new Client({ name: 'outside-client', version: '1' });
	const env = { PATH: process.env.PATH, HOME: home, ...entry.env };
	const transport = new StdioClientTransport({ ...entry, env, cwd: root, stderr: 'inherit' });
	await client.connect(transport);
	return client;
}

/** What Agent Host makes of our definition: the shim of the extension itself, projected. */
function projected({ entry, profileFolder }) {
	const extensions = path.join(profileFolder, 'extensions');
	const own = readdirSync(extensions).find(name => name.startsWith('mcp-firewall.mcp-firewall-'));
	const [, ...args] = entry.args;
	const shim = path.join(extensions, own, 'dist/connect.cjs');
	return { type: 'local', command: entry.command, args: [shim, ...args], tools: ['*'] };
}

async function agentHost({ home, workspace }, servers, tool = 'read_text_file', args) {
	const given = args ?? { path: path.join(workspace, 'README.md') };
	const request = JSON.stringify({ servers, tool, arguments: given, folder: workspace });
	const script = path.join(root, 'test/e2e/lib/agentHostRuntime.mjs');
	const env = { PATH: process.env.PATH, HOME: home };
	const { stdout } = await promisify(execFile)(node24(), [script, sdk, request], { env, timeout: 150_000 });
	return JSON.parse(stdout.trim().split('\n').at(-1));
}
