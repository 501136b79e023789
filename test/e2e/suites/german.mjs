// A person whose editor speaks German: from the first message to an answered question and the panel. The tests build on each other.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../../scripts/lib/install.mjs';
import { suite } from '../lib/harness.mjs';
import { Product } from '../lib/product.mjs';
import { until } from '../lib/wait.mjs';

const read = file => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const texts = read('l10n/bundle.l10n.de.json');
const titles = read('package.nls.de.json');

suite('In German', { product: true, locale: 'de' }, test => {
	test('messages, status bar and questions are German, and a button means what its English one means', async editor => {
		const { workbench, workspace, chat } = editor;
		await workbench.statusBarItem(`MCP ${german('{0}/{1} guarded', 0, 2)}`);
		const all = german('Guard All {0}', 2);
		const unguarded = german('MCP Firewall: {0} MCP servers are not guarded: {1}.', 2, '“filesystem”, “poisoned”');
		const { buttons } = await workbench.notification(unguarded);
		assert.deepEqual(buttons, [all, german('Get Started'), german('Never for These Servers')]);
		await workbench.clickNotification(unguarded, all);
		await workbench.modal(german('Start these {0} servers to list their tools?', 2));
		await workbench.clickModal(german('Start All {0}', 2));
		const approve = await workbench.modal(german('Approve these {0} servers as listed?', 2));
		assert.match(approve.detail, /14 Tools/);
		await workbench.clickModal(german('Approve All {0}', 2));
		await workbench.statusBarItem(`MCP ${german('{0}/{1} guarded', 2, 2)}`);
		await workbench.clearNotifications();
		await new Product(editor).startOffering('filesystem', 'write_file');

		const file = path.join(workspace, 'notes/from-the-agent.md');
		for (const [answer, isThere] of [
			['Allow Once', true],
			['Deny', false],
		]) {
			const reply = await chat.send('@demo write a note');
			const { detail } = await workbench.modal(
				german('Allow {0} of the MCP server {1}?', 'write_file', 'filesystem'),
			);
			await workbench.screenshot('german-question');
			assert.match(detail, /^Gefragt von: einem Client[^]*^Regel: write-workspace/m);
			assert.doesNotMatch(
				detail.split(german('Quoted, not verified:'))[0],
				/Rule:|Answer by|Capability:|covers:/,
			);
			await workbench.clickModal(german(answer));
			await reply();
			assert.equal(existsSync(file), isThere, answer);
			rmSync(file, { force: true });
		}
	});

	test('the panel is German, also for who hears it', async ({ workbench }) => {
		await workbench.runCommand(`MCP Firewall: ${titles['command.openPanel']}`);
		const frame = await workbench.webview('mcp-firewall-panel .row');
		assert.equal(await frame.evaluate(() => document.documentElement.lang), 'de');
		assert.equal(await frame.getByRole('grid').getAttribute('aria-label'), german('Calls, newest first'));
		for (const word of ['Approved', 'Denied', 'Overview', 'Top servers']) {
			await frame.getByText(german(word), { exact: true }).filter({ visible: true }).first().waitFor();
		}
		await workbench.screenshot('german-panel');
	});

	test('what is wrong with a policy, and what its words mean, is German', async ({ agent, workbench, workspace }) => {
		const file = path.join(workspace, '.vscode/mcp-firewall.yaml');
		writeFileSync(file, 'deny:\n  - capability: filesystem.read\n    servres: filesystem\n');
		await agent.request('open', [file]);
		const said = german("'{0}' is not a key {1}; did you mean '{2}'?", 'servres', german('of a rule'), 'servers');
		await until('the problem', async () => {
			const problems = await agent.request('diagnostics', [file]);
			return problems.some(({ message }) => message === said);
		});
		await workbench.page.locator('.squiggly-error').first().waitFor();
		const hover = await workbench.hover('filesystem.read', german('Reads or lists files and folders.'));
		const risk = german('Risk: {0}. It changes nothing outside of its answer.', german('low'));
		assert.ok(hover.includes(risk), hover);
		await workbench.screenshot('german-policy');
	});
});

/** What the bundle has for an English text, filled in. */
function german(text, ...args) {
	assert.ok(Object.hasOwn(texts, text), `no German for ${text}`);
	return texts[text].replace(/\{(\d+)\}/g, (_all, at) => String(args[at]));
}
