// The tools for whoever writes a policy, in a real editor without an extension for YAML. The tests build on each other.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from '../lib/harness.mjs';
import { Product } from '../lib/product.mjs';
import { patience, until } from '../lib/wait.mjs';
import { plain } from '../lib/workbench.mjs';

const POLICY = `# What this project forbids.
deny:
  - id: no-ideas
    capability: filesystem.read
    paths: ['**/ideas.md']
  - capability: shell.execute
`;
const FIXTURE = `policy: mcp-firewall.yaml
workspace: ..
cases:
  - { name: ideas stay closed, server: filesystem, tool: read_text_file, arguments: { path: notes/ideas.md }, expect: deny }
  - { name: wrongly, server: filesystem, tool: read_text_file, arguments: { path: notes/ideas.md }, expect: allow }
`;

suite('The policy author', { product: true }, test => {
	test('rules say by how many cases they are tested, and a click leads to the case', async editor => {
		const { workbench, workspace } = editor;
		await new Product(editor).guard();
		await workbench.clearNotifications();
		mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
		writeFileSync(path.join(workspace, '.vscode/mcp-firewall.policy-test.yaml'), FIXTURE);
		writeFileSync(path.join(workspace, '.vscode/mcp-firewall.yaml'), POLICY);
		await openFile(workbench, 'mcp-firewall.yaml');
		const lenses = workbench.page.locator('.codelens-decoration');
		const titles = await until('the lenses', async () => {
			const texts = (await lenses.allInnerTexts()).map(plain);
			return texts.some(text => text.includes('tested by')) && texts.some(text => text.includes('not tested'))
				? texts
				: undefined;
		});
		assert.deepEqual(
			titles.map(title => title.trim()),
			['tested by 2 cases, 1 fails', 'not tested: add a case'],
		);
		await workbench.screenshot('author-lenses');
		await lenses.first().locator('a').first().click();
		const rows = await workbench.quickPickRows();
		assert.match(rows[0], /wrongly[\s\S]*expected allow, got deny by rule no-ideas/);
		await workbench.screenshot('author-cases');
		await workbench.choose(/wrongly/);
		await activeTab(workbench, 'mcp-firewall.policy-test.yaml');
		await workbench.statusBarItem(/^Ln 5,/);
	});

	test('a rule without a case gets one', async editor => {
		const { workbench } = editor;
		await openFile(workbench, 'mcp-firewall.yaml');
		await workbench.page.locator('.codelens-decoration a', { hasText: 'not tested' }).first().click();
		await activeTab(workbench, 'mcp-firewall.policy-test.yaml');
		await until('the new case', async () => (await editorText(workbench)).includes('rule: deny[1]'));
		await workbench.screenshot('author-added-case');
		await workbench.page.keyboard.press('Control+S');
		await openFile(workbench, 'mcp-firewall.yaml');
		await until('both rules to be tested', async () => {
			const texts = (await workbench.page.locator('.codelens-decoration').allInnerTexts()).map(plain);
			return texts.some(text => text.trim() === 'tested by 1 case');
		});
	});

	test('hover tells what a capability means, which tools have it, and which rules speak of it', async editor => {
		const { workbench } = editor;
		const text = await workbench.hover('filesystem.read', 'Reads or lists');
		assert.match(text, /Risk: low\. It changes nothing outside of its answer\./);
		assert.match(text, /filesystem: read_text_file/);
		assert.match(text, /allow: read-workspace \(balanced\.yaml:\d+\)/);
		await workbench.screenshot('author-hover');
	});

	test('completion offers keys, capabilities and pinned tools in an unfinished rule', async editor => {
		const { workbench } = editor;
		const { keyboard } = workbench.page;
		// It runs while the policy changes, so that its end tells when the editor has taken the new one.
		const product = new Product(editor);
		await product.start('filesystem');
		const from = product.trail().length;
		await focusEditor(workbench);
		await keyboard.press('Control+End');
		await keyboard.type('  - cap');
		await suggestions(workbench, /^capability/);
		await keyboard.press('Enter');
		const offered = await suggestions(workbench, /^filesystem\.read/);
		assert.ok(
			offered.some(row => row.startsWith('filesystem.delete')),
			offered.join('\n'),
		);
		await workbench.screenshot('author-completion');
		await keyboard.type('filesystem.wr');
		await suggestions(workbench, /^filesystem\.write/);
		await keyboard.press('Enter');
		await keyboard.press('Enter');
		await keyboard.type('  servers: file');
		await suggestions(workbench, /^filesystem/);
		await keyboard.press('Enter');
		await keyboard.press('Enter');
		await keyboard.type('tools: wri');
		const tools = await suggestions(workbench, /^write_file/);
		assert.ok(!tools.some(row => row.startsWith('fetch_page')), 'a tool of another server is offered');
		await workbench.screenshot('author-tools');
		await keyboard.press('Enter');
		await until('the rule', async () => (await editorText(workbench)).includes('tools: write_file'));
		await keyboard.press('Control+S');
		const file = path.join(editor.workspace, '.vscode/mcp-firewall.yaml');
		await until('the file', () =>
			readFileSync(file, 'utf8').includes(
				'  - capability: filesystem.write\n    servers: filesystem\n    tools: write_file',
			),
		);
		await product.policySince(from);
	});

	test('Why? leads from a row to the line, and to the near misses where no rule decided', async editor => {
		const { workbench, chat } = editor;
		const product = new Product(editor);
		await product.startOffering('filesystem', 'read_text_file');
		await chat.ask('@demo read the readme');
		await chat.ask('@demo read /etc/passwd');
		const refusal = /refused filesystem \(read_text_file\)/;
		await workbench.clickNotification(refusal, 'Why?');
		await activeTab(workbench, 'Why.txt');
		await until('its words', async () => (await editorText(workbench)).includes('read-workspace'));
		await workbench.screenshot('why-explained');
		await workbench.clearNotifications();

		const panel = await product.panel();
		await panel.rowsWhere('both calls', rows => rows.length >= 2);
		await workbench.screenshot('why-rows');
		await panel.frame
			.locator('.row.call', { hasText: 'Allowed' })
			.first()
			.getByRole('button', { name: 'Why?' })
			.click();
		await activeTab(workbench, 'balanced.yaml');
		const { line } = (await product.lastCall(({ outcome }) => outcome === 'answered')).verdict.rule;
		await workbench.statusBarItem(new RegExp(`^Ln ${line},`));
		await workbench.screenshot('why-rule');
	});
});

