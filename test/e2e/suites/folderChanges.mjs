// Several folders that nobody trusts yet, and a window of one folder that becomes one of several and one again, in a real
// editor as its person changes it. The tests of a suite build on each other.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { processesNaming } from '../../../scripts/lib/process.mjs';
import { openTogether } from '../lib/editor.mjs';
import { refused } from '../lib/demoAgent.mjs';
import { admit, Fixture } from '../lib/fixture.mjs';
import {
	admitFiles,
	assertRunsIn,
	define,
	filesystem,
	folderOf,
	mine,
	openFolder,
	openWorkspace,
	pressTrust,
	registered,
	setOwnPolicy,
	trustPolicy,
	trustWorkspace,
} from '../lib/folders.mjs';
import { suite } from '../lib/harness.mjs';
import { commands, Product } from '../lib/product.mjs';
import { ServerTree } from '../lib/serverTree.mjs';
import { until } from '../lib/wait.mjs';

const computes = name => `policy_name: ${name}\nallow: [compute.run]\n`;
const policyOf = folder => path.join(folder, '.vscode/mcp-firewall.yaml');
const untrusted = 'This workspace is not trusted. MCP Firewall starts no servers here';

/** Waits until a call of the fixture's tool comes to it. */
function isAllowed(editor, fixture) {
	return until(`${fixture.tool} of ${fixture.name} to be allowed`, async () => {
		await editor.agent.startServer(fixture.name);
		const before = fixture.calls().length;
		const answer = await fixture.tryCall(editor);
		assert.equal(fixture.calls().length > before, !refused.test(answer), answer);
		if (refused.test(answer)) throw new Error(`${answer} Offered: ${(await editor.agent.toolNames()).join()}`);
		return true;
	});
}

/** Waits until the fixture runs with its tool hidden, as what is denied is; a call does not come to it either. */
async function isDenied(editor, fixture) {
	const product = new Product(editor);
	await until(`${fixture.tool} of ${fixture.name} to be hidden`, async () => {
		await editor.agent.startServer(fixture.name);
		const lists = product
			.trail()
			.filter(({ entry }) => entry.kind === 'list' && entry.server.name === fixture.name);
		return lists.at(-1)?.entry.detail?.includes(`hidden: ${fixture.tool}`);
	});
	const before = fixture.calls().length;
	assert.match(await fixture.tryCall(editor), refused);
	assert.equal(fixture.calls().length, before);
}

