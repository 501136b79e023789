import { realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { isJsonObject } from '../base/json';
import { foldersAbove, type PackageFolder, readObject, readText } from './packageFolder';
import { digestOfLines } from './supplyFiles';

/** Where package managers write down what they installed. npm's hidden one says what lies in `node_modules` right now. */
const NPM_LOCKS = [
	...['package-lock.json', 'npm-shrinkwrap.json', join('node_modules', '.package-lock.json')],
	...['pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb', join('node_modules', '.modules.yaml')],
];
const PYTHON_LOCKS = ['uv.lock', 'poetry.lock', 'Pipfile.lock', 'pdm.lock', 'requirements.txt'];
const PYTHON_MANIFESTS = ['pyproject.toml', 'setup.cfg'];

/** The files of the nearest folder on the way up that holds one of them; empty where none does. Absolute, real. */
async function nearest(from: readonly string[], names: readonly string[]): Promise<readonly string[]> {
	for (const folder of from) {
		const found: string[] = [];
		for (const name of names) {
			const file = join(folder, name);
			if ((await stat(file).catch(() => undefined))?.isFile() === true) {
				found.push(await realpath(file));
			}
		}
		if (found.length > 0) {
			return found;
		}
	}
	return [];
}

/** The lockfiles that a package was installed by. */
export function npmLockfiles({ folder, installed }: PackageFolder): Promise<readonly string[]> {
	const above = [folder, ...foldersAbove(folder)];
	return nearest(installed ? above.filter(each => !each.split(sep).includes('node_modules')) : above, NPM_LOCKS);
}

/** The lockfiles and the manifest of the Python project that a script lies in. */
export async function pythonFiles(
	script: string,
): Promise<{ readonly lockfiles: readonly string[]; readonly manifests: readonly string[] }> {
	const above = foldersAbove(script);
	const manifests = await nearest(above, PYTHON_MANIFESTS);
	const [first] = manifests;
	const scope = first === undefined ? above.slice(0, 1) : above.filter(each => each.length >= dirname(first).length);
	return { lockfiles: await nearest(scope, PYTHON_LOCKS), manifests };
}

/** What a lockfile of npm says of an installed package's integrity (Subresource Integrity, `sha512-…`). */
export async function npmIntegrity(
	{ folder }: PackageFolder,
	lockfiles: readonly string[],
): Promise<string | undefined> {
	for (const lockfile of lockfiles.filter(file => /package-lock\.json$|npm-shrinkwrap\.json$/.test(file))) {
		const root = dirname(lockfile).replace(/[\\/]node_modules$/, '');
		const key = folder.startsWith(`${root}${sep}`) ? folder.slice(root.length + 1).replaceAll(sep, '/') : undefined;
		const packages = key === undefined ? undefined : (await readObject(lockfile))?.packages;
		const found = isJsonObject(packages) && key !== undefined ? packages[key] : undefined;
		if (isJsonObject(found) && typeof found.integrity === 'string') {
			return found.integrity;
		}
	}
	return undefined;
}

/**
 * Where npm fetches packages from, as far as one `.npmrc` says: a digest over the lines that name a registry, the same for a
 * file without one and for no file. The other lines may hold tokens and change with every login.
 */
export async function registryDigest(npmrc: string): Promise<string> {
	const lines = ((await readText(npmrc)) ?? '').split(/\r?\n/).map(line => line.trim());
	return digestOfLines(lines.filter(line => /^(?:@[\w.~-]+:)?registry\s*=/i.test(line)));
}
