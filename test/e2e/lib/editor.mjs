import { cpSync, existsSync, mkdtempSync, rmSync, createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { ensureChromium } from '../../../scripts/lib/chromium.mjs';
import { startCodeServer } from '../../../scripts/lib/codeServer.mjs';
import {
	copySampleWorkspace,
	packageDemoAgent,
	packageTestExtension,
	productVsix,
} from '../../../scripts/lib/demo.mjs';
import { root } from '../../../scripts/lib/install.mjs';
import { killTree, processesNaming } from '../../../scripts/lib/process.mjs';
import { Chat } from './chat.mjs';
import { DemoAgent } from './demoAgent.mjs';
import { patience } from './wait.mjs';
import { Workbench } from './workbench.mjs';

/** Where pictures, logs and counts of the suite go. */
export const output = path.join(root, 'test-output/e2e');

const flags = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

/**
 * A real VS Code with a fresh profile and a fresh sample workspace, seen through a headless browser.
 *
 * @param {{ name: string, product: boolean, settings?: Record<string, unknown>, env?: Record<string, string>, restricted?: boolean,
 *     locale?: 'de', folders?: string[] }} options
 *     `product`: install the VSIX at the root, too, and let the filesystem server write down what it receives; `env`: more
 *     variables of the editor; `restricted`: the workspace is not trusted, and the demo agent is not there; `locale`: the language
 *     of the editor, instead of English; `folders`: names of further folders beside the sample workspace, all of which a
 *     `.code-workspace` file (`workspaceFile` of the result) opens together
 */
export async function startEditor({ name, product, settings, env: more, restricted, locale, folders }) {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'mcpfw-'));
	const logs = path.join(output, name);
	rmSync(logs, { recursive: true, force: true });
	mkdirSync(logs, { recursive: true });
	const sample = copySampleWorkspace(path.join(folder, 'ws'), { tapped: product });
	const workspaceFile = folders && path.join(folder, 'ws/port.code-workspace');
	if (folders) openTogether(workspaceFile, [path.basename(sample.workspace), ...folders]);
	const extensions = [await packageDemoAgent(folder)];
	if (locale) extensions.push(await packageTestExtension(`language-pack-${locale}`, folder));
	if (product) {
		if (!existsSync(productVsix())) throw new Error(`No ${productVsix()}: run npm run package first.`);
		extensions.push(productVsix());
	}
	// A home of its own: what windows say of themselves to other clients lies there.
	const home = path.join(folder, 'home');
	mkdirSync(home);
	const agents = path.join(folder, 'agent');
	const env = {
		...{ DEMO_AGENT_DIR: agents, DEMO_AGENT_WORKSPACE: sample.workspace },
		...{ HOME: home, USERPROFILE: home },
		...more,
	};
	const agent = new DemoAgent(agents);
	const profile = path.join(folder, 'profile');
	const texts = path.join(root, `test/e2e/language-pack-${locale}/main.i18n.json`);
	const language = locale && { language: locale, texts };
	const start = process.argv.includes('--electron')
		? (await import('./electron.mjs')).startElectron
		: startCodeServer;
	const server = await start({
		profile,
		workspace: workspaceFile ?? sample.workspace,
		extensions,
		settings,
		env,
		restricted,
		locale: language,
	});
	let browser;
	/** Ends the editor alone; its files stay for whoever outlives it. */
	const stopEditor = async () => {
		await browser?.close();
		await server.stop();
	};
	const stop = async () => {
		await stopEditor();
		const keep = (from, as) =>
			existsSync(from) && cpSync(from, path.join(logs, as), { recursive: true, force: true });
		keep(path.join(server.userData, 'logs'), 'logs');
		keep(path.join(server.userData, 'User/globalStorage/mcp-firewall.mcp-firewall/trail'), 'trail');
		if (server.log) keep(server.log, 'code-server.log');
		// Servers that lost their parent while it ended are found by the folder that they were given.
		await Promise.all(processesNaming(folder).map(pid => killTree(pid)));
		// What was killed a moment ago may still be writing.
		await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
	};
	try {
		if (!server.page) browser = await chromium.launch({ executablePath: await ensureChromium(), args: flags });
		const permissions = ['clipboard-read', 'clipboard-write'];
		// A context of its own may have further pages, which are the further windows.
		const context = await browser?.newContext({ viewport: { width: 1440, height: 900 }, permissions });
		const page = server.page ?? (await context.newPage());
		page.setDefaultTimeout(patience);
		const browserLog = createWriteStream(path.join(logs, 'browser-console.log'));
		page.on('console', message => browserLog.write(`${message.type()} ${message.text()}\n`));
		page.on('pageerror', error => browserLog.write(`pageerror ${error.stack}\n`));
		const workbench = new Workbench(page, output);
		await workbench.open(server.url);
		// The agent's extension is off where the workspace is not trusted.
		if (!restricted) await agent.ready();
		/** Another window of the same person on a folder, with an extension host of its own. */
		const openWindow = async workspaceFolder => {
			const url = server.url && new URL(server.url);
			url?.searchParams.set('folder', workspaceFolder);
			const other = await (server.openPage?.(workspaceFolder) ?? context.newPage());
			other.setDefaultTimeout(patience);
			other.on('console', message => browserLog.write(`${message.type()} ${message.text()}\n`));
			const window = new Workbench(other, output);
			await window.open(url?.href);
			const hand = new DemoAgent(path.join(agents, path.basename(workspaceFolder)));
			await hand.ready();
			return { workbench: window, agent: hand };
		};
		/** Ids of the filesystem servers that run for this workspace now. */
		const fileServers = () => processesNaming('server-filesystem', sample.workspace);
		return {
			workbench,
			chat: new Chat(workbench, agent),
			agent,
			...sample,
			workspaceFile,
			...server,
			profileFolder: profile,
			home,
			folder,
			fileServers,
			openWindow,
			stopEditor,
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

/**
 * Makes these folders beside the `.code-workspace` file those that it opens, with these settings; a window that has it open
 * follows.
 */
export function openTogether(workspaceFile, names, settings = {}) {
	for (const name of names) mkdirSync(path.join(path.dirname(workspaceFile), name), { recursive: true });
	const folders = names.map(name => ({ path: name }));
	writeFileSync(workspaceFile, JSON.stringify({ folders, settings }, undefined, '\t'));
}
