import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './install.mjs';
import { runOrThrow } from './process.mjs';

const filesystemPath = 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js';

/** The VSIX that `npm run package` makes. */
export function productVsix() {
	const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
	return path.join(root, `${name}-${version}.vsix`);
}

/** Packages the demo agent, which never becomes part of the product, into `folder`. Returns the VSIX's path. */
export function packageDemoAgent(folder) {
	return packageTestExtension('demo-agent', folder);
}

/** Packages the extension in the folder of that name below test/e2e; resolves with its VSIX in `folder`. */
export async function packageTestExtension(name, folder) {
	mkdirSync(folder, { recursive: true });
	const vsix = path.join(folder, `${name}.vsix`);
	const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
	const flags = ['--no-dependencies', '--allow-missing-repository', '--skip-license'];
	await runOrThrow(process.execPath, [vsce, 'package', ...flags, '--out', vsix], {
		cwd: path.join(root, 'test/e2e', name),
	});
	return vsix;
}

/**
 * Makes a fresh copy of the sample workspace in `folder` (which is emptied) with absolute paths filled in and a symlink
 * that leads out of it.
 *
 * @param {string} folder
 * @param {{ tapped?: boolean }} [options] `tapped`: the filesystem server writes what it receives to `filesystemLog`
 * @returns {{ workspace: string, fixtureLog: string, filesystemServer: string, filesystemLog: string }} `fixtureLog` is where
 *     the poisoned server writes what it receives
 */
export function copySampleWorkspace(folder, { tapped = false } = {}) {
	rmSync(folder, { recursive: true, force: true });
	const workspace = path.join(folder, 'harbour');
	const fixtureLog = path.join(folder, 'poisoned-server.log');
	cpSync(path.join(root, 'test/e2e/sample-workspace'), workspace, { recursive: true });
	const filesystemLog = path.join(folder, 'filesystem-server.log');
	const filesystemServer = tapped ? tapServer(folder, filesystemLog) : path.join(root, filesystemPath);
	const values = {
		FILESYSTEM_SERVER: filesystemServer,
		POISONED_SERVER: path.join(root, 'test/fixtures/servers/poisoned.mjs'),
		FIXTURE_LOG: fixtureLog,
		WORKSPACE: workspace,
	};
	for (const name of readdirSync(workspace, { recursive: true })) {
		const file = path.join(workspace, name);
		if (!statSync(file).isFile()) continue;
		const text = readFileSync(file, 'utf8');
		const filled = text.replace(/\{\{(\w+)\}\}/g, (whole, key) =>
			JSON.stringify(values[key] ?? whole).slice(1, -1),
		);
		if (filled !== text) writeFileSync(file, filled);
	}
	if (process.platform !== 'win32') symlinkSync('/etc/passwd', path.join(workspace, 'link-to-passwd'));
	return { workspace, fixtureLog, filesystemServer, filesystemLog };
}

/** The real server behind a tap, at a path that names its package as the real one's does. */
function tapServer(folder, log) {
	const file = path.join(folder, filesystemPath);
	const tap = path.join(root, 'test/fixtures/servers/tap.mjs');
	mkdirSync(path.dirname(file), { recursive: true });
	writeFileSync(path.join(path.dirname(file), 'package.json'), '{ "type": "module" }');
	writeFileSync(
		file,
		`import { tapStdin } from ${JSON.stringify(pathToFileURL(tap).href)};
tapStdin(${JSON.stringify(log)});
await import(${JSON.stringify(pathToFileURL(path.join(root, filesystemPath)).href)});
`,
	);
	return file;
}
