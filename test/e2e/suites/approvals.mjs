// Approvals in a real editor: what a yes and a no are remembered for, how they are taken back, and what a flood of questions
// becomes. The tests build on each other.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { suite } from '../lib/harness.mjs';
import { Product } from '../lib/product.mjs';
import { until } from '../lib/wait.mjs';

const manage = 'MCP Firewall: Manage Grants…';
const workspaceButton = 'Allow in Workspace for 8 hours';

suite('Approvals', { product: true }, test => {
	test('the question names what a yes would cover, and for how long', async editor => {
		const { chat, agent, workbench, workspace } = editor;
		await new Product(editor).guard();
		await workbench.clearNotifications();
		await new Product(editor).startOffering('filesystem', 'write_file');
		const reply = await chat.send(write(editor, 'notes/first.md'));
		const { message, detail, buttons } = await new Product(editor).onlyQuestion('Allow write_file');
		await workbench.screenshot('approval-modal');
		assert.equal(message, 'Allow write_file of the MCP server filesystem?');
		const lines = detail.split('\n');
		const at = pattern => {
			const found = lines.findIndex(line => pattern.test(line));
			assert.ok(found >= 0, `${pattern} is not in\n${detail}`);
			return found;
		};
		const order = [
			/^Asked by: a client that calls itself “/,
			/^Capability: filesystem\.write$/,
			new RegExp(`^Path: ${workspace}/notes/first\\.md$`),
			/^Goes to the program: /,
			/^Rule: write-workspace \(balanced\.yaml:\d+\), your policy/,
			/^Effect: /,
			new RegExp(`^Allow for Session covers: this tool below ${workspace}/notes, until the session ends$`),
			new RegExp(
				`^Allow for 1 Hour covers: every filesystem\\.write of this server below ${workspace}, in this session, until `,
			),
			new RegExp(
				`^${workspaceButton} covers: this tool below ${workspace}/notes, in every session of this workspace, until [\\d: -]+$`,
			),
			/^Answer by \d\d:\d\d:\d\d, else it is denied\.$/,
			/^Quoted, not verified:$/,
			/^Arguments: \{/,
			/^The server says of this tool: /,
		].map(at);
		assert.deepEqual(
			order,
			order.toSorted((a, b) => a - b),
			detail,
		);
		assert.ok(lines.length <= 25, detail);
		assert.deepEqual(buttons.toSorted(), [
			'Allow Once',
			'Allow for 1 Hour',
			'Allow for Session',
			workspaceButton,
			'Deny',
			'Show Details',
		]);
		assert.equal(await workbench.page.locator(':focus').innerText(), 'Show Details');

		await workbench.clickModal('Show Details');
		const text = await until('the details', async () => {
			await agent.command('workbench.action.openEditorAtIndex1');
			const active = await agent.request('activeText');
			return active?.includes('amounts to this rule') ? active : undefined;
		});
		await workbench.page.locator('.tab').filter({ hasText: 'write_file.approval' }).click();
		await workbench.screenshot('approval-details');
		assert.match(text, /allow:\n +- servers: \["filesystem"\]\n +tools: \["write_file"\]/);
		assert.match(text, /^│ {3}"content": "number 9007199254740993"/m);
		await workbench.clickStatusBarItem('MCP 1 waiting');
		await workbench.modal('Allow write_file');
		await workbench.clickModal(workspaceButton);
		await reply();
		assert.match((await agent.lastReply()).text, /Successfully wrote/);
		const events = new Product(editor).trail().map(({ entry }) => entry.event);
		assert.ok(events.includes('grant-made'));
	});

	test('a workspace grant covers its folder, also after the window was reloaded', async editor => {
		const { chat, agent, workbench } = editor;
		await chat.ask(write(editor, 'notes/second.md'));
		assert.match((await agent.lastReply()).text, /Successfully wrote/);
		assert.equal(await workbench.hasModal(), false);

		await reload(editor);
		const reply = await chat.send(write(editor, 'notes/third.md'));
		assert.deepEqual(await new Product(editor).countQuestions(reply), { editor: 0, ours: 0 });
		assert.match((await agent.lastReply()).text, /Successfully wrote/);
		assert.equal((await lastWrite(editor)).approval.outcome, 'grant');
		assert.equal(await workbench.hasModal(), false);
	});

	test('Manage Grants lists it with its reach, its end and its uses, and shows the rule it amounts to', async editor => {
		const { agent, workbench, workspace } = editor;
		await workbench.runCommand(manage);
		const [row] = await workbench.quickPickRows();
		await workbench.screenshot('grants');
		assert.match(row, /^Allowed: filesystem\/write_file/);
		assert.match(row, /workspace · expires in 7 h 5\d min · used 1 time in this window/);
		assert.ok(row.includes(`This tool below ${workspace}/notes · made `), row);
		await clickItemButton(workbench, 'Allowed: filesystem/write_file', 'Show the rule that this grant amounts to');
		const rule = await until('the rule', async () => {
			const active = await agent.request('activeText');
			return active?.includes('path_prefix') ? active : undefined;
		});
		await workbench.notification('put its rule below “allow:” in your policy');
		await workbench.screenshot('grant-rule');
		assert.ok(rule.includes(`path_prefix: "${workspace}/notes"`), rule);
		assert.match(rule, /until: "\d{4}-\d\d-\d\dT/);
		await workbench.clickNotification('put its rule below “allow:”', 'Copy and Open Policy');
		await workbench.modal('A preset is in force');
		await workbench.clickModal('Just Look');
		await until('the policy', async () => /^policy_name: balanced$/m.test(await agent.request('activeText')));
		await workbench.runCommand('View: Close All Editors');
	});

	test('taken back there, the next call asks; the list says that it is empty', async editor => {
		const { chat, workbench } = editor;
		await workbench.runCommand(manage);
		await clickItemButton(workbench, 'Allowed: filesystem/write_file', 'Revoke: the next such call asks again');
		await until('an empty list', async () =>
			(await workbench.quickPickRows())[0].startsWith('Nothing is remembered'),
		);
		await workbench.screenshot('grants-empty');
		await workbench.page.keyboard.press('Escape');
		const reply = await chat.send(write(editor, 'notes/fourth.md'));
		await workbench.modal('Allow write_file');
		await workbench.dismissModal();
		await reply();
		assert.equal(existsSync(path.join(editor.workspace, 'notes/fourth.md')), false);
		const events = new Product(editor).trail().map(({ entry }) => entry.event);
		assert.ok(events.includes('grant-revoked'));
	});

	test('a denied call is refused without a question until Ask Again', async editor => {
		const { chat, agent, workbench } = editor;
		await workbench.clearNotifications();
		const line = write(editor, 'notes/denied.md');
		const denied = await chat.send(line);
		await workbench.modal('notes/denied.md');
		await workbench.clickModal('Deny');
		await denied();
		await chat.ask(line);
		assert.match((await agent.lastReply()).text, /AgentActionBlocked: .*reason=approval_denied_before/);
		assert.equal(await workbench.hasModal(), false);
		await workbench.notification('without asking, because you denied this very call before');
		await workbench.screenshot('denied-before');
		await workbench.clickNotification('because you denied this very call', 'Ask Again');
		await workbench.statusBarItem('the next such call asks you again');
		const again = await chat.send(line);
		await workbench.modal('notes/denied.md');
		await workbench.clickModal('Allow Once');
		await again();
		assert.match((await agent.lastReply()).text, /Successfully wrote/);
		await workbench.clearNotifications();
	});

	test('two identical calls raise one question; Allow Once lets one of them go', async editor => {
		const { chat, agent, workbench, workspace } = editor;
		const reply = await chat.send(many(editor, 2, 'notes/twin.md'));
		await workbench.modal('notes/twin.md');
		await workbench.statusBarItem('MCP 2 waiting');
		await workbench.clickModal('Allow Once');
		const { detail } = await workbench.modal('You allowed an identical call once. This is another one.');
		assert.ok(detail.includes('notes/twin.md'));
		await workbench.statusBarItem('MCP 1 waiting');
		await workbench.screenshot('approval-again');
		await workbench.dismissModal();
		await reply();
		const texts = JSON.parse((await agent.lastReply()).text);
		assert.deepEqual(
			texts.map(text => /Successfully wrote/.test(text)).toSorted(),
			[false, true],
			texts.join('\n'),
		);
		const received = new Product(editor)
			.received()
			.filter(({ arguments: { path: at } }) => at?.endsWith('twin.md'));
		assert.equal(received.length, 1);
		assert.ok(existsSync(path.join(workspace, 'notes/twin.md')));
		await workbench.clearNotifications();
	});

	test('a flood becomes one question, which can allow nothing; Deny All puts the tool to rest', async editor => {
		const { chat, agent, workbench, workspace } = editor;
		// Escape is a no, and three of them with changed arguments put a tool to rest (X9): begin anew.
		await reload(editor);
		const first = await chat.send(write(editor, 'notes/before.md'));
		await new Product(editor).onlyQuestion('notes/before.md');
		await workbench.clickModal('Allow Once');
		await first();
		const before = new Product(editor).received().length;
		const reply = await chat.send(many(editor, 12, 'notes/flood-{{n}}.md'));
		await Promise.race([
			workbench.modal('notes/flood-'),
			reply().then(text => assert.fail(`nobody was asked: ${text}`)),
		]);
		await workbench.statusBarItem('MCP 12 waiting');
		// The question that is shown cannot be taken back; the pause comes before all that wait to be shown.
		await workbench.dismissModal();
		const { message, detail, buttons } = await workbench.modal('wait for an answer');
		await workbench.screenshot('pause');
		assert.match(message, /^1[12] calls wait for an answer\. Review them\?$/);
		assert.match(detail, /^filesystem\/write_file ×9 \(filesystem\.write\)\n… and [23] calls since then$/m);
		assert.deepEqual(buttons.toSorted(), ['Deny All', 'Refuse These', 'Review One by One']);
		assert.equal(await workbench.page.locator(':focus').innerText(), 'Review One by One');
		await workbench.clickModal('Deny All');
		await reply();
		const texts = JSON.parse((await agent.lastReply()).text);
		assert.ok(
			texts.every(text => text.includes('AgentActionBlocked')),
			texts.join('\n'),
		);
		assert.equal(new Product(editor).received().length, before);
		assert.equal(await workbench.hasModal(), false);

		await chat.ask(write(editor, 'notes/after.md'));
		assert.match((await agent.lastReply()).text, /AgentActionBlocked: .*reason=tool_suspended/);
		assert.equal(existsSync(path.join(workspace, 'notes/after.md')), false);
		await workbench.runCommand(manage);
		await until('the list', async () => (await workbench.quickPickRows()).some(row => row.startsWith('Rests: ')));
		await workbench.screenshot('grants-rests');
		await workbench.page.locator('.quick-input-titlebar [aria-label^="Revoke all"]').click();
		await workbench.notification(/\d+ answers? taken back\./);
		await workbench.page.keyboard.press('Escape');

		const woken = await chat.send(write(editor, 'notes/after.md'));
		await workbench.modal('Allow write_file');
		await workbench.clickModal('Allow Once');
		await woken();
		assert.equal(existsSync(path.join(workspace, 'notes/after.md')), true);
	});
});

/** A line that makes @demo write a file; the content holds an integer that doubles cannot. */
function write({ workspace }, name) {
	return `@demo call write_file ${JSON.stringify({ path: path.join(workspace, name), content: 'number 9007199254740993' })}`;
}

function many(editor, count, name) {
	return write(editor, name).replace('call write_file', `call ${count}x write_file`);
}

function lastWrite(editor) {
	return new Product(editor).lastCall(({ tool }) => tool === 'write_file');
}

/** Reloads the window: the extension host ends, and another one starts. */
async function reload(editor) {
	const { agent, workbench, folder } = editor;
	rmSync(path.join(folder, 'agent/ready'), { force: true });
	await workbench.page.reload();
	await workbench.open();
	await agent.ready();
	await workbench.statusBarItem('MCP 2/2 guarded', 60_000);
	await new Product(editor).startOffering('filesystem', 'write_file');
	await workbench.clearNotifications();
}

/** Clicks a button of a row, which the editor shows while the mouse is over it. */
async function clickItemButton(workbench, label, button) {
	const row = workbench.page.locator('.quick-input-widget .monaco-list-row').filter({ hasText: label }).first();
	await row.hover();
	await row.locator(`[aria-label="${button}"]`).click();
}
