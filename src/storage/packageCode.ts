import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { filesOfImport, importsOf, packageOfImport } from '../domain/registry/localImports';
import { dependenciesOf, installedFrom, type PackageFolder, readText } from './packageFolder';
import { digestOfLines, type FileDigests, type TreeBounds, TreeTooLarge } from './supplyFiles';

/** Together, for one server: its package and all that it depends on. */
const MAX_FILES = 80_000;
const MAX_BYTES = 1024 * 1024 * 1024;
const MAX_PACKAGES = 3000;
/** Files of one's own that a script loads. */
const MAX_MODULES = 3000;

/** Data that servers write beside their code (the memory server does); no runtime loads it as code. */
const DATA = /\.(?:jsonl|log|db|sqlite3?|pid)(?:-(?:wal|shm|journal))?$/i;

/** What may be read for one server. */
export function treeBounds(): TreeBounds {
	return { files: MAX_FILES, bytes: MAX_BYTES };
}

/** The digest of a package's folder: all its files but data, and but the packages that it holds. Rejects. */
export function packageDigest(digests: FileDigests, folder: string, left: TreeBounds): Promise<string> {
	return digests.tree(folder, left, (name, isFolder) =>
		isFolder ? name === 'node_modules' || name === '.git' || name === '__pycache__' : DATA.test(name),
	);
}

/**
 * The digest of all packages that these names lead to from a folder, and what those depend on in turn, found as Node finds
 * them. A name that leads nowhere counts too, so that a package that turns up there is seen. Rejects.
 */
export async function dependenciesDigest(
	digests: FileDigests,
	from: string,
	names: readonly string[],
	left: TreeBounds,
): Promise<string> {
	const seen = new Set<string>();
	const lines: string[] = [];
	const pending: (readonly [string, string])[] = names.map(name => [from, name]);
	for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
		const [folder, name] = next;
		const found = await installedFrom(folder, name);
		if (found === undefined) {
			lines.push(`${folder}\0${name}\0missing`);
			continue;
		}
		lines.push(`${folder}\0${name}\0${found.folder}`);
		if (seen.has(found.folder)) {
			continue;
		}
		seen.add(found.folder);
		if (seen.size > MAX_PACKAGES) {
			throw new TreeTooLarge('it depends on too many packages');
		}
		lines.push(`${found.folder}\0${await packageDigest(digests, found.folder, left)}`);
		pending.push(...dependenciesOf(found).map(each => [found.folder, each] as const));
	}
	return digestOfLines(lines);
}

/** What scripts of one's own load beside themselves. */
export interface LocalCode {
	/** Absolute, without the scripts. */
	readonly files: readonly string[];
	/** Packages that they name. */
	readonly packages: readonly string[];
	/** Something is loaded by a computed name. */
	readonly computed: boolean;
}

/** Follows what scripts load, as far as their texts name it. Rejects with {@link TreeTooLarge}. */
export async function localCode(language: 'javascript' | 'python', scripts: readonly string[]): Promise<LocalCode> {
	const [first] = scripts;
	const seen = new Set(scripts);
	const packages = new Set<string>();
	let computed = false;
	const pending = [...scripts];
	for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
		if (!/\.(?:[cm]?[jt]sx?|pyw?)$|(?:^|[\\/])[^.\\/]+$/i.test(file)) {
			continue;
		}
		const found = importsOf(language, (await readText(file)) ?? '');
		computed ||= found.computed;
		for (const specifier of found.specifiers) {
			const name = language === 'javascript' ? packageOfImport(specifier) : undefined;
			if (name !== undefined) {
				packages.add(name);
			}
			// Python looks for absolute names beside the script that was started.
			const base = language === 'python' && !specifier.startsWith('.') ? (first ?? file) : file;
			for (const local of await existing(dirname(base), filesOfImport(language, specifier), language)) {
				if (!seen.has(local)) {
					seen.add(local);
					pending.push(local);
				}
			}
			if (seen.size > MAX_MODULES) {
				throw new TreeTooLarge('it loads too many files');
			}
		}
	}
	return { files: [...seen].filter(file => !scripts.includes(file)), packages: [...packages], computed };
}

/** Node takes the first that is there; Python runs every `__init__.py` on the way. */
async function existing(folder: string, names: readonly string[], language: 'javascript' | 'python') {
	const found: string[] = [];
	for (const name of names) {
		const file = await realpath(join(folder, name)).catch(() => undefined);
		if (file !== undefined && (await stat(file).catch(() => undefined))?.isFile() === true) {
			found.push(file);
			if (language === 'javascript') {
				return found;
			}
		}
	}
	return found;
}

/** The packages of the Python environment that an interpreter belongs to; undefined where it is no such environment. */
export async function environmentPackages(pythonAsFound: string): Promise<string | undefined> {
	const root = dirname(dirname(pythonAsFound));
	if ((await readText(join(root, 'pyvenv.cfg'))) === undefined) {
		return undefined;
	}
	const lib = join(root, 'lib');
	const versions = await readdir(lib).catch(() => []);
	const ways = [...versions.map(version => join(lib, version, 'site-packages')), join(root, 'Lib', 'site-packages')];
	for (const way of ways) {
		if ((await stat(way).catch(() => undefined))?.isDirectory() === true) {
			return await realpath(way);
		}
	}
	return undefined;
}

/** The scope of a closure: what a package says that it depends on, and what its scripts name besides. */
export function namesOf(found: PackageFolder | undefined, packages: readonly string[]): readonly string[] {
	return [...new Set([...(found === undefined ? [] : dependenciesOf(found)), ...packages])].filter(
		name => name !== found?.name,
	);
}
