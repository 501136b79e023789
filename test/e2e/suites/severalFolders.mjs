// A `.code-workspace` with two folders, whose servers have the same names, in a real editor: which server is which, where each
// runs, whose policy says what, and what becomes of it all as folders come and go. The tests build on each other.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { processesNaming } from '../../../scripts/lib/process.mjs';
import { openTogether } from '../lib/editor.mjs';
import { refused } from '../lib/demoAgent.mjs';
import { admit, Fixture } from '../lib/fixture.mjs';
import { admitFiles, assertRunsIn, define, filesystem, folderOf, mine } from '../lib/folders.mjs';
import { suite } from '../lib/harness.mjs';
import { commands, Product } from '../lib/product.mjs';
import { ServerTree } from '../lib/serverTree.mjs';
import { until } from '../lib/wait.mjs';

const quays = `policy_name: quay
deny:
  - capability: filesystem.read
    id: no-notes
    path_prefix: \${workspaceFolder}/notes
allow: [compute.run]
`;
/** The full name of a file tool of one of the two file servers. */
const toolOf = ({ toolsOf }, server, tool) => toolsOf[server].find(name => name.endsWith(`_${tool}`));

/** The full names of the tools that come with a server. */
async function start({ agent }, server) {
	const before = new Set(await agent.toolNames());
	return until(`the tools of ${server}`, async () => {
		await agent.startServer(server);
		const fresh = (await agent.toolNames()).filter(name => !before.has(name));
		return fresh.some(name => name.endsWith('_read_text_file')) && fresh;
	});
}

