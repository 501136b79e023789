// Somebody new, who follows only what the screen says. The tests build on each other.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from '../lib/harness.mjs';
import { Product } from '../lib/product.mjs';
import { Review } from '../lib/review.mjs';
import { ServerTree } from '../lib/serverTree.mjs';
import { until } from '../lib/wait.mjs';
import { walkthroughSteps } from '../lib/walkthrough.mjs';

suite('First minutes', { product: true }, test => {
	test('two servers run past the firewall: one message says so, and leads to the walkthrough', async ({
		workbench,
	}) => {
		await workbench.statusBarItem('MCP 0/2 guarded');
		const { buttons } = await workbench.notification('2 MCP servers are not guarded: “filesystem”, “poisoned”.');
		assert.deepEqual(buttons, ['Guard All 2', 'Get Started', 'Never for These Servers']);
		await workbench.screenshot('first-message');
		await workbench.clickNotification('2 MCP servers are not guarded', 'Get Started');
		const steps = await walkthroughSteps(workbench);
		assert.deepEqual(
			steps.map(({ title, done }) => [title, done]),
			[
				['Guard your MCP servers', false],
				['Try a call', false],
				['Meet a question', false],
				['Read the trail', false],
			],
		);
		await workbench.screenshot('first-walkthrough');
	});

	test('an empty folder: the view says what to do, and the sample is shown before it is written', async editor => {
		const { folder, openWindow } = editor;
		const empty = path.join(folder, 'empty');
		mkdirSync(empty);
		writeFileSync(path.join(empty, 'README.md'), '# Empty\n');
		const { workbench } = await openWindow(empty);
		const tree = await ServerTree.open(workbench);
		const welcome = await tree.welcome();
		assert.match(welcome, /^No MCP server is guarded here\./);
		assert.match(welcome, /Get Started\s+Guard MCP Servers…[^]*Add a Sample Server…/);
		await workbench.screenshot('first-empty');
		const file = path.join(empty, '.vscode/mcp.json');
		await workbench.runCommand('MCP Firewall: Add a Sample Server…');
		const { detail } = await workbench.modal('Add a sample server to this workspace?');
		assert.match(detail, /"command": "npx"/);
		assert.match(detail, /server-filesystem@2026\.8\.31/);
		assert.equal(existsSync(file), false);
		await workbench.screenshot('first-sample');
		await workbench.clickModal('Add');
		const { buttons } = await workbench.notification(/the MCP server “sample-files” in .* is not guarded/);
		assert.equal(buttons[0], 'Guard It');
		const told = (await workbench.notifications()).map(({ message }) => message);
		assert.equal(told.filter(message => message.includes('“sample-files”')).length, 1, told.join('\n'));
		assert.match(readFileSync(file, 'utf8'), /"sample-files": \{\n/);
		await workbench.screenshot('first-sample-added');
	});

	test('one gesture guards both: launches whole, then what they can do; what is grave is reviewed by itself', async editor => {
		const { workbench, workspace, filesystemServer, fixtureLog } = editor;
		await pressStep(workbench, 'Guard your MCP servers', 'Guard All MCP Servers…');
		const launches = await workbench.modal('Start these 2 servers to list their tools?');
		assert.match(launches.detail, new RegExp(`1\\. “filesystem” starts node ${filesystemServer} ${workspace}\\n`));
		assert.match(launches.detail, /2\. “poisoned” starts node .*\nwith environment variables FIXTURE_LOG\n/);
		assert.ok(!launches.detail.includes(fixtureLog), 'the value of a variable is shown');
		await workbench.screenshot('first-launches');
		await workbench.clickModal('Start All 2');
		const seen = await workbench.modal(/Approve (?:these 2 servers|this server) as listed\?/);
		assert.match(seen.detail, /“filesystem”: 14 tools\ncan do: /);
		assert.match(seen.detail, /\d+ filesystem\.read/);
		await workbench.screenshot('first-approve-all');
		assert.equal(await workbench.page.locator(':focus').innerText(), 'Show Everything', 'Enter must not approve');
		await workbench.clickModal(seen.buttons.find(button => /^Approve/.test(button)));
		if (seen.detail.includes('Not among them')) {
			const review = await Review.of(workbench, 'poisoned');
			await review.tickAll();
			await review.approve();
		}
		await workbench.notification('MCP Firewall guards “filesystem”, “poisoned”.');
		await workbench.statusBarItem('MCP 2/2 guarded');
		await workbench.clearNotifications();
		await ticked(workbench, 'Guard your MCP servers');
	});

	test('a read passes without a question', async ({ workbench, workspace }) => {
		await tryCall(workbench, 'Try a call', 'read_text_file', { path: path.join(workspace, 'README.md') });
		await workbench.modal('read_text_file would be allowed');
		await workbench.clickModal('Run It');
		await until('the answer', async () => (await workbench.tabs())[0].startsWith('read_text_file.answer'));
		await ticked(workbench, 'Try a call');
	});

	test('a write asks; the answer is a step', async ({ workbench, workspace }) => {
		const file = path.join(workspace, 'first.md');
		await tryCall(workbench, 'Meet a question', 'write_file', { path: file, content: 'One.\n' });
		await workbench.modal('write_file would ask you first');
		await workbench.clickModal('Run It');
		await workbench.modal('Allow write_file of the MCP server filesystem?');
		await workbench.screenshot('first-question');
		await workbench.clickModal('Allow Once');
		await until('the file', () => existsSync(file));
		await until('the answer', async () => (await workbench.tabs())[0].startsWith('write_file.answer'));
		await ticked(workbench, 'Meet a question');
	});

	test('a refusal names what refused, and how to change it', async ({ workbench }) => {
		await tryCall(workbench, 'Try a call', 'read_text_file', { path: '/etc/passwd' });
		const { detail } = await workbench.modal('read_text_file would be denied');
		assert.match(detail, /Rule: none/);
		await workbench.clickModal('Run It');
		const { buttons } = await workbench.notification('This is outside of what the policy allows');
		assert.ok(buttons.includes('Why?'), buttons.join());
		await workbench.clearNotifications();
	});

	test('the trail is read, and every step is ticked', async editor => {
		const { workbench } = editor;
		await pressStep(workbench, 'Read the trail', 'Open Audit Panel');
		const panel = await new Product(editor).shownPanel();
		await panel.rowsWhere('the calls', rows => rows.some(({ tool }) => tool === 'write_file'));
		await workbench.screenshot('first-trail');
		await ticked(workbench, 'Read the trail');
		assert.ok((await walkthroughSteps(workbench)).every(({ done }) => done));
		await workbench.screenshot('first-done');
	});
});

suite('First minutes in a restricted workspace', { product: true, restricted: true }, test => {
	test('says so, with the way to trust, and starts nothing', async editor => {
		const { workbench, fileServers } = editor;
		await workbench.statusBarItem('MCP restricted');
		const told = await workbench.notification('Nothing is started here before you trust this workspace.');
		assert.deepEqual(told.buttons, ['Manage Workspace Trust', 'Not Now', 'Never for These Servers']);
		await workbench.screenshot('restricted');
		await workbench.clearNotifications();
		await workbench.runCommand('MCP Firewall: Get Started');
		await pressStep(workbench, 'Guard your MCP servers', 'Guard All MCP Servers…');
		await workbench.notification('This workspace is not trusted. MCP Firewall starts no servers here');
		assert.deepEqual(fileServers(), []);
		await workbench.clearNotifications();
	});

	test('the view says so above the servers that it lists, and by itself where there are none', async editor => {
		const { workbench } = editor;
		const tree = await ServerTree.open(workbench);
		await tree.rowSaying('filesystem', 'not guarded');
		await tree.rowSaying('Restricted workspace', 'nothing is started here');
		await workbench.screenshot('restricted-view');
		const { mcpJson } = new Product(editor);
		const servers = readFileSync(mcpJson, 'utf8');
		writeFileSync(mcpJson, '{}');
		assert.match(await tree.welcome(), /^This workspace is restricted[^]*Manage Workspace Trust$/);
		await workbench.screenshot('restricted-welcome');
		writeFileSync(mcpJson, servers);
		await tree.rowSaying('Restricted workspace', 'nothing is started here');
	});

	test('its row leads to the trust, after which the servers are offered for guarding', async editor => {
		const { workbench, fileServers } = editor;
		const tree = await ServerTree.open(workbench);
		await tree.press('Restricted workspace');
		const trust = workbench.page.locator('.workspace-trust-editor').getByText('Trust', { exact: true }).first();
		await trust.waitFor();
		await workbench.screenshot('restricted-trust');
		await trust.click();
		await workbench.statusBarItem('MCP 0/2 guarded');
		const again = await workbench.notification('2 MCP servers are not guarded: “filesystem”, “poisoned”.');
		assert.deepEqual(again.buttons, ['Guard All 2', 'Get Started', 'Never for These Servers']);
		await until('the row to go', async () => !(await tree.has('Restricted workspace')));
		await tree.rowSaying('filesystem', 'not guarded');
		await workbench.screenshot('restricted-then-trusted');
		assert.deepEqual(fileServers(), []);
	});
});

/** Brings the walkthrough to the front and presses a button of one of its steps. */
async function pressStep(workbench, title, button) {
	await onStep(workbench, title, async step => {
		const found = step.locator('.button-container').getByText(button, { exact: true });
		await found.click({ timeout: 5000, noWaitAfter: true });
	});
}

/**
 * Does something on an unfolded step of the walkthrough. The page is drawn anew when a step is ticked, and goes behind a document
 * that opens late: then it is done once more.
 */
async function onStep(workbench, title, act) {
	const { page } = workbench;
	await until(`the step ${title}`, async () => {
		if (!(await page.locator('.getting-started-step').first().isVisible())) {
			await workbench.runCommand('MCP Firewall: Get Started');
		}
		const step = page.locator('.getting-started-step').filter({ hasText: title }).first();
		await step.waitFor({ timeout: 5000 });
		if (!(await step.getAttribute('class', { timeout: 5000 })).includes('expanded'))
			await step.click({ timeout: 5000 });
		await act(step);
		return true;
	});
}

/** From a step's button to the verdict. */
async function tryCall(workbench, title, tool, args) {
	await pressStep(workbench, title, 'Try Tool Call…');
	await workbench.choose(tool);
	await workbench.fillInput(JSON.stringify(args), `Arguments of ${tool}`);
}

/** Waits for the tick of a step. */
async function ticked(workbench, title) {
	await onStep(workbench, title, () =>
		until(
			`the tick at ${title}`,
			async () => (await walkthroughSteps(workbench)).some(step => step.title === title && step.done),
			5000,
		),
	);
}
