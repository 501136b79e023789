// Where questions are asked, in a real editor: notification, panel, the queue behind them, and the keyboard alone.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { suite } from '../lib/harness.mjs';
import { Product } from '../lib/product.mjs';
import { until } from '../lib/wait.mjs';

const surface = 'mcpFirewall.approvalSurface';
const answerWaiting = 'MCP Firewall: Answer Waiting Calls';

suite('Surfaces', { product: true, settings: { [surface]: 'notification' } }, test => {
	test('a notification asks about a calm write, takes no focus, and says what waits behind it', async editor => {
		const { chat, agent, workbench, workspace } = editor;
		await new Product(editor).guard();
		await agent.command('notifications.clearAll');
		await new Product(editor).startOffering('filesystem', 'write_file');
		const before = await chat.send(write(editor, 'notes/before.md'));
		await workbench.clickNotification('notes/before.md', 'Allow Once');
		await before();
		const reply = await chat.send(many(editor, 2, 'notes/toast-{{n}}.md'));
		const { message, buttons } = await workbench.notification('Allow write_file of the MCP server filesystem?');
		await workbench.statusBarItem('MCP 2 waiting');
		await workbench.screenshot('surface-notification');
		assert.equal(await workbench.hasModal(), false);
		assert.match(message, /filesystem\.write\. Path: \S+\/notes\/toast-\d\.md\. Rule: write-workspace/);
		assert.match(message, /Arguments, quoted: \{.*number 9007199254740993/);
		assert.deepEqual(buttons, ['Show Details', 'Allow Once', 'More…', 'Deny']);
		const [one] = /toast-\d/.exec(message);
		const other = one === 'toast-0' ? 'toast-1' : 'toast-0';
		await workbench.clickNotification(one, 'Allow Once');
		await workbench.statusBarItem('MCP 1 waiting');
		await workbench.clickNotification(other, 'More…');
		const { detail, buttons: all } = await workbench.modal('Allow write_file');
		await workbench.screenshot('surface-more');
		assert.ok(all.includes('Allow for Session') && all.includes('Allow in Workspace for 8 hours'), all.join());
		assert.ok(detail.includes(`this tool below ${workspace}/notes, until the session ends`), detail);
		await workbench.clickModal('Deny');
		await reply();
		const texts = JSON.parse((await agent.lastReply()).text);
		assert.equal(texts.filter(text => /Successfully wrote/.test(text)).length, 1, texts.join('\n'));
		assert.equal(texts.filter(text => /approval_denied/.test(text)).length, 1, texts.join('\n'));
		await workbench.statusBarItem('MCP 2/2 guarded');
	});

	test('a call that a notification has no room for is asked about by modal', async editor => {
		const { agent, workbench, workspace } = editor;
		await agent.command('notifications.clearAll');
		// Too long to be typed into the chat.
		const edits = [{ oldText: 'x'.repeat(400), newText: 'y' }];
		const refused = agent.words('edit_file', { path: path.join(workspace, 'notes/ideas.md'), edits });
		const { buttons } = await workbench.modal('notes/ideas.md');
		assert.deepEqual(buttons.toSorted(), ['Deny', 'Show Details']);
		await workbench.clickModal('Deny');
		assert.match(await refused, /approval_denied/);
		await agent.command('notifications.clearAll');
	});

	test('a notification that is closed answers nothing; the keyboard alone brings the question back and answers it', async editor => {
		const { chat, agent, workbench, workspace } = editor;
		const { keyboard } = workbench.page;
		const focused = () => workbench.page.locator(':focus').innerText();
		const reply = await chat.send(write(editor, 'notes/keys.md'));
		await workbench.notification('notes/keys.md');
		await agent.command('notifications.clearAll');
		await workbench.statusBarItem('MCP 1 waiting');
		assert.equal(existsSync(path.join(workspace, 'notes/keys.md')), false);

		// A loaded editor forgets the first half of two keys before it meets the second.
		const bringBack = async () => {
			const press = async timeoutMs => {
				await keyboard.press('Control+K');
				await keyboard.press('Control+Shift+A');
				return workbench.modal('notes/keys.md', timeoutMs);
			};
			await press(10_000).catch(async () => {
				console.log('    the two keys are pressed once more');
				await press();
			});
		};
		await bringBack();
		await until('the focus', async () => (await focused()) === 'Show Details');
		await keyboard.press('Enter');
		const tabs = await until('the details', async () => {
			const all = await workbench.tabs();
			return all.some(tab => tab.startsWith('keys.md: new file')) ? all : undefined;
		});
		await workbench.screenshot('surface-details');
		assert.ok(
			tabs.some(tab => tab.startsWith('write_file.approval')),
			tabs.join(),
		);
		assert.ok(
			tabs.some(tab => tab.startsWith('write_file.arguments')),
			tabs.join(),
		);
		await agent.command('workbench.action.openEditorAtIndex2');
		const json = await until('the arguments', async () => {
			const text = await agent.request('activeText');
			return text?.startsWith('{') ? text : undefined;
		});
		await workbench.screenshot('surface-arguments');
		assert.match(json, /^ {2}"content": "number 9007199254740993"$/m);
		assert.equal(existsSync(path.join(workspace, 'notes/keys.md')), false);

		await bringBack();
		await until('the focus', async () => (await focused()) === 'Show Details');
		for (let press = 0; press < 6 && (await focused()) !== 'Allow Once'; press++) await keyboard.press('Tab');
		assert.equal(await focused(), 'Allow Once');
		await keyboard.press('Enter');
		await reply();
		assert.match((await agent.lastReply()).text, /Successfully wrote/);
		await until(
			'the details to close',
			async () => !(await workbench.tabs()).some(tab => tab.includes('write_file.')),
		);
		await workbench.runCommand(answerWaiting);
		await workbench.notification('No call waits for your answer');
		await agent.command('notifications.clearAll');
	});

	test('a call that ended while its notification stood is not answered by a late click', async editor => {
		const { chat, workbench, workspace } = editor;
		// Another tool than the others: the third denied write would put write_file to rest (X9).
		const reply = await chat.send(`@demo call create_directory {"path":"${path.join(workspace, 'notes/late')}"}`);
		await workbench.notification('notes/late');
		await workbench.runCommand(answerWaiting);
		await workbench.modal('notes/late');
		await workbench.clickModal('Deny');
		await reply();
		await workbench.clickNotification('notes/late', 'Allow Once');
		await workbench.notification('You had answered this question already');
		assert.equal(existsSync(path.join(workspace, 'notes/late')), false);
		await editor.agent.command('notifications.clearAll');
	});

	test('in the panel: one question at a time, the keyboard comes to Show Details, and an answer leads to the next', async editor => {
		const { chat, agent, workbench } = editor;
		const { page } = workbench;
		await agent.request('setting', [surface, 'panel']);
		const reply = await chat.send(many(editor, 3, 'notes/panel-{{n}}.md'));
		await workbench.notification('It waits in the audit panel.');
		await workbench.statusBarItem('MCP 3 waiting');
		assert.equal(await workbench.hasModal(), false);
		await workbench.clickNotification('It waits in the audit panel.', 'Show in Audit Panel');
		const frame = await workbench.webview('mcp-firewall-waiting section');
		const card = frame.locator('mcp-firewall-waiting section');
		const focused = () => card.evaluate(box => box.getRootNode().activeElement?.innerText ?? '');
		const first = await until('the three', async () => {
			const text = await card.innerText();
			return text.includes('2 more calls wait after this.') ? text : undefined;
		});
		await until('the focus', async () => (await focused()) === 'Show Details');
		await workbench.screenshot('surface-panel');
		assert.match(first, /^Allow write_file of the MCP server filesystem\?/);
		assert.match(first, /Quoted, not verified:\s+Arguments: \{/);

		await page.keyboard.press('Tab');
		await until('the focus', async () => (await focused()) === 'Deny');
		await page.keyboard.press('Tab');
		await until('the focus', async () => (await focused()) === 'Allow Once');
		// A yes that comes sooner than the question can be read counts for nothing.
		await card.locator('button[aria-disabled=false]', { hasText: 'Allow Once' }).waitFor();
		await page.keyboard.press('Enter');
		// The next question stands where the first one stood: Enter must not allow it.
		await until('the second', async () => (await card.innerText()).includes('1 more call waits after this.'));
		await until('the focus', async () => (await focused()) === 'Show Details');
		await card.getByRole('button', { name: 'Deny' }).click();
		await until('the third', async () => !(await card.innerText()).includes('after this.'));
		await workbench.screenshot('surface-panel-last');

		await card.getByRole('button', { name: 'Show Details' }).click();
		await until('the details', async () =>
			(await workbench.tabs()).some(tab => tab.startsWith('write_file.approval')),
		);
		await workbench.clickStatusBarItem('MCP 1 waiting');
		await workbench.modal('notes/panel-');
		await workbench.clickModal('Allow Once');
		await reply();
		const texts = JSON.parse((await agent.lastReply()).text);
		assert.equal(texts.filter(text => /Successfully wrote/.test(text)).length, 2, texts.join('\n'));
		await until('an empty queue', async () => (await card.count()) === 0);
	});
});

/** A line that makes @demo write a file; the content holds an integer that doubles cannot. */
function write({ workspace }, name) {
	return `@demo call write_file ${JSON.stringify({ path: path.join(workspace, name), content: 'number 9007199254740993' })}`;
}

function many(editor, count, name) {
	return write(editor, name).replace('call write_file', `call ${count}x write_file`);
}