suite('Several folders in a restricted workspace', { product: true, restricted: true, folders: ['quay'] }, test => {
	test('says so of the servers of every folder, with the way to trust; nothing is started, offered or loosened', async editor => {
		const { workbench, workspace } = editor;
		const quay = folderOf(editor, 'quay');
		await workbench.statusBarItem('MCP restricted');
		await workbench.notification('Nothing is started here before you trust this workspace.');
		await workbench.clearNotifications();
		const here = new Fixture(editor, 'depth', 'read_depth');
		const there = new Fixture(editor, 'quay-depth', 'read_quay_depth');
		const tide = new Fixture(editor, 'tide', 'read_tide');
		there.name = 'depth (quay)';
		define(quay, { depth: there.definition, tide: tide.definition });
		const told = await workbench.notification(
			'2 MCP servers are not guarded: “depth”, “tide”. Nothing is started here before you trust this workspace.',
		);
		assert.deepEqual(told.buttons, ['Manage Workspace Trust', 'Not Now', 'Never for These Servers']);
		await workbench.screenshot('folders-restricted');
		await workbench.clearNotifications();
		for (const folder of [workspace, quay]) writeFileSync(policyOf(folder), computes(path.basename(folder)));
		define(workspace, { depth: here.definition });
		const tree = await ServerTree.open(workbench);
		await until('the servers of both folders below the way to trust', async () => {
			const rows = await tree.rows();
			if (rows.length !== 4) throw new Error(rows.join('\n'));
			assert.match(rows[0], /^Restricted workspace ?nothing is started here/);
			assert.deepEqual(rows.slice(1), [
				'depthnot guarded · harbour/.vscode/mcp.json',
				'depthnot guarded · quay/.vscode/mcp.json',
				'tidenot guarded · quay/.vscode/mcp.json',
			]);
			return true;
		});
		await workbench.screenshot('folders-restricted-view');

		await workbench.clearNotifications();
		await workbench.runCommand('MCP Firewall: Guard All MCP Servers…');
		const { buttons } = await workbench.notification(untrusted);
		assert.deepEqual(buttons, ['Manage Workspace Trust']);
		await workbench.clearNotifications();
		await workbench.runCommand('MCP Firewall: Review Workspace Policy…');
		await workbench.choose('quay/.vscode/mcp-firewall.yaml');
		await until('what it wants to allow', async () =>
			(await workbench.quickInputText()).includes('What quay/.vscode/mcp-firewall.yaml wants to allow'),
		);
		const offers = await workbench.quickPickRows();
		assert.match(offers[0], /This window is restricted: no allow rule of a workspace counts here/);
		assert.ok(!offers.some(row => /Trust \d/.test(row)), offers.join('\n'));
		await workbench.screenshot('folders-restricted-policy');
		await workbench.page.keyboard.press('Escape');
		for (const fixture of [here, there, tide]) assertRunsIn(fixture.processes(), []);
		const ours = (await workbench.notifications()).filter(({ message }) => message.includes('MCP Firewall'));
		assert.deepEqual(ours, [], 'its policies are not asked about');
	});

	test('once trusted, the servers of both are offered and told apart; the policy of one loosens nothing for the other', async editor => {
		const { agent, workbench, workspace, fixtures } = editor;
		const { depth, 'quay-depth': quayDepth, tide } = fixtures;
		const quay = folderOf(editor, 'quay');
		const product = new Product(editor);
		const tree = await ServerTree.open(workbench);
		await tree.press('Restricted workspace');
		await pressTrust(workbench, 'folders-restricted-trust');
		await agent.ready();
		await workbench.statusBarItem('MCP 0/3 guarded');
		const asked = folder => new RegExp(`policy \\(${folder}/\\.vscode/mcp-firewall\\.yaml\\) wants to allow 1`);
		for (const folder of ['harbour', 'quay']) await workbench.notification(asked(folder));
		const { buttons } = await workbench.notification(
			'3 MCP servers are not guarded: “depth” (harbour), “depth” (quay), “tide”.',
		);
		assert.equal(buttons[0], 'Guard All 3');
		await workbench.screenshot('folders-trusted');
		await workbench.clearNotifications();
		for (const fixture of [depth, quayDepth, tide]) assertRunsIn(fixture.processes(), []);

		await workbench.runCommand(commands.guard);
		const rows = await workbench.quickPickRows();
		const offeredFrom = folder => rows.filter(row => row.includes(`${folder}/.vscode/mcp.json`)).length;
		assert.deepEqual([offeredFrom(workspace), offeredFrom(quay), rows.length], [1, 2, 3], rows.join('\n'));
		await workbench.acceptQuickInput();
		for (const fixture of [depth, quayDepth, tide]) await admit(editor, fixture);
		await workbench.notification('MCP Firewall guards “depth”, “depth (quay)”, “tide”.');
		await workbench.clearNotifications();
		await setOwnPolicy(editor, product, mine);
		for (const fixture of [depth, quayDepth, tide]) await isDenied(editor, fixture);
		await trustPolicy(editor, product, 'quay/.vscode/mcp-firewall.yaml');
		for (const fixture of [quayDepth, tide]) await isAllowed(editor, fixture);
		await isDenied(editor, depth);
		assertRunsIn(depth.processes(), [workspace]);
		assertRunsIn(quayDepth.processes(), [quay]);
	});
});

/** The full names of the file tools of the server that serves a folder; what is cached is asked anew. */
async function fileToolsOf({ agent }, label, folder) {
	return until(`the tools of ${label}`, async () => {
		await agent.startServer(label);
		const lists = (await agent.toolNames()).filter(name => name.endsWith('_list_allowed_directories'));
		for (const list of lists) {
			const { text } = await agent.invoke(list, {});
			if (text.includes(`directories:\\n${folder}"`)) return list.replace(/list_allowed_directories$/, '');
		}
		return undefined;
	});
}

/** Begins to write a file by the file server of that prefix; gives the answer's words, or what the call was refused with. */
function write({ agent }, prefix, file) {
	return agent.words(`${prefix}write_file`, { path: file, content: 'low water' });
}

