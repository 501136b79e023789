import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { node24, root } from './install.mjs';
import { killTree, runOrThrow } from './process.mjs';

const entry = path.join(root, 'test/e2e/node_modules/code-server/out/node/entry.js');

/** A profile of its own, quiet: no telemetry, no updates, no welcome pages, dialogs drawn by the editor itself. */
export const quietSettings = {
	'chat.editor.wordWrap': 'on',
	'chat.mcp.autostart': 'never',
	'editor.accessibilitySupport': 'off',
	'extensions.autoCheckUpdates': false,
	'extensions.autoUpdate': false,
	'extensions.ignoreRecommendations': true,
	'git.enabled': false,
	'telemetry.telemetryLevel': 'off',
	'update.mode': 'none',
	'window.dialogStyle': 'custom',
	'workbench.enableExperiments': false,
	'workbench.reduceMotion': 'on',
	'workbench.startupEditor': 'none',
	'workbench.tips.enabled': false,
	'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/** A workspace that is not trusted opens without a question. */
export const unprompted = { 'security.workspace.trust.startupPrompt': 'never' };

/**
 * Starts a real VS Code (code-server) with its own profile, on a free loopback port, without authentication.
 *
 * @param {object} options
 * @param {string} options.profile folder for user data, extensions, configuration and the log
 * @param {string} options.workspace folder or `.code-workspace` file to open
 * @param {readonly string[]} [options.extensions] VSIX files to install first
 * @param {Record<string, unknown>} [options.settings] user settings over the quiet defaults
 * @param {{ language: string, texts: string }} [options.locale] language of the editor, whose pack is among the extensions, and the
 *     file of its texts: an extension that is installed by the command line is not entered as a pack
 * @param {boolean} [options.restricted] true: the workspace is not trusted before somebody says so
 * @param {Record<string, string>} [options.env] variables over the cleaned environment
 * @returns {Promise<{ url: string, port: number, pid: number, log: string, userData: string, stop: () => Promise<void> }>}
 *     once the editor answers; `stop` ends it with everything it started
 */
export async function startCodeServer(options) {
	const userData = path.join(options.profile, 'data');
	const common = ['--user-data-dir', userData, '--extensions-dir', path.join(options.profile, 'extensions')];
	// A socket's path may have 107 bytes at most; a profile's may be longer.
	const sockets = mkdtempSync(path.join(os.tmpdir(), 'mcpfw-'));
	common.push('--session-socket', path.join(sockets, 's'));
	mkdirSync(path.join(userData, 'User'), { recursive: true });
	const config = path.join(options.profile, 'config.yaml');
	writeFileSync(config, 'auth: none\n');
	writeFileSync(
		path.join(userData, 'User/settings.json'),
		JSON.stringify({ ...quietSettings, ...(options.restricted && unprompted), ...options.settings }, null, '\t'),
	);
	const env = { ...cleanEnvironment(), XDG_DATA_HOME: path.join(options.profile, 'xdg'), ...options.env };
	if (options.extensions?.length) {
		const install = options.extensions.flatMap(file => ['--install-extension', file]);
		await runOrThrow(node24(), [entry, ...common, '--config', config, '--force', ...install], {
			env,
			timeoutMs: 300_000,
		});
	}
	if (options.locale) {
		const { language, texts } = options.locale;
		const extensions = [
			{ extensionIdentifier: { id: `mcp-firewall-test.language-pack-${language}` }, version: '0.0.1' },
		];
		const pack = { hash: 'test', extensions, translations: { vscode: texts }, label: language };
		writeFileSync(path.join(userData, 'languagepacks.json'), JSON.stringify({ [language]: pack }));
	}
	const port = await freePort();
	const log = path.join(options.profile, 'code-server.log');
	const flags = ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--config', config];
	const quiet = [
		...(options.locale ? ['--locale', options.locale.language] : []),
		...(options.restricted ? [] : ['--disable-workspace-trust']),
		...['--disable-telemetry', '--disable-update-check'],
	];
	const child = spawn(node24(), [entry, ...flags, ...quiet, ...common, options.workspace], {
		env,
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: process.platform !== 'win32',
	});
	const sink = createWriteStream(log);
	child.stdout.pipe(sink, { end: false });
	child.stderr.pipe(sink, { end: false });
	const stop = async () => {
		await killTree(child.pid);
		sink.end();
		rmSync(sockets, { recursive: true, force: true });
	};
	const kind = options.workspace.endsWith('.code-workspace') ? 'workspace' : 'folder';
	const url = `http://localhost:${port}/?${kind}=${encodeURI(options.workspace)}`;
	try {
		await answers(`http://127.0.0.1:${port}/healthz`, child, 180_000);
	} catch (error) {
		await stop();
		throw new Error(`${error.message} The log is in ${log}.`, { cause: error });
	}
	return { url, port, pid: child.pid, log, userData, stop };
}

/** An editor started from an editor's terminal must not talk to that one, nor take its port or password. */
function cleanEnvironment() {
	return Object.fromEntries(
		Object.entries(process.env).filter(
			([name]) =>
				!/^(VSCODE_|ELECTRON_|CODE_SERVER_|npm_)|^(PORT|PASSWORD|HASHED_PASSWORD|NODE_OPTIONS)$/.test(name),
		),
	);
}

async function answers(address, child, timeoutMs) {
	const deadline = Date.now() + timeoutMs;
	while (Date.now() < deadline) {
		if (child.exitCode !== null) throw new Error(`The editor ended with code ${child.exitCode} while starting.`);
		try {
			const response = await fetch(address, { signal: AbortSignal.timeout(2000) });
			if (response.ok) return;
		} catch {
			// Not there yet.
		}
		await delay(100);
	}
	throw new Error(`The editor did not answer within ${timeoutMs / 1000} s.`);
}

function freePort() {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}
