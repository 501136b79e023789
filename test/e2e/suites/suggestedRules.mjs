// "Suggest Rules from My Trail…" in a real editor: from answered questions to rules that spare the next one, and every way out on
// which the policy stays as it is. The tests build on each other.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../../scripts/lib/install.mjs';
import { suite } from '../lib/harness.mjs';
import { Product } from '../lib/product.mjs';
import { until } from '../lib/wait.mjs';

const suggest = 'MCP Firewall: Suggest Rules from My Trail…';
const rule = 'ok-filesystem-filesystem.write-notes';
const question = 'Write 1 Rule into Your Policy?';
const none = { editor: 0, ours: 0 };
const one = { editor: 0, ours: 1 };

suite('Suggested rules', { product: true }, test => {
	test('who was asked nothing yet is told what to do first', async editor => {
		const { workbench } = editor;
		await new Product(editor).guard();
		await workbench.clearNotifications();
		await workbench.runCommand(suggest);
		const { message, buttons } = await workbench.notification('you were not asked about a call yet');
		assert.match(message, /What you allow twice or more in one folder can become a rule\.$/);
		assert.deepEqual(buttons, ['Try Tool Call…']);
		await workbench.screenshot('suggest-empty');
		await workbench.clearNotifications();
	});

	test('one yes is no habit: then it shows what was asked about most', async editor => {
		const { workbench } = editor;
		await new Product(editor).start('filesystem');
		assert.deepEqual(await asked(editor, 'notes/one.md'), one);
		await workbench.runCommand(suggest);
		await titled(workbench, 'What You Are Asked About Most');
		const [row] = await workbench.quickPickRows();
		assert.match(row, /^filesystem\/write_file\s*1 prompt · 1 allowed · 0 denied/);
		await workbench.screenshot('suggest-most-asked');
		await leave(workbench);
	});

	test('the drafts say in words what they would let pass; Escape and Cancel write nothing', async editor => {
		const { workbench, chat, agent } = editor;
		for (const name of ['two', 'three']) assert.deepEqual(await asked(editor, `notes/${name}.md`), one);
		const reply = await chat.send(write(editor, 'src/refused.js'));
		await workbench.modal('src/refused.js');
		await workbench.clickModal('Deny');
		await reply();
		assert.match((await agent.lastReply()).text, /approval_denied/);
		await workbench.clearNotifications();

		await workbench.runCommand(suggest);
		await titled(workbench, 'Rules from What You Allowed');
		const rows = await workbench.quickPickRows();
		assert.equal(rows.length, 1, 'what was denied is offered');
		assert.match(
			rows[0],
			/^Allow write_file of filesystem in notes\/\s*would have saved 3 of your last 4 questions\n/,
		);
		assert.ok(rows[0].includes(`no longer asked about by “write-workspace”. New rule: ${rule}`), rows[0]);
		await workbench.screenshot('suggest-drafts');
		await leave(workbench);
		await workbench.runCommand(suggest);
		await titled(workbench, 'Rules from What You Allowed');
		await workbench.acceptQuickInput();
		await workbench.modal('A preset is in force.');
		await workbench.clickModal('Cancel');
		assert.equal(existsSync(ownPolicy(editor)), false);
		assert.deepEqual(await workbench.tabs(), []);
	});

	test('the question stays while one reads the change and its tests; Discard and Escape change no byte', async editor => {
		const { workbench, agent } = editor;
		const preset = readFileSync(path.join(root, 'policies/balanced.yaml'), 'utf8');
		await draft(editor, 'Copy and Edit');
		await workbench.screenshot('suggest-change');
		await workbench.page.keyboard.press('Enter');
		const tests = await until('the tests, by Enter alone', async () => {
			const text = await agent.request('activeText');
			return text?.includes('expect: allow') ? text : undefined;
		});
		assert.equal(tests.match(/expect: allow/g).length, 3, tests);
		assert.match(tests, /refused\.js\n\s+expect: require_approval/);
		await titled(workbench, question);
		await workbench.screenshot('suggest-tests');
		await workbench.choose('Show the Change');
		await until('the change again', async () => (await workbench.tabs())[0].startsWith('Your policy'));
		await titled(workbench, question);
		await workbench.choose('Discard');
		await workbench.notification('your policy stays as it is');
		await unchanged(editor, preset);

		await draft(editor);
		await leave(workbench);
		await until('it to be said', async () => (await workbench.notifications()).length > 0);
		await unchanged(editor, preset);
	});

	test('a policy that was changed meanwhile is not overwritten', async editor => {
		const { workbench } = editor;
		const file = ownPolicy(editor);
		const from = new Product(editor).trail().length;
		await draft(editor);
		const mine = `# A line of mine.\n${readFileSync(file, 'utf8')}`;
		writeFileSync(file, mine);
		await workbench.choose('Apply');
		await workbench.notification('your policy was changed in the meantime. Run the command again.');
		await unchanged(editor, mine);
		await new Product(editor).policySince(from);
	});

	test('what the person has not saved is theirs to save: nothing is drafted over it', async editor => {
		const { workbench, agent } = editor;
		const before = readFileSync(ownPolicy(editor), 'utf8');
		// In a browser the editor saves by itself.
		await agent.request('setting', ['files.autoSave', 'off']);
		await agent.request('edit', [ownPolicy(editor), '# A line of mine.', '# A line that is not saved.', true]);
		await workbench.clearNotifications();
		await workbench.runCommand(suggest);
		await titled(workbench, 'Rules from What You Allowed');
		await workbench.acceptQuickInput();
		await workbench.notification('your policy has unsaved changes. Save or revert it first.');
		await until('the policy', async () =>
			(await agent.request('activeText'))?.includes('# A line that is not saved.'),
		);
		assert.equal(readFileSync(ownPolicy(editor), 'utf8'), before);
		await agent.command('workbench.action.files.revert');
		await agent.command('workbench.action.closeActiveEditor');
		await unchanged(editor, before);
	});

	test('Apply spares the next question there; elsewhere, with other tools and after a no it asks as before', async editor => {
		const { workbench, chat, agent } = editor;
		const before = readFileSync(ownPolicy(editor), 'utf8');
		const from = new Product(editor).trail().length;
		await draft(editor);
		await workbench.choose('Apply');
		await workbench.notification('your policy has the rules now');
		await workbench.screenshot('suggest-applied');
		await until('the rule in front of the person', async () =>
			(await agent.request('activeText'))?.includes(`- id: "${rule}"`),
		);
		await until('the drafts to close', async () => {
			const [policy, ...others] = await workbench.tabs();
			return policy.split('.')[0] === 'policy' && others.length === 0;
		});
		const after = readFileSync(ownPolicy(editor), 'utf8');
		assert.ok(after.startsWith(before.trimEnd()), 'other lines have changed');
		assert.match(after.slice(before.trimEnd().length), /^\s+- id: "ok-[^]*instead_of: \["write-workspace"\]\n$/);
		await workbench.clickNotification('your policy has the rules now', 'Show the Tests');
		await until('the tests', async () => (await workbench.tabs())[0].startsWith('policy.policy-test'));
		await new Product(editor).policySince(from);
		await workbench.clearNotifications();

		await new Product(editor).startOffering('filesystem', 'write_file');
		assert.deepEqual(await asked(editor, 'notes/four.md'), none);
		const { verdict } = new Product(editor).lastCall(({ tool }) => tool === 'write_file');
		assert.deepEqual([verdict.effect, verdict.rule.id], ['allow', rule]);
		assert.deepEqual(await asked(editor, 'README.md'), one);
		assert.deepEqual(await asked(editor, 'notes/five', 'create_directory'), one);
		const received = new Product(editor).received().length;
		const reply = await chat.send(write(editor, 'src/refused.js'));
		await workbench.modal('src/refused.js');
		await workbench.clickModal('Deny');
		await reply();
		assert.match((await agent.lastReply()).text, /AgentActionBlocked: .*approval_denied/);
		assert.equal(new Product(editor).received().length, received);
		assert.equal(existsSync(path.join(editor.workspace, 'src/refused.js')), false);
	});
});

function write({ workspace }, name, tool = 'write_file') {
	const args = { path: path.join(workspace, name), ...(tool === 'write_file' && { content: `${name}\n` }) };
	return `@demo call ${tool} ${JSON.stringify(args)}`;
}

/** How many questions come before this is written, each answered with Allow Once. */
async function asked(editor, name, tool) {
	const reply = await editor.chat.send(write(editor, name, tool));
	const count = await new Product(editor).countQuestions(reply);
	assert.match((await editor.agent.lastReply()).text, /Successfully/);
	return count;
}

function storage({ userData }) {
	return path.join(userData, 'User/globalStorage/mcp-firewall.mcp-firewall');
}

function ownPolicy(editor) {
	return path.join(storage(editor), 'policy.yaml');
}

/** From the command to the change in the diff and the question above it. */
async function draft({ workbench }, copy) {
	await workbench.clearNotifications();
	await workbench.runCommand(suggest);
	await titled(workbench, 'Rules from What You Allowed');
	await workbench.acceptQuickInput();
	if (copy) {
		await workbench.modal('A preset is in force.');
		await workbench.clickModal(copy);
	}
	await titled(workbench, question);
	await until('the change in front of its tests', async () => {
		const [change, tests] = await workbench.tabs();
		// The tab of a document in memory is told by its beginning.
		return change === 'Your policy ↔ with the suggested rules' && tests?.startsWith('policy.policy-test');
	});
	const rows = await workbench.quickPickRows();
	assert.equal(rows.length, 3);
	// Enter takes the first.
	for (const [at, label] of ['Show the Tests', 'Apply', 'Discard'].entries()) {
		assert.ok(rows[at].startsWith(label), rows.join());
	}
}

async function titled(workbench, title) {
	await until(`the choice ${title}`, async () => (await workbench.quickInputText()).startsWith(title));
}

/** Closes the choice that is open without a choice. */
async function leave(workbench) {
	await workbench.page.keyboard.press('Escape');
	await until('the choice to close', async () => (await workbench.quickInputText()) === '');
}

/** The policy is this text, no tests were written, and no draft is left open. */
async function unchanged(editor, text) {
	assert.equal(readFileSync(ownPolicy(editor), 'utf8'), text);
	assert.deepEqual(
		readdirSync(storage(editor)).filter(name => name.includes('policy-test')),
		[],
	);
	await until('the drafts to close', async () => (await editor.workbench.tabs()).length === 0);
}