const remember = 'Allow in Workspace for 8 hours';

suite(
	'From one folder to several',
	{ product: true, restricted: true, settings: { 'files.simpleDialog.enable': true } },
	test => {
		test('one folder: its servers are reviewed, its policy is trusted, an answer is remembered', async editor => {
			const { agent, workbench, workspace } = editor;
			const product = new Product(editor);
			const depth = new Fixture(editor, 'depth', 'read_depth');
			define(workspace, { filesystem: filesystem(editor), depth: depth.definition });
			writeFileSync(policyOf(workspace), computes('harbour'));
			await trustWorkspace(workbench, 'one-folder-trust');
			await agent.ready();
			await workbench.statusBarItem('MCP 0/2 guarded');
			await workbench.notification('wants to allow 1 thing');
			await workbench.clearNotifications();
			await workbench.runCommand(commands.guard);
			await workbench.quickPickRows();
			await workbench.acceptQuickInput();
			await admitFiles(workbench, 'filesystem');
			await admit(editor, depth);
			await workbench.notification('MCP Firewall guards “filesystem”, “depth”.');
			await workbench.clearNotifications();
			await setOwnPolicy(editor, product, mine);
			await isDenied(editor, depth);
			await trustPolicy(editor, product);
			await isAllowed(editor, depth);
			assertRunsIn(depth.processes(), [workspace]);

			const prefix = await fileToolsOf(editor, 'filesystem', workspace);
			const first = write(editor, prefix, path.join(workspace, 'notes/a.md'));
			await workbench.modal('Allow write_file of the MCP server filesystem?');
			await workbench.clickModal(remember);
			assert.match(await first, /Successfully wrote/);
			assert.match(await write(editor, prefix, path.join(workspace, 'notes/b.md')), /Successfully wrote/);
			assert.equal(await workbench.hasModal(), false);
			editor.before = registered(editor);
			await workbench.clearNotifications();
		});

		test('a folder that nobody trusts is added: what ran ends, nothing of either starts, and nothing is forgotten', async editor => {
			const { agent, workbench, fixtures, fileServers, before } = editor;
			const quay = folderOf(editor, 'quay');
			mkdirSync(path.join(quay, 'notes'), { recursive: true });
			const there = new Fixture(editor, 'quay-depth', 'read_quay_depth');
			there.name = 'depth (quay)';
			define(quay, { filesystem: filesystem(editor), depth: there.definition });
			assert.deepEqual([fixtures.depth.processes().length, fileServers().length], [1, 1], 'they run before');
			editor.host = agent.host;
			editor.both = path.join(path.dirname(quay), 'both.code-workspace');
			openTogether(editor.both, ['harbour', 'quay']);
			await openWorkspace(workbench, editor.both);
			await workbench.statusBarItem('MCP restricted');
			await until('what ran to end', () => fixtures.depth.processes().length + fileServers().length === 0);
			const { buttons } = await workbench.notification(
				'2 MCP servers are not guarded: “filesystem”, “depth”. Nothing is started here before you trust this',
			);
			assert.equal(buttons[0], 'Manage Workspace Trust');
			const tree = await ServerTree.open(workbench);
			await tree.rowSaying('Restricted workspace', 'nothing is started here');
			await workbench.screenshot('folder-added-restricted');
			await workbench.clearNotifications();
			await workbench.runCommand(commands.tryCall);
			await workbench.notification(untrusted);
			await workbench.clearNotifications();
			assert.deepEqual([fixtures.depth.processes(), there.processes(), fileServers()], [[], [], []]);
			assert.deepEqual(registered(editor), before);
		});

		test('once it is trusted, only what it brought is new: nothing of the first folder is reviewed again or moved, nor loosens the other', async editor => {
			const { agent, workbench, workspace, fixtures, before } = editor;
			const { depth, 'quay-depth': quayDepth } = fixtures;
			const quay = folderOf(editor, 'quay');
			await trustWorkspace(workbench, 'folder-added-trust');
			await agent.movedFrom(editor.host);
			await workbench.statusBarItem('MCP 2/4 guarded');
			await workbench.notification('2 MCP servers are not guarded: “filesystem”, “depth”.');
			await workbench.screenshot('folder-added');
			const said = (await workbench.notifications()).map(({ message }) => message);
			assert.ok(!said.some(message => message.includes('wants to allow')), said.join('\n'));
			await workbench.clearNotifications();
			assert.deepEqual(registered(editor), before);
			const tree = await ServerTree.open(workbench);
			for (const name of ['filesystem', 'depth']) await tree.rowSaying(name, 'kept off by VS Code');
			await workbench.screenshot('folder-added-kept-off');
			await workbench.runCommand(commands.guard);
			const rows = await workbench.quickPickRows();
			assert.ok(
				rows.length === 2 && rows.every(row => row.includes(`${quay}/.vscode/mcp.json`)),
				rows.join('\n'),
			);
			await workbench.acceptQuickInput();
			const launch = await admitFiles(workbench, 'filesystem (quay)');
			assert.match(launch, new RegExp(`^In folder: ${quay}$`, 'm'));
			await admit(editor, quayDepth);
			await workbench.notification('MCP Firewall guards “filesystem (quay)”, “depth (quay)”.');
			await workbench.clearNotifications();
			const { filesystem: first, depth: second } = registered(editor);
			assert.deepEqual({ filesystem: first, depth: second }, before);
			for (const name of ['filesystem', 'depth']) await tree.rowSaying(name, 'approved');
			await isAllowed(editor, depth);
			assertRunsIn(depth.processes(), [workspace]);
			const prefix = await fileToolsOf(editor, 'filesystem', workspace);
			assert.equal(await workbench.hasModal(), false);
			// What was trusted in one folder opens nothing here.
			await isDenied(editor, quayDepth);
			assertRunsIn(quayDepth.processes(), [quay]);

			// "those for a workspace hold while the same folders are open"
			const other = await fileToolsOf(editor, 'filesystem (quay)', quay);
			const inQuay = write(editor, other, path.join(quay, 'notes/a.md'));
			await workbench.modal('Allow write_file of the MCP server filesystem (quay)?');
			await workbench.screenshot('folder-added-question');
			await workbench.clickModal('Deny');
			assert.match(await inQuay, /AgentActionBlocked/);
			const here = write(editor, prefix, path.join(workspace, 'notes/c.md'));
			await workbench.modal('Allow write_file of the MCP server filesystem?');
			await workbench.clickModal('Allow Once');
			assert.match(await here, /Successfully wrote/);
			editor.prefix = prefix;
		});

		test('the added folder is removed: its servers end, and the answer for the first alone counts again', async editor => {
			const { workbench, workspace, fixtures, prefix } = editor;
			const { depth, 'quay-depth': quayDepth } = fixtures;
			const quay = folderOf(editor, 'quay');
			const running = () => [...quayDepth.processes(), ...processesNaming('server-filesystem', quay)];
			assert.ok(running().length >= 2, 'they run before');
			openTogether(editor.both, ['harbour']);
			await workbench.statusBarItem('MCP 2/2 guarded');
			await until('the servers of the closed folder to end', () => running().length === 0);
			const tree = await ServerTree.open(workbench);
			await tree.rowSaying('depth (quay)', 'belongs to another folder');
			await tree.rowSaying('depth', 'approved');
			await workbench.screenshot('folder-removed');
			assert.match(await quayDepth.tryCall(editor), refused);
			await isAllowed(editor, depth);
			assert.match(await write(editor, prefix, path.join(workspace, 'notes/d.md')), /Successfully wrote/);
			assert.equal(await workbench.hasModal(), false);
		});

		test('the first folder by itself again is as it was left', async editor => {
			const { agent, workbench, workspace, fixtures, before } = editor;
			const { host } = agent;
			await openFolder(workbench, workspace);
			await agent.movedFrom(host);
			await workbench.statusBarItem('MCP 2/2 guarded');
			await isAllowed(editor, fixtures.depth);
			assertRunsIn(fixtures.depth.processes(), [workspace]);
			const prefix = await fileToolsOf(editor, 'filesystem', workspace);
			const file = path.join(workspace, 'notes/e.md');
			assert.match(await write(editor, prefix, file), /Successfully wrote/);
			assert.ok(existsSync(file));
			assert.equal(await workbench.hasModal(), false);
			const { filesystem: first, depth: second } = registered(editor);
			assert.deepEqual({ filesystem: first, depth: second }, before);
			await workbench.screenshot('folder-alone-again');
		});
	},
);
