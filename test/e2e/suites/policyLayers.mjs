// Policies above and below the person's own, in a real editor: whose allow rules count, and who is asked. The tests build
// on each other.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isCutOff } from '../lib/demoAgent.mjs';
import { suite } from '../lib/harness.mjs';
import { Product } from '../lib/product.mjs';
import { until } from '../lib/wait.mjs';

const review = 'MCP Firewall: Review Workspace Policy…';
const first = `policy_name: harbour
deny:
  - capability: filesystem.delete
allow:
  - capability: filesystem.read
    path_prefix: \${workspaceFolder}
`;
const second = `${first}  - capability: shell.execute\n`;
const wants = /this workspace’s policy \(harbour\/\.vscode\/mcp-firewall\.yaml\) wants to allow/;

const fileIn = workspace => path.join(workspace, '.vscode/mcp-firewall.yaml');
const sha256 = text => createHash('sha256').update(text).digest('hex');

/** Waits until the trail says so, after `from` lines of it. */
async function event(product, from, wanted) {
	return until(`the event ${wanted}`, () =>
		product
			.trail()
			.slice(from)
			.map(({ entry }) => entry)
			.find(entry => wanted.test(`${entry.event} ${entry.detail}`)),
	);
}

/**
 * What comes of reading the readme under the newest policy; made again where the editor cut it off (`DemoAgent.outcome`).
 */
async function readsTheReadme(editor) {
	await new Product(editor).policyInForce(/(?:)/);
	return until('an answer', async () => {
		await editor.chat.ask('@demo read the readme');
		const { text } = await editor.agent.lastReply();
		return isCutOff(text) ? undefined : text;
	});
}

/** No read goes through: it is refused, or the tool is hidden already. */
async function assertRefused(editor) {
	const text = await readsTheReadme(editor);
	assert.match(text, /AgentActionBlocked: capability=filesystem\.read|No guarded server offers read_text_file/);
}

/** Reads go through. The editor asks a server for its tools anew when the policy changed and the server is started. */
async function assertReads(editor) {
	await until(
		'the readme',
		async () => {
			await editor.agent.startServer('filesystem');
			return /tide table/.test(await readsTheReadme(editor));
		},
		60_000,
	);
}

