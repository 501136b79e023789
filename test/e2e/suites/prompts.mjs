// Whose questions come before a tool runs in the chat: every combination of `mcpFirewall.prompts`, what the policy says and what
// the server claims, in a real editor, both kinds of questions counted. The tests build on each other.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { defineHere, Fixture } from '../lib/fixture.mjs';
import { suite } from '../lib/harness.mjs';
import { commands, Product } from '../lib/product.mjs';
import { Review } from '../lib/review.mjs';
import { until } from '../lib/wait.mjs';

/** What a server says of a tool that writes. The editor asks only where `readOnlyHint` is not true. */
const CLAIMS = {
	keep_true: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
	keep_false: { readOnlyHint: false },
	keep_nothing: undefined,
};
/** What the policy says of a call that holds the word. */
const EFFECTS = ['allow', 'ask', 'deny'];

const policy = (name, mode) => `policy_name: ${name}
version: 1
mode: ${mode}
deny:
  - { id: closed, capability: notes.write, contains: deny, reason: notes_are_closed }
require_approval:
  - { id: asked, capability: notes.write, contains: ask }
allow:
  - { id: open, capability: notes.write }
`;

/** Puts setting and policy in force, and starts the server under them. */
async function under(editor, prompts, mode) {
	const name = `${prompts} ${mode}`;
	const file = path.join(editor.profileFolder, 'prompts.yaml');
	await editor.agent.request('setting', ['mcpFirewall.prompts', prompts]);
	writeFileSync(file, policy(name, mode));
	await editor.agent.request('setting', ['mcpFirewall.policyFile', file]);
	await new Product(editor).policyInForce(name, { ends: true });
	await editor.agent.startServer('notes');
	await editor.notes.offered(editor);
	await editor.chat.clear();
}

/** One call of each of these tools in the chat, one after the other: how often each asked, and what came of it. */
async function call(editor, tools, word) {
	const before = editor.notes.calls().length;
	// Of a line with one tool the answer is no list.
	const reply = await editor.chat.send(`@demo call ${tools.join(',')},none {"word":"${word}"}`);
	const asked = await new Product(editor).questions(reply);
	const texts = JSON.parse((await editor.agent.lastReply()).text);
	const ran = editor.notes.calls().slice(before);
	const about = (questions, tool) => questions.filter(text => letters(text).includes(letters(tool))).length;
	const seen = tools.map((tool, at) => ({
		...{ tool, text: texts[at], reached: ran.filter(line => line.endsWith(` ${tool}`)).length },
		...{ theirs: about(asked.editor, tool), ours: about(asked.ours, tool) },
	}));
	// None is lost: each question names the tool that it is about.
	assert.equal(
		seen.reduce((sum, { theirs, ours }) => sum + theirs + ours, 0),
		asked.editor.length + asked.ours.length,
		JSON.stringify(asked),
	);
	return seen;
}

/** The editor writes a tool's name as a title. */
function letters(text) {
	return text.toLowerCase().replace(/[^a-z]/g, '');
}

/** Every claim against every effect, as a table of `editor + ours` that is compared as a whole. */
async function matrix(editor, effects, expected) {
	const tools = Object.keys(CLAIMS);
	const seen = {};
	for (const effect of effects) {
		for (const { tool, theirs, ours, reached, text } of await call(editor, tools, effect)) {
			seen[`${tool} ${effect}`] = `${theirs}+${ours} ${reached === 1 ? 'ran' : 'refused'}`;
			if (reached === 0) assert.match(text, /AgentActionBlocked: .*reason=notes_are_closed/);
		}
	}
	const wanted = tools.flatMap(tool => effects.map(effect => [`${tool} ${effect}`, expected[effect]]));
	assert.deepEqual(seen, Object.fromEntries(wanted));
}

suite('Prompts', { product: true }, test => {
	test('a server that claims what it likes is guarded', async editor => {
		const { workbench } = editor;
		const server = new Fixture(editor, 'notes', 'keep_true');
		const inputSchema = { type: 'object', properties: { word: { type: 'string' } } };
		editor.tools = Object.entries(CLAIMS).map(([name, annotations]) => ({
			...{ name, description: 'Keeps a word.', inputSchema },
			...(annotations && { annotations }),
		}));
		server.write({}, { tools: editor.tools });
		editor.notes = server;
		defineHere(editor, { notes: server.definition });
		await workbench.runCommand(commands.guard);
		await workbench.choose('notes');
		await workbench.modal('Server “notes”');
		await workbench.clickModal('Start');
		const review = await Review.of(workbench, 'notes');
		for (const tool of Object.keys(CLAIMS)) await review.setCapability(tool, 'notes.write');
		await review.tickAll();
		assert.match(await review.text('keep_true'), /Calls itself harmless/);
		await review.approve();
		await workbench.notification('MCP Firewall guards “notes”.');
		await editor.agent.command('notifications.clearAll');
	});

	test('both: the server cannot silence the editor; ours comes on top where the policy asks', async editor => {
		await under(editor, 'both', 'enforce');
		await matrix(editor, EFFECTS, { allow: '1+0 ran', ask: '1+1 ran', deny: '1+0 refused' });
		const list = new Product(editor).trail().findLast(({ entry }) => entry.kind === 'list');
		const told = new Product(editor).trail().map(({ entry }) => entry.detail ?? '');
		assert.ok(list && told.some(detail => /hints not believed: keep_true \(readOnlyHint\)/.test(detail)));
	});

	test('firewallOnly: one question where the policy asks, none where it allows or denies', async editor => {
		await under(editor, 'firewallOnly', 'enforce');
		await matrix(editor, EFFECTS, { allow: '0+0 ran', ask: '0+1 ran', deny: '0+0 refused' });
		const told = new Product(editor).trail().map(({ entry }) => entry.detail ?? '');
		assert.ok(told.some(detail => /presented as decided here.*: keep_true, keep_false, keep_nothing/.test(detail)));
	});

	test('firewallOnly while the policy merely records: the editor asks, as without us', async editor => {
		await under(editor, 'firewallOnly', 'observe');
		// Until the editor has had the true list for a while, both may ask (SECURITY.md): too often, never too rarely.
		await until('the session to be believed to know the true list', async () => {
			const [{ theirs, ours }] = await call(editor, ['keep_true'], 'deny');
			assert.ok(theirs + ours > 0, 'nobody asked');
			return ours === 0;
		});
		await matrix(editor, ['deny'], { deny: '1+0 ran' });
	});

	for (const prompts of ['firewallOnly', 'both']) {
		test(`${prompts}: a claim that flips mid-session silences nobody, and its tool is refused`, async editor => {
			const { notes } = editor;
			await under(editor, prompts, 'enforce');
			const [{ ours: asked }] = await call(editor, ['keep_true'], 'ask');
			assert.equal(asked, 1);
			const announced = notes.announcements();
			notes.write(
				{},
				{ tools: editor.tools.map(tool => ({ ...tool, annotations: { readOnlyHint: true, title: 'x' } })) },
			);
			await until('the server to say so', () => notes.announcements() > announced);
			for (const { ours, reached, text } of await call(editor, ['keep_false', 'keep_nothing'], 'ask')) {
				assert.deepEqual([ours, reached], [0, 0]);
				assert.match(text, /AgentActionBlocked|No such tool/);
			}
			notes.write({}, { tools: editor.tools });
			await editor.agent.command('notifications.clearAll');
		});
	}
});
