import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath } from '@vscode/test-electron';
import { _electron } from 'playwright-core';
import { quietSettings, unprompted } from '../../../scripts/lib/codeServer.mjs';
import { root } from '../../../scripts/lib/install.mjs';

/**
 * A downloaded desktop VS Code with its own profile, for machines that can reach the download server. The same page objects
 * drive it: its window is a page, too. `VSCODE_VERSION` names another version than the newest.
 *
 * @param {object} options as of `startCodeServer`
 */
export async function startElectron({ profile, workspace, extensions = [], settings, env, locale, restricted }) {
	const executablePath = await downloadAndUnzipVSCode({
		version: process.env.VSCODE_VERSION ?? 'stable',
		cachePath: path.join(root, '.vscode-test'),
	});
	const userData = path.join(profile, 'data');
	mkdirSync(path.join(userData, 'User'), { recursive: true });
	writeFileSync(
		path.join(userData, 'User/settings.json'),
		JSON.stringify({ ...quietSettings, ...(restricted && unprompted), ...settings }, null, '\t'),
	);
	const own = ['--user-data-dir', userData, '--extensions-dir', path.join(profile, 'extensions')];
	const [cli, ...cliArgs] = resolveCliArgsFromVSCodeExecutablePath(executablePath);
	const install = extensions.flatMap(file => ['--install-extension', file]);
	const code = (...args) =>
		runBatch(cli, [...cliArgs.filter(arg => !/^--(user-data|extensions)-dir/.test(arg)), ...own, ...args]);
	code('--force', ...install);
	const quiet = [
		...(restricted ? [] : ['--disable-workspace-trust']),
		'--disable-telemetry',
		'--disable-updates',
		'--skip-welcome',
		'--no-sandbox',
		...(locale ? ['--locale', locale.language] : []),
	];
	const app = await _electron.launch({
		executablePath,
		args: [...own, ...quiet, '--new-window', workspace],
		env: { ...process.env, ...env },
	});
	const page = await app.firstWindow();
	/** The running editor opens it, since the profile is in use. */
	const openPage = async folder => {
		const opened = app.waitForEvent('window');
		code('--new-window', folder);
		return opened;
	};
	return { page, userData, log: undefined, url: undefined, openPage, stop: () => app.close() };
}

/** On Windows the command line of the editor is a batch file, which only a shell starts; what it is given may hold blanks. */
function runBatch(file, args) {
	const shell = process.platform === 'win32';
	const quoted = shell ? [file, ...args].map(word => `"${word}"`) : [file, ...args];
	execFileSync(quoted[0], quoted.slice(1), { stdio: 'inherit', shell });
}
