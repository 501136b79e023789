import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath } from '@vscode/test-electron';
import { _electron } from 'playwright-core';
import { quietSettings } from '../../../scripts/lib/codeServer.mjs';
import { root } from '../../../scripts/lib/install.mjs';

/**
 * A downloaded desktop VS Code with its own profile, for machines that can reach the download server. The same page objects
 * drive it: its window is a page, too. `VSCODE_VERSION` names another version than the newest.
 *
 * @param {object} options as of `startCodeServer`
 */
export async function startElectron({ profile, workspace, extensions = [], settings, env, locale }) {
	const executablePath = await downloadAndUnzipVSCode({
		version: process.env.VSCODE_VERSION ?? 'stable',
		cachePath: path.join(root, '.vscode-test'),
	});
	const userData = path.join(profile, 'data');
	mkdirSync(path.join(userData, 'User'), { recursive: true });
	writeFileSync(
		path.join(userData, 'User/settings.json'),
		JSON.stringify({ ...quietSettings, ...settings }, null, '\t'),
	);
	const own = ['--user-data-dir', userData, '--extensions-dir', path.join(profile, 'extensions')];
	const [cli, ...cliArgs] = resolveCliArgsFromVSCodeExecutablePath(executablePath);
	const install = extensions.flatMap(file => ['--install-extension', file]);
	execFileSync(
		cli,
		[...cliArgs.filter(arg => !/^--(user-data|extensions)-dir/.test(arg)), ...own, '--force', ...install],
		{
			stdio: 'inherit',
			shell: process.platform === 'win32',
		},
	);
	const quiet = [
		'--disable-workspace-trust',
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
	return { page, userData, log: undefined, url: undefined, stop: () => app.close() };
}
