import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './process.mjs';

const fixedPlaces = {
	linux: [],
	darwin: [
		'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
		'/Applications/Chromium.app/Contents/MacOS/Chromium',
		'/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
	],
	win32: [
		'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
		'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
		'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
	],
};

/** Absolute path of a Chromium-based browser: `CHROMIUM_PATH` if set, else the PATH, else the usual places. */
function findChromium() {
	const asked = process.env.CHROMIUM_PATH;
	if (asked) return existsSync(asked) ? asked : undefined;
	const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge'];
	const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
	const onPath = names.flatMap(name => folders.map(folder => path.join(folder, name)));
	return [...onPath, ...(fixedPlaces[process.platform] ?? [])].find(existsSync);
}

/**
 * The browser for the end-to-end suite. Installs Debian's package when it may (root, apt), otherwise throws an error
 * that says what to install.
 */
export async function ensureChromium() {
	const found = findChromium();
	if (found) return found;
	const hint = 'Install Chromium or Chrome, or set CHROMIUM_PATH to one. On Debian: apt-get install -y chromium';
	if (process.env.CHROMIUM_PATH) throw new Error(`CHROMIUM_PATH names no file. ${hint}`);
	if (!mayUseApt()) throw new Error(`No browser for the end-to-end suite. ${hint}`);
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	await run('apt-get', ['update', '-qq'], { env, quiet: true, timeoutMs: 300_000 });
	const install = ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core', 'procps'];
	const { code, output } = await run('apt-get', install, { env, quiet: true, timeoutMs: 600_000 });
	const installed = findChromium();
	if (code !== 0 || !installed)
		throw new Error(`apt-get could not install Chromium. ${hint}\n${output.slice(-2000)}`);
	return installed;
}

function mayUseApt() {
	if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false;
	return /^(ID|ID_LIKE)=.*debian/m.test(readFileSync('/etc/os-release', 'utf8')) && existsSync('/usr/bin/apt-get');
}
