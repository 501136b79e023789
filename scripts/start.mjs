// `npm start`: from a fresh clone to MCP Firewall in a real VS Code with a sample workspace and a demo agent.
//   --no-open   do not open a browser, only print the address
//   --browser   use code-server even where a desktop VS Code is installed
//   --once      stop as soon as everything runs (for tests)
import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startCodeServer } from './lib/codeServer.mjs';
import { copySampleWorkspace, packageDemoAgent, productVsix } from './lib/demo.mjs';
import { findDesktopCode, startDesktopCode } from './lib/desktopCode.mjs';
import { installEditor, installRoot, root } from './lib/install.mjs';
import { run, runOrThrow } from './lib/process.mjs';
import { step } from './lib/steps.mjs';

const { values } = parseArgs({
	options: { 'no-open': { type: 'boolean' }, browser: { type: 'boolean' }, once: { type: 'boolean' } },
});
const home = path.join(root, '.mcp-firewall-demo');
const profile = path.join(home, 'profile');

let editor;
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void stop(0));
// npm does not hand every signal on: when it is gone, so are we.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && void stop(0), 1000).unref();

try {
	await main();
} catch (error) {
	console.error(`\n${error.message}`);
	await stop(1);
}

async function main() {
	const code = values.browser ? undefined : findDesktopCode();
	await step('Packages', installRoot);
	if (!code) await step('VS Code for the browser (code-server)', installEditor);
	await step('Build', () => npmRun('build'));
	await step('Package', async () => {
		rmSync(productVsix(), { force: true });
		await npmRun('package');
		return path.basename(productVsix());
	});
	rmSync(home, { recursive: true, force: true });
	const agent = await step('Demo agent', async () => ({ vsix: await packageDemoAgent(home) }));
	const { workspace } = copySampleWorkspace(path.join(home, 'workspace'));
	const extensions = [productVsix(), agent.vsix];
	await step(code ? 'VS Code' : 'Editor', async () => {
		editor = code
			? await startDesktopCode({ code, profile, workspace, extensions })
			: await startCodeServer({ profile, workspace, extensions });
	});
	tell(workspace);
	if (values.once) return stop(0);
	if (editor.url && !values['no-open']) await openBrowser(editor.url);
	if (editor.closed) {
		await editor.closed;
		await stop(0);
	}
}

async function npmRun(script) {
	await runOrThrow('npm', ['run', '--silent', script], { cwd: root });
}

function tell(workspace) {
	console.log(`
MCP Firewall runs in a VS Code of its own${editor.url ? `:\n\n  ${editor.url}\n` : '.'}
Workspace (a copy, do what you like): ${workspace}

What to try there:

  1. A message says that two servers are not guarded: "Guard All 2". If it is gone, click "MCP 0/2 guarded" in the status bar.
  2. In the chat (Ctrl+Alt+I shows and hides it) send, one after the other:

       @demo read the readme            allowed: a read inside the workspace
       @demo write a note               asks you first, with a diff under Show Details
       @demo read /etc/passwd           refused: outside the workspace
       @demo read the link              refused: a symlink that leads outside
       @demo fetch the poisoned page    asks first, then arrives as quoted evidence, with a notice

     VS Code does not ask on top; with the setting mcpFirewall.prompts at "both" it does.

  3. Press F1 and run "MCP Firewall: Open Audit Panel": all of it is there. Click a refused call:
     "Why?" leads to the rule, "Create Rule from This…" writes a rule for such calls into your policy and leaves it to you to
     save it. "Verify" in the upper right corner checks every hash and signature of the trail.

No model account is needed: @demo follows a script. If the very first line is answered by "Language model unavailable",
send it again. ${editor.url ? 'Ctrl-C here stops everything.' : 'Close the window, or press Ctrl-C here, to stop.'}
`);
}

/** Only a convenience: where nothing can open an address, the printed one has to do. */
async function openBrowser(url) {
	if (process.platform === 'darwin') await run('open', [url], { quiet: true });
	else if (process.platform === 'win32') await run('cmd', ['/c', 'start', '', url], { quiet: true });
	else if (process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
		await run('xdg-open', [url], { quiet: true, timeoutMs: 5000 });
}

async function stop(code) {
	if (stopping) return;
	stopping = true;
	await editor?.stop();
	process.exit(code);
}