async function openFile(workbench, name) {
	const { page } = workbench;
	await until(`${name} to open`, async () => {
		await page.keyboard.press('Control+P');
		await page.locator('.quick-input-widget input.input').first().fill(name);
		await workbench.choose(name, 5000);
		await activeTab(workbench, name, 3000);
		return true;
	});
	await focusEditor(workbench);
}

async function activeTab(workbench, name, timeout = patience) {
	await workbench.page.locator('.tabs-container .tab.active', { hasText: name }).first().waitFor({ timeout });
}

async function focusEditor(workbench) {
	await workbench.page
		.locator('.editor-group-container.active .monaco-editor .view-lines')
		.first()
		.click({ position: { x: 400, y: 4 } });
}

async function editorText(workbench) {
	const lines = workbench.page.locator('.editor-group-container.active .monaco-editor .view-line');
	return (await lines.allInnerTexts()).map(plain).join('\n');
}

/** The rows of the suggestions once one of them is as wanted. */
async function suggestions(workbench, wanted) {
	return until(`a suggestion ${wanted}`, async () => {
		const rows = (await workbench.page.locator('.suggest-widget.visible .monaco-list-row').allInnerTexts()).map(
			plain,
		);
		return wanted.test(rows[0] ?? '') ? rows : undefined;
	});
}