suite('Several folders', { product: true, folders: ['quay'] }, test => {
	test('servers of the same names are offered from each folder, told apart, and each is guarded where it is defined', async editor => {
		const { workbench, workspace } = editor;
		const quay = folderOf(editor, 'quay');
		const here = new Fixture(editor, 'depth', 'read_depth');
		const there = new Fixture(editor, 'quay-depth', 'read_quay_depth');
		const tide = new Fixture(editor, 'tide', 'read_tide');
		there.name = 'depth (quay)';
		define(workspace, { filesystem: filesystem(editor), depth: here.definition });
		define(quay, { filesystem: filesystem(editor), depth: there.definition, tide: tide.definition });
		const pilot = new Fixture(editor, 'pilot', 'read_pilot');
		const { definition } = pilot;
		const servers = { pilot: { ...definition, args: [...definition.args, '${workspaceFolder:quay}'] } };
		openTogether(editor.workspaceFile, ['harbour', 'quay'], { mcp: { servers } });
		for (const name of ['notes', 'berths']) {
			mkdirSync(path.join(quay, name));
			writeFileSync(path.join(quay, name, 'list.md'), `The ${name} of the quay.\n`);
		}
		await workbench.statusBarItem('MCP 0/6 guarded');
		await workbench.clearNotifications();

		await workbench.runCommand(commands.guard);
		await until('the choice of servers', async () =>
			(await workbench.quickInputText()).startsWith('Guard MCP Servers'),
		);
		const rows = await workbench.quickPickRows();
		await workbench.screenshot('folders-offered');
		const offeredFrom = file => rows.filter(row => row.includes(file)).length;
		const definedIn = [`${workspace}/.vscode/mcp.json`, `${quay}/.vscode/mcp.json`, editor.workspaceFile];
		assert.deepEqual([...definedIn.map(offeredFrom), rows.length], [2, 3, 1, 6], rows.join('\n'));
		await workbench.acceptQuickInput();
		const launches = [await admitFiles(workbench, 'filesystem')];
		await admit(editor, { name: 'depth', tool: 'read_depth' });
		launches.push(await admitFiles(workbench, 'filesystem (quay)'));
		await admit(editor, { name: 'depth (quay)', tool: 'read_quay_depth' });
		await admit(editor, { name: 'tide', tool: 'read_tide' });
		await admit(editor, pilot);
		await workbench.notification(
			'MCP Firewall guards “filesystem”, “depth”, “filesystem (quay)”, “depth (quay)”, “tide”, “pilot”.',
		);
		assert.deepEqual(
			launches.map(text => /^In folder: (.*)$/m.exec(text)?.[1]),
			[workspace, quay],
		);
		await workbench.statusBarItem('MCP 6/6 guarded');
		await workbench.clearNotifications();
		for (const folder of [workspace, quay]) {
			const text = readFileSync(path.join(folder, '.vscode/mcp.json'), 'utf8');
			assert.doesNotMatch(text, /node/, 'taken out of its own file');
		}
		const tree = await ServerTree.open(workbench);
		for (const name of ['filesystem', 'filesystem (quay)', 'depth', 'depth (quay)', 'tide', 'pilot']) {
			await tree.rowSaying(name, 'approved');
		}
		await workbench.screenshot('folders-guarded');
	});

	test('each starts its own program in its own folder, and is told of that folder alone', async editor => {
		const { workspace, agent, fixtures } = editor;
		const quay = folderOf(editor, 'quay');
		editor.toolsOf = {
			filesystem: await start(editor, 'filesystem'),
			'filesystem (quay)': await start(editor, 'filesystem (quay)'),
		};
		const allowed = async server =>
			JSON.parse(await agent.outcome(toolOf(editor, server, 'list_allowed_directories'), {}));
		assert.deepEqual(await allowed('filesystem'), { content: `Allowed directories:\n${workspace}` });
		assert.deepEqual(await allowed('filesystem (quay)'), { content: `Allowed directories:\n${quay}` });
		const list = { path: path.join(quay, 'berths/list.md') };
		assert.match(
			await agent.outcome(toolOf(editor, 'filesystem (quay)', 'read_text_file'), list),
			/berths of the quay/,
		);
		// The policy lets it, because both folders are open; the server itself knows nothing of the other folder.
		assert.match(
			await agent.outcome(toolOf(editor, 'filesystem', 'read_text_file'), list),
			/outside allowed directories/,
		);

		for (const [fixture, folder] of [
			[fixtures.depth, workspace],
			[fixtures['quay-depth'], quay],
		]) {
			assert.match(await fixture.call({ agent }), /called read_/);
			assert.equal(fixture.calls().length, 1);
			assertRunsIn(fixture.processes(), [folder]);
		}
	});

	test('a server of the .code-workspace file is of no folder: it runs at home, and names the folders that it means', async editor => {
		const { pilot } = editor.fixtures;
		assert.match(await pilot.call(editor), /called read_pilot/);
		assertRunsIn(processesNaming('rugPull.mjs', pilot.state, ` watch ${folderOf(editor, 'quay')}`), [editor.home]);
	});

	test('the policy of one folder is about its own folder; it tightens at once, and loosens only once trusted and only there', async editor => {
		const { agent, workbench, workspace, profileFolder, fixtures } = editor;
		const product = new Product(editor);
		const quay = folderOf(editor, 'quay');
		const own = path.join(profileFolder, 'mine.yaml');
		writeFileSync(own, mine);
		let from = product.trail().length;
		await agent.request('setting', ['mcpFirewall.policyFile', own]);
		await product.policySince(from);
		from = product.trail().length;
		writeFileSync(path.join(quay, '.vscode/mcp-firewall.yaml'), quays);
		await workbench.notification(/policy \(quay\/\.vscode\/mcp-firewall\.yaml\) wants to allow 1 thing/);
		await product.policySince(from);
		await agent.startServer('filesystem');
		await agent.startServer('filesystem (quay)');

		const read = (server, file) => agent.outcome(toolOf(editor, server, 'read_text_file'), { path: file });
		assert.match(await read('filesystem (quay)', path.join(quay, 'notes/list.md')), /AgentActionBlocked/);
		assert.equal(product.lastCall(({ tool }) => tool === 'read_text_file').verdict.rule.id, 'workspace:no-notes');
		assert.match(await read('filesystem (quay)', path.join(quay, 'berths/list.md')), /berths of the quay/);
		assert.doesNotMatch(await read('filesystem', path.join(workspace, 'notes/ideas.md')), refused);
		const depth = fixtures.depth;
		const quayDepth = fixtures['quay-depth'];
		const reaches = async fixture => {
			const before = fixture.calls().length;
			await agent.startServer(fixture.name).catch(() => undefined);
			const answer = await fixture.tryCall(editor);
			assert.equal(fixture.calls().length > before, !refused.test(answer), answer);
			return fixture.calls().length > before;
		};
		assert.deepEqual([await reaches(depth), await reaches(quayDepth)], [false, false]);

		from = product.trail().length;
		await workbench.runCommand('MCP Firewall: Review Workspace Policy…');
		await workbench.choose(/Trust 1 thing/);
		await workbench.modal('Trust this file’s allow rules?');
		await workbench.clickModal('Trust These Rules');
		await workbench.notification('allow rules count from now on');
		await product.policySince(from);
		await until('the quay’s own server to be allowed', () => reaches(quayDepth));
		assert.equal(await reaches(depth), false, 'what was trusted in one folder opens nothing to the other’s server');
		await workbench.clearNotifications();
	});

	test('an answer that is remembered for one folder is none for the other', async editor => {
		const { agent, workbench, workspace } = editor;
		const quay = folderOf(editor, 'quay');
		const write = (server, folder, name) =>
			agent.words(toolOf(editor, server, 'write_file'), {
				path: path.join(folder, 'notes', name),
				content: 'low water',
			});
		const first = write('filesystem (quay)', quay, 'a.md');
		const { message, detail } = await workbench.modal('Allow write_file');
		assert.equal(message, 'Allow write_file of the MCP server filesystem (quay)?');
		assert.match(detail, new RegExp(`^Allow for 1 Hour covers: .* of this server below ${quay}, in this`, 'm'));
		await workbench.clickModal('Allow for 1 Hour');
		assert.match(await first, /Successfully wrote/);
		assert.match(await write('filesystem (quay)', quay, 'b.md'), /Successfully wrote/);
		const other = write('filesystem', workspace, 'a.md');
		await workbench.modal('Allow write_file of the MCP server filesystem?');
		await workbench.clickModal('Deny');
		assert.match(await other, /AgentActionBlocked/);
	});

	test('a folder that is added is looked into; one that is removed takes its servers and its policy away', async editor => {
		const { agent, workbench, workspaceFile, fixtures } = editor;
		const product = new Product(editor);
		const pier = new Fixture(editor, 'pier', 'read_pier');
		define(folderOf(editor, 'pier'), { depth: pier.definition });
		await workbench.clearNotifications();
		openTogether(workspaceFile, ['harbour', 'quay', 'pier']);
		await workbench.notification('“depth”');
		await workbench.statusBarItem('MCP 6/7 guarded');
		await workbench.screenshot('folders-added');
		await workbench.clearNotifications();

		const running = () => [
			...fixtures['quay-depth'].processes(),
			...processesNaming('server-filesystem', folderOf(editor, 'quay')),
		];
		await agent.startServer('depth (quay)');
		assert.ok(running().length >= 2, 'they run before');
		const from = product.trail().length;
		openTogether(workspaceFile, ['harbour', 'pier']);
		await workbench.statusBarItem('MCP 3/4 guarded');
		await until('the servers of the closed folder to end', () => running().length === 0);
		const tree = await ServerTree.open(workbench);
		for (const name of ['tide', 'depth (quay)', 'filesystem (quay)']) {
			await tree.rowSaying(name, 'belongs to another folder');
		}
		await until('their tools to go', async () => {
			const names = await agent.toolNames();
			return !names.some(name => /_read_(?:tide|quay_depth)$/.test(name));
		});
		assert.match(await fixtures['quay-depth'].tryCall(editor), refused);
		await until('its policy to go', () =>
			product
				.trail()
				.slice(from)
				.some(
					({ entry }) => entry.event === 'policy-loaded' && /mcp-firewall\.yaml removed/.test(entry.detail),
				),
		);

		openTogether(workspaceFile, ['harbour', 'quay']);
		await workbench.statusBarItem('MCP 6/6 guarded');
		await tree.rowSaying('depth (quay)', 'approved');
	});
});
