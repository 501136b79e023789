import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runOrThrow } from './process.mjs';

/** The repository's root folder, absolute. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const e2e = path.join(root, 'test/e2e');
const modules = path.join(e2e, 'node_modules');
const stampFile = path.join(modules, '.mcp-firewall-stamp');
const spdlogStub = path.join(root, 'scripts/lib/spdlogStub.cjs');
const ci = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Installs the root packages when they are missing or differ from the lockfile. Returns what it did. */
export async function installRoot() {
	if (rootIsFresh()) return 'up to date';
	await runOrThrow('npm', ci, { cwd: root });
	return 'installed';
}

function rootIsFresh() {
	const installedFile = path.join(root, 'node_modules/.package-lock.json');
	if (!existsSync(installedFile)) return false;
	const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
	const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
	return Object.entries(wanted).every(
		([name, entry]) =>
			name === '' || entry.optional || entry.devOptional || installed[name]?.version === entry.version,
	);
}

/**
 * Installs the editor for tests and demo (code-server, the Node it wants, playwright-core) into `test/e2e/node_modules`,
 * without install scripts: no compiler is needed. Returns what it did.
 */
export async function installEditor() {
	const stamp = createHash('sha256')
		.update(readFileSync(path.join(e2e, 'package-lock.json')))
		.update(readFileSync(fileURLToPath(import.meta.url)))
		.update(readFileSync(spdlogStub))
		.update(`${process.platform}-${process.arch}`)
		.digest('hex');
	if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return 'up to date';
	rmSync(stampFile, { force: true });
	await runOrThrow('npm', ci, { cwd: e2e });
	const editor = path.join(modules, 'code-server/lib/vscode');
	await runOrThrow(
		'npm',
		['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
		{ cwd: editor },
	);
	stubNativeWatchdog(editor);
	copyFileSync(spdlogStub, path.join(editor, 'node_modules/@vscode/spdlog/index.js'));
	writeFileSync(stampFile, stamp);
	return 'installed';
}

/** Installs what drives a desktop VS Code, which brings itself; an editor that is installed already stays. Returns what it did. */
export async function installDriver() {
	const read = file => JSON.parse(readFileSync(file, 'utf8'));
	const name = 'node_modules/playwright-core';
	const manifest = path.join(e2e, name, 'package.json');
	const { version } = read(path.join(e2e, 'package-lock.json')).packages[name];
	if (existsSync(manifest) && read(manifest).version === version) return 'up to date';
	return installPackages(e2e);
}

/**
 * Installs a package folder of its own below `test/`, without install scripts. Returns what it did.
 *
 * @param {string} folder absolute
 */
export async function installPackages(folder) {
	const stamp = createHash('sha256')
		.update(readFileSync(path.join(folder, 'package-lock.json')))
		.update(`${process.platform}-${process.arch}`)
		.digest('hex');
	const file = path.join(folder, 'node_modules/.mcp-firewall-stamp');
	if (existsSync(file) && readFileSync(file, 'utf8') === stamp) return 'up to date';
	rmSync(file, { force: true });
	await runOrThrow('npm', ci, { cwd: folder });
	writeFileSync(file, stamp);
	return 'installed';
}

/** The extension host asks for this native module at start; without install scripts it was never compiled. */
function stubNativeWatchdog(editor) {
	const folder = path.join(editor, 'node_modules/@vscode/native-watchdog/build/Release');
	mkdirSync(folder, { recursive: true });
	writeFileSync(
		path.join(folder, 'watchdog.js'),
		'exports.start = () => {};\nexports.exit = code => process.exit(code);\n',
	);
}

/**
 * Absolute path of a Node 24, which code-server and the conformance suites want: this process's own if it is one, else that
 * of the npm package among these modules.
 */
export function node24(folder = modules) {
	if (process.versions.node.startsWith('24.')) return process.execPath;
	const platform = process.platform === 'win32' ? 'win' : process.platform;
	for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
		const file = path.join(folder, name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
		if (existsSync(file)) return file;
	}
	throw new Error(`No Node 24 for ${platform}-${process.arch} on npm: run this with Node 24 itself.`);
}
