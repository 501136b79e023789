// What an organisation decides, in a real editor: locked settings, its collector, and the lists of servers that may run. The tests
// build on each other.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from '../lib/harness.mjs';
import { attributesOf, OtlpReceiver } from '../lib/otlpReceiver.mjs';
import { commands, Product } from '../lib/product.mjs';
import { Review } from '../lib/review.mjs';
import { until } from '../lib/wait.mjs';

const fileOf = ({ profileFolder }) => path.join(profileFolder, 'organisation.yaml');
const endpoint = 'mcpFirewall.audit.otlpEndpoint';
let receiver;

const policy = lines => `policy_name: harbour authority\nsettings:\n${lines.map(line => `  ${line}\n`).join('')}`;
const locked = () => [`audit.otlpEndpoint: ${receiver.url}`, 'approvalTimeout: 60', 'releaseWithheld: false'];

/** A read of the readme that the policy allows; made again where the editor ended the server under way. */
async function read(editor) {
	await editor.agent.startServer('filesystem').catch(() => undefined);
	await editor.chat.ask('@demo read the readme');
	return (await editor.agent.lastReply()).text;
}

suite('Organisation', { product: true, settings: { 'chat.mcp.deniedServers': [{ serverName: 'poisoned' }] } }, test => {
	test('a server on VS Code’s list of denied ones is not offered, but counted, since others read its file; the sentence names the list', async editor => {
		const { agent, workbench } = editor;
		const product = new Product(editor);
		await workbench.statusBarItem('MCP 0/2 guarded');
		await workbench.notification('2 MCP servers are not guarded: “filesystem”, “poisoned”.');
		await workbench.clearNotifications();
		await workbench.runCommand(commands.guard);
		await until('the choice of servers', async () =>
			(await workbench.quickInputText()).startsWith('Guard MCP Servers'),
		);
		await workbench.screenshot('organisation-denied');
		await workbench.choose('Not yet: poisoned');
		const { message, buttons } = await workbench.notification(/“poisoned” cannot be guarded/);
		assert.match(message, /list of denied MCP servers \(chat\.mcp\.deniedServers\)/);
		assert.deepEqual(buttons, ['Open Settings']);
		await workbench.clickNotification('“poisoned” cannot be guarded', 'Open Settings');
		await until('the list', async () => (await agent.request('activeText'))?.includes('"chat.mcp.deniedServers"'));
		await agent.command('workbench.action.closeActiveEditor');
		await workbench.runCommand(commands.guard);
		await until('the choice again', async () => (await workbench.quickInputText()).startsWith('Guard MCP Servers'));
		await workbench.choose('filesystem');
		await workbench.modal('Server “filesystem”');
		await workbench.clickModal('Start');
		const review = await Review.of(workbench, 'filesystem');
		await review.tickAll();
		await review.approve();
		await workbench.statusBarItem('MCP 1/2 guarded');
		await workbench.clearNotifications();
		await until('the tools', async () => /tide table/.test(await read(editor)), 60_000);
		assert.ok(product.calls().length > 0);
	});

	test('a locked setting holds whatever the person’s says, and the menu says who set it', async editor => {
		const { agent, workbench } = editor;
		receiver = await OtlpReceiver.start();
		const file = fileOf(editor);
		writeFileSync(file, policy(locked()));
		await agent.request('setting', ['mcpFirewall.organisationPolicy', file]);
		await new Product(editor).policyInForce(/organisation\.yaml added/);
		await workbench.clearNotifications();
		await agent.request('setting', [endpoint, 'http://127.0.0.1:9/v1/traces']);
		const { message } = await workbench.notification(/your organisation sets mcpFirewall\.audit\.otlpEndpoint/);
		assert.match(message, /your own value does not count/);
		await workbench.clearNotifications();
		await workbench.runCommand('MCP Firewall: Show Menu');
		await workbench.choose('Set by Your Organisation');
		await until('the list', async () => (await workbench.quickInputText()).includes('Set by Your Organisation'));
		const rows = (await workbench.quickPickRows()).join('\n');
		assert.match(rows, /mcpFirewall\.audit\.otlpEndpoint/);
		assert.match(rows, /mcpFirewall\.approvalTimeout\s*at most 60/);
		assert.match(rows, /organisation\.yaml:4/);
		await workbench.screenshot('organisation-locks');
		await workbench.page.keyboard.press('Escape');
	});

	test('the organisation’s collector gets the spans of calls, and nothing of arguments or answers', async editor => {
		await until('the readme', async () => /tide table/.test(await read(editor)), 60_000);
		const span = await until(
			'the span of the call',
			() => receiver.spans.find(({ name }) => name === 'tools/call read_text_file'),
			30_000,
		);
		const attributes = attributesOf(span);
		assert.equal(attributes['mcp.method.name'], 'tools/call');
		assert.equal(attributes['gen_ai.tool.name'], 'read_text_file');
		assert.equal(attributes['mcp_firewall.outcome'], 'answered');
		assert.equal(attributes['mcp_firewall.server.name'], 'filesystem');
		assert.deepEqual(receiver.wrong, []);
		for (const body of receiver.bodies) {
			assert.doesNotMatch(body, /README|tide table/);
			assert.ok(!body.includes(editor.workspace), 'a span holds a path of the arguments');
		}
	});

	test('with the collector down calls go on', async editor => {
		const product = new Product(editor);
		await receiver.stop();
		const before = product.calls().length;
		assert.match(await read(editor), /tide table/);
		assert.ok(product.calls().length > before);
	});

	test('a server that the organisation takes off its list ends, and is offered no more', async editor => {
		const { agent } = editor;
		const product = new Product(editor);
		const from = product.trail().length;
		writeFileSync(fileOf(editor), policy([...locked(), 'deniedServers: [{ serverName: filesystem }]']));
		await until('its end', () =>
			product
				.trail()
				.slice(from)
				.some(({ entry }) => entry.event === 'upstream-ended' && entry.server.name === 'filesystem'),
		);
		await until(
			'no tools',
			async () => {
				const text = await read(editor);
				return /No guarded server offers|not be started|server_not_listed/.test(text);
			},
			60_000,
		);
		const calls = product.received().length;
		await agent.startServer('filesystem').catch(() => undefined);
		await read(editor);
		assert.equal(product.received().length, calls);
		await agent.request('setting', ['mcpFirewall.organisationPolicy', undefined]);
		await agent.request('setting', [endpoint, undefined]);
	});
});
