import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Review } from './review.mjs';
import { until } from './wait.mjs';

/** The file server of a folder: the same text in every folder, as in many projects. */
export const filesystem = ({ filesystemServer }) => ({
	type: 'stdio',
	command: 'node',
	args: [filesystemServer, '${workspaceFolder}'],
});

/** A person's own policy: reads pass below the open folders, writes there ask. */
export const mine = `policy_name: mine
allow:
  - filesystem.roots
  - capability: filesystem.read
    path_prefix: \${workspaceFolder}
require_approval:
  - capability: filesystem.write
    path_prefix: \${workspaceFolder}
`;

/** As many processes as folders run, each in its folder; only Linux lets one see which. */
export function assertRunsIn(pids, folders) {
	const isSeen = process.platform === 'linux';
	assert.deepEqual(
		pids.map((pid, at) => (isSeen ? readlinkSync(`/proc/${pid}/cwd`) : folders[at])),
		folders,
	);
}

/** A folder beside the sample workspace. */
export const folderOf = ({ workspace }, name) => path.join(path.dirname(workspace), name);

/** Writes a folder's own mcp.json. */
export function define(folder, servers) {
	mkdirSync(path.join(folder, '.vscode'), { recursive: true });
	writeFileSync(path.join(folder, '.vscode/mcp.json'), JSON.stringify({ servers }, undefined, '\t'));
}

/** From the question whether it may be started to the approval of all its tools. Gives the question's words. */
export async function admitFiles(workbench, name) {
	const { detail } = await workbench.modal(`Server “${name}”`);
	await workbench.clickModal('Start');
	const review = await Review.of(workbench, name);
	await review.tickAll();
	await review.approve();
	return detail;
}

/** Puts the person's own policy in force. */
export async function setOwnPolicy({ agent, profileFolder }, product, text) {
	const own = path.join(profileFolder, 'mine.yaml');
	writeFileSync(own, text);
	const from = product.trail().length;
	await agent.request('setting', ['mcpFirewall.policyFile', own]);
	await product.policySince(from);
}

/** Trusts the one allow rule of a folder's policy, by the command; `named` is its row where several folders have one. */
export async function trustPolicy({ workbench }, product, named) {
	const from = product.trail().length;
	await workbench.runCommand('MCP Firewall: Review Workspace Policy…');
	if (named !== undefined) await workbench.choose(named);
	await workbench.choose(/Trust 1 thing/);
	await workbench.modal('Trust this file’s allow rules?');
	await workbench.clickModal('Trust These Rules');
	await workbench.notification('allow rules count from now on');
	await product.policySince(from);
}

/** Trusts what the window has open, on the editor's own page about it. */
export async function trustWorkspace(workbench, picture) {
	await workbench.runCommand('Workspaces: Manage Workspace Trust');
	await pressTrust(workbench, picture);
}

/** Presses the button of the editor's own page about trust, which is open. */
export async function pressTrust(workbench, picture) {
	const trust = workbench.page.locator('.workspace-trust-editor').getByText('Trust', { exact: true }).first();
	await trust.waitFor();
	await workbench.screenshot(picture);
	await trust.click();
	// It lies above everything else, and stays.
	const close = workbench.page.locator('.modal-editor-action-container .codicon-close');
	await workbench.page.getByText('You trust this').first().waitFor();
	await until('the page about trust to close', async () => {
		if (await close.count()) await close.click({ timeout: 1000 });
		return (await close.count()) === 0;
	});
}

/**
 * Opens a `.code-workspace` file of several folders in place of what the window has open, as "Add Folder to Workspace…" does
 * with the untitled one that it makes. That command itself is not for a test in a browser: VS Code also reloads the window by its
 * old address (WorkspaceChangeExtHostRelauncher), and which of the two comes first is chance. A desktop needs the setting
 * `files.simpleDialog.enable`.
 */
export async function openWorkspace(workbench, file) {
	await workbench.runCommand('File: Open Workspace from File...');
	await choosePath(workbench, file, 'Open Workspace from File');
	const { page } = workbench;
	if (!page.url().startsWith('http')) return;
	await page.waitForURL(/[?&]workspace=/, { timeout: 60_000 });
	await workbench.open();
	// On a loaded machine VS Code takes the file for one without folders, now and then, and goes on so; loaded anew it reads it.
	const empty = page.getByText('You have not yet added a folder to the workspace.');
	await page.locator('.explorer-folders-view .monaco-list-row').or(empty).first().waitFor({ timeout: 60_000 });
	if (await empty.isVisible()) {
		await page.reload();
		await workbench.open();
	}
}

/** "Open Folder…", in place of what the window has open. */
export async function openFolder(workbench, folder) {
	await workbench.runCommand('File: Open Folder...');
	await choosePath(workbench, folder, 'Open Folder');
}

/** Names a folder or a file in the editor's own dialog. */
async function choosePath(workbench, wanted, titled) {
	const input = workbench.page.locator('.quick-input-widget input.input').first();
	const button = workbench.page.locator('.quick-input-widget .monaco-text-button').filter({ visible: true }).first();
	const open = async () => (await workbench.quickInputText()).includes(titled);
	// It lists a folder first, and what was typed before that is replaced by the folder.
	await until(`the dialog ${titled}`, async () => (await open()) && (await input.inputValue()) !== '');
	await until('the dialog to take the path', async () => {
		if (!(await open())) return true;
		await input.fill(wanted, { timeout: 5000 });
		await until('the path to stand', async () => (await input.inputValue()) === wanted, 1000);
		// Enter would only go into the folder.
		await button.click({ timeout: 5000 });
		return until('the dialog to close', async () => !(await open()), 5000);
	});
}

/** The registered servers by name, as the registry keeps them. */
export function registered({ userData }) {
	const file = path.join(userData, 'User/globalStorage/mcp-firewall.mcp-firewall/registry/registry.json');
	const { servers } = JSON.parse(readFileSync(file, 'utf8'));
	return Object.fromEntries(servers.map(server => [server.name, server]));
}
