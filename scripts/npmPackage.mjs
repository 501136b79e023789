// `npm pack`: before it, what is missing is built, and package.json is what an installed package needs of it: everything is bundled,
// so there are no dependencies to fetch. After it, package.json is as it was; should that not happen, the next `npm pack` mends it.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';

const root = path.resolve(import.meta.dirname, '..');
const manifest = path.join(root, 'package.json');
const whole = path.join(root, 'package.json.whole');

/** All that npm and Node look at in an installed package. */
const KEPT = ['name', 'version', 'license', 'private', 'main', 'bin', 'exports'];

if (existsSync(whole)) renameSync(whole, manifest);
if (process.argv.includes('--before')) {
	const run = (...args) =>
		execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
	if (!existsSync(path.join(root, 'dist/guard.mjs'))) run('esbuild.mjs', '--minify');
	if (!existsSync(path.join(root, 'dist/types/guard.d.ts'))) run('scripts/guardTypes.mjs');
	const text = readFileSync(manifest, 'utf8');
	const all = JSON.parse(text);
	const { description } = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8'));
	writeFileSync(whole, text);
	writeFileSync(
		`${manifest}.new`,
		`${JSON.stringify(
			{
				...Object.fromEntries(KEPT.filter(key => key in all).map(key => [key, all[key]])),
				description,
				engines: { node: all.engines.node },
				peerDependencies: { '@modelcontextprotocol/sdk': '^1.20.0' },
				peerDependenciesMeta: { '@modelcontextprotocol/sdk': { optional: true } },
			},
			null,
			'\t',
		)}\n`,
	);
	renameSync(`${manifest}.new`, manifest);
} else {
	rmSync(`${manifest}.new`, { force: true });
}