suite('Policy layers', { product: true }, test => {
	test('a workspace’s allow rules do not count until somebody trusted them', async editor => {
		const { agent, workbench, workspace, profileFolder } = editor;
		const product = new Product(editor);
		await product.guard();
		await workbench.clearNotifications();
		await product.startOffering('filesystem', 'read_text_file');
		// A policy that does not speak of reads: only then has a workspace anything to say.
		const own = path.join(profileFolder, 'mine.yaml');
		writeFileSync(own, 'policy_name: mine\nrequire_approval:\n  - capability: filesystem.write\n');
		await agent.request('setting', ['mcpFirewall.policyFile', own]);
		const from = product.trail().length;
		writeFileSync(fileIn(workspace), first);
		const { message, buttons } = await workbench.notification(wants);
		assert.match(message, /wants to allow 1 thing\. Nothing of it counts until you trust it/);
		assert.deepEqual(buttons, ['Review…', 'Not Now', 'Never for This File']);
		await workbench.screenshot('layers-asked');
		const loaded = await event(product, from, /^policy-loaded .*mcp-firewall\.yaml added/);
		assert.match(loaded.detail, /before: [0-9a-f]{64}$/);
		await assertRefused(editor);
	});

	test('an allow rule that does not count is marked, with the way to the review', async ({
		agent,
		workbench,
		workspace,
	}) => {
		await agent.request('open', [fileIn(workspace)]);
		const found = await until('a problem', async () => {
			const problems = await agent.request('diagnostics', [fileIn(workspace)]);
			return problems.find(({ code }) => code === 'only-tightens');
		});
		assert.equal(found.start.line, 4);
		assert.match(found.message, /Review Workspace Policy…/);
		await workbench.page.locator('.squiggly-warning').first().waitFor();
		await workbench.screenshot('layers-ignored');
	});

	test('Review shows the rules and the text; Escape trusts nothing, Trust makes them count', async editor => {
		const { workbench, workspace } = editor;
		const product = new Product(editor);
		await workbench.runCommand(review);
		await until('the list', async () => (await workbench.quickInputText()).includes('wants to allow'));
		const rows = await workbench.quickPickRows();
		assert.ok(
			rows.some(row => row.includes('filesystem.read: path_prefix "${workspaceFolder}"')),
			rows.join(' | '),
		);
		const diff = workbench.page.locator('.monaco-diff-editor');
		await until('the text', async () =>
			(await diff.innerText()).replaceAll('\u00a0', ' ').includes('policy_name: harbour'),
		);
		await workbench.screenshot('layers-review');
		await workbench.choose(/Trust 1 thing/);
		const modal = await workbench.modal('Trust this file’s allow rules?');
		assert.ok(modal.detail.includes(`SHA-256: ${sha256(first)}`), modal.detail);
		assert.match(modal.detail, /Quoted from the file:\nLine 5: filesystem\.read: path_prefix/);
		assert.equal(await workbench.page.locator(':focus').innerText(), 'Show the File', 'Enter must not trust');
		await workbench.screenshot('layers-trust');
		await workbench.dismissModal();
		await assertRefused(editor);

		const from = product.trail().length;
		await workbench.runCommand(review);
		await workbench.choose(/Trust 1 thing/);
		await workbench.modal('Trust this file’s allow rules?');
		await workbench.clickModal('Trust These Rules');
		await workbench.notification('allow rules count from now on');
		const trusted = await event(product, from, /^policy-trusted/);
		assert.deepEqual([trusted.policyDigest, trusted.detail], [sha256(first), fileIn(workspace)]);
		await assertReads(editor);
		await until(
			'the diff to close',
			async () => !(await workbench.tabs()).some(tab => tab.includes('to be reviewed')),
		);
		await workbench.clearNotifications();
	});

	test('a changed file counts no longer and asks again, once', async editor => {
		const { workbench, workspace } = editor;
		const product = new Product(editor);
		let from = product.trail().length;
		writeFileSync(fileIn(workspace), second);
		await workbench.notification(/wants to allow 2 things\. It is not the file that you trusted before/);
		await event(product, from, /^policy-loaded .*mcp-firewall\.yaml changed/);
		await workbench.clickNotification(wants, 'Review…');
		await until('the list', async () => (await workbench.quickInputText()).includes('wants to allow'));
		await workbench.screenshot('layers-review-changed');
		await until('the diff', async () =>
			(await workbench.tabs())[0]?.startsWith('mcp-firewall.yaml: trusted ↔ to be reviewed'),
		);
		await workbench.page.keyboard.press('Escape');
		await assertRefused(editor);

		from = product.trail().length;
		writeFileSync(fileIn(workspace), first);
		await event(product, from, /^policy-loaded .*mcp-firewall\.yaml changed/);
		await assertReads(editor);
		from = product.trail().length;
		writeFileSync(fileIn(workspace), second);
		await event(product, from, /^policy-loaded .*mcp-firewall\.yaml changed/);
		await assertRefused(editor);
		assert.ok(!(await workbench.notifications()).some(({ message }) => wants.test(message)), 'asked twice');
	});

	test('trust is withdrawn by the same review', async editor => {
		const { workbench, workspace } = editor;
		const product = new Product(editor);
		let from = product.trail().length;
		writeFileSync(fileIn(workspace), first);
		await event(product, from, /^policy-loaded .*mcp-firewall\.yaml changed/);
		await assertReads(editor);
		from = product.trail().length;
		await workbench.runCommand(review);
		await workbench.choose(/Withdraw Trust/);
		await workbench.notification('allow rules no longer count');
		await event(product, from, /^policy-trust-withdrawn/);
		await assertRefused(editor);
		await workbench.clearNotifications();
	});
});

suite('Policy of an organisation', { product: true }, test => {
	test('the organisation’s policy denies what the person’s own allows; the workspace cannot unset it', async editor => {
		const { agent, workspace, profileFolder } = editor;
		const product = new Product(editor);
		await product.guard();
		await editor.workbench.clearNotifications();
		await assertReads(editor);

		const organisation = path.join(profileFolder, 'organisation.yaml');
		writeFileSync(
			organisation,
			'policy_name: acme\ndeny:\n  - capability: filesystem.read\n    id: no-reads\n    paths: ["**/README.md"]\n',
		);
		const from = product.trail().length;
		await agent.request('setting', ['mcpFirewall.organisationPolicy', organisation]);
		await event(product, from, /^policy-loaded .*organisation\.yaml added/);
		await assertRefused(editor);
		assert.equal(
			(await product.lastCall(({ tool }) => tool === 'read_text_file')).verdict.rule.id,
			'organisation:no-reads',
		);

		mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
		const settings = path.join(workspace, '.vscode/settings.json');
		writeFileSync(settings, '{ "mcpFirewall.organisationPolicy": "", "mcpFirewall.preset": "observe" }\n');
		await agent.request('open', [settings]);
		await assertRefused(editor);
		rmSync(settings);
	});

	test('an organisation’s file that vanished denies everything, and says so', async editor => {
		const { agent, workbench, profileFolder } = editor;
		const organisation = path.join(profileFolder, 'organisation.yaml');
		const text = readFileSync(organisation);
		rmSync(organisation);
		await workbench.statusBarItem('MCP policy error');
		await workbench.notification(/organisation\.yaml:1: The policy file does not exist\. It was named as the/);
		await workbench.screenshot('layers-organisation-gone');
		assert.match(await readsTheReadme(editor), /reason=policy_unusable|No guarded server offers/);
		writeFileSync(organisation, text);
		await workbench.statusBarItem('MCP 2/2 guarded');
		await agent.request('setting', ['mcpFirewall.organisationPolicy', undefined]);
		await workbench.clearNotifications();
	});
});
