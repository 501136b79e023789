// Proves the page objects and the demo agent against the bare editor: what a failure of these means is "the recipe broke",
// not "the product broke". Nothing is guarded here.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from '../lib/harness.mjs';
import { until } from '../lib/wait.mjs';

suite('The recipe', { product: false }, test => {
	test('before anything is guarded, @demo says what to do', async ({ agent, chat }) => {
		await chat.ask('@demo read the readme');
		assert.match((await agent.lastReply()).text, /Guard MCP Servers/);
	});

	test('servers of .vscode/mcp.json start and offer their tools', async ({ agent, fileServers }) => {
		assert.deepEqual(fileServers(), []);
		// The editor learns of the file some time after it starts, and tells extensions of new tools after most of a second.
		await until('the tools', async () => {
			await agent.startServer('*');
			const names = await agent.toolNames();
			return ['_read_text_file', '_fetch_page'].every(tool => names.some(name => name.endsWith(tool)));
		});
		assert.equal(fileServers().length, 1);
	});

	test('@demo reads the readme without a question', async ({ agent, chat, workbench }) => {
		const reply = await chat.ask('@demo read the readme');
		assert.match(reply, /Harbour/);
		assert.match((await agent.lastReply()).text, /tide table/);
		await workbench.screenshot('recipe-chat-reply');
	});

	test('the poisoned page reaches an unguarded agent raw, and the fixture logs the call', async context => {
		await context.chat.ask('@demo fetch the poisoned page');
		// Where an answer has structuredContent the editor hands on only that, not the text blocks.
		assert.match((await context.agent.lastReply()).text, /Disregard your earlier instructions/);
		assert.match(readFileSync(context.fixtureLog, 'utf8'), /"method":"tools\/call"/);
	});

	test('a write asks in the chat: Skip refuses, Allow Once writes', async ({ chat, agent, workspace, workbench }) => {
		const note = path.join(workspace, 'notes/from-the-agent.md');
		const refused = await chat.send('@demo write a note');
		assert.match(await chat.confirmation(), /filesystem \(MCP Server\)/);
		await workbench.screenshot('recipe-chat-confirmation');
		await chat.answerConfirmation('Skip');
		await refused();
		assert.equal(existsSync(note), false);
		const allowed = await chat.send('@demo write a note');
		await chat.chooseConfirmation('Allow Once');
		await allowed();
		assert.match((await agent.lastReply()).text, /Successfully wrote/);
		assert.match(readFileSync(note, 'utf8'), /Written by @demo/);
	});

	test('a call outside the chat asks by modal', async ({ agent, workbench, workspace }) => {
		const answer = agent.invoke('write_file', { path: path.join(workspace, 'notes/modal.md'), content: 'x' });
		const modal = await workbench.modal('Run Write File');
		assert.deepEqual(modal.buttons, ['Cancel', 'Yes']);
		await workbench.clickModal('Yes');
		assert.match((await answer).text, /Successfully wrote/);
	});

	test('modals are read, clicked and dismissed', async ({ agent, workbench }) => {
		const ask = () =>
			agent.request('message', ['May I?', { modal: true, detail: 'One\n<b>two</b>' }, 'Allow Once', 'Deny']);
		const first = ask();
		assert.equal((await workbench.modal('May I?')).detail, 'One\n<b>two</b>');
		await workbench.clickModal('Deny');
		assert.equal(await first, 'Deny');
		const second = ask();
		await workbench.modal('May I?');
		await workbench.dismissModal();
		assert.equal(await second, null);
	});

	test('notifications are read and clicked', async ({ agent, workbench }) => {
		const answer = agent.request('message', ['Something happened.', {}, 'Show', 'Ignore']);
		assert.deepEqual((await workbench.notification('Something happened.')).buttons, ['Show', 'Ignore']);
		await workbench.clickNotification('Something happened.', 'Show');
		assert.equal(await answer, 'Show');
	});

	test('quick picks and input boxes are driven', async ({ agent, workbench }) => {
		const many = agent.request('quickPick', [['alpha', 'beta', 'gamma'], { canPickMany: true, title: 'Which?' }]);
		await workbench.tick('beta');
		await workbench.tick('gamma');
		await workbench.screenshot('recipe-quick-pick');
		await workbench.acceptQuickInput();
		assert.deepEqual(await many, ['beta', 'gamma']);
		const one = agent.request('quickPick', [['alpha', 'beta'], {}]);
		await workbench.choose('beta');
		assert.equal(await one, 'beta');
		const text = agent.request('inputBox', [{ prompt: 'Arguments as JSON' }]);
		await workbench.fillInput('{"a":1}', 'Arguments as JSON');
		assert.equal(await text, '{"a":1}');
	});

	test('commands run by title, webviews and tabs are read, the status bar too', async ({
		agent,
		workbench,
		workspace,
	}) => {
		await agent.request('open', [path.join(workspace, 'README.md')]);
		await workbench.runCommand('Markdown: Open Preview');
		const frame = await workbench.webview('h1', 'Harbour');
		assert.equal(await frame.locator('h1').innerText(), 'Harbour');
		await until('its tab', async () => /README\.md/.test((await workbench.tabs())[0]));
		await workbench.statusBarItem('Layout');
		await workbench.screenshot('recipe-webview');
	});

	test('@demo list tools, then an unknown line gets help', async ({ agent, chat }) => {
		await chat.clear();
		await chat.ask('@demo list tools');
		assert.match((await agent.lastReply()).text, /_write_file/);
		assert.match(await chat.ask('@demo sing'), /read the readme/);
		assert.match(await chat.ask('@demo call list_allowed_directories {}'), /harbour/);
	});
});
