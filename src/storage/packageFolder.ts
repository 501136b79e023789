import { open, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { isJsonObject, type JsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { READ_AT_ONCE } from './system';

/** A package as it lies on this machine. All texts are attacker-controlled. */
export interface PackageFolder {
	/** Absolute, free of symlinks. */
	readonly folder: string;
	readonly name: string;
	readonly version?: string;
	/** Lies below a `node_modules`, so that nobody writes into it but a package manager. */
	readonly installed: boolean;
	readonly manifest: JsonObject;
}

/** Manifests and lockfiles beyond this are not read, bytes. */
const MAX_READ_BYTES = 16 * 1024 * 1024;
/** Folders that are looked into on the way up. */
const MAX_UP = 40;
/** Scripts that npm runs when a package is installed (docs.npmjs.com, "scripts": life cycle operations). */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

/** The nearest folder above a file that is a package with a name, no farther up than the `node_modules` it lies in. */
export async function packageAround(file: string): Promise<PackageFolder | undefined> {
	for (const folder of foldersAbove(file)) {
		const found = await packageAt(folder);
		if (found !== undefined) {
			return found;
		}
		if (dirname(folder).endsWith(`${sep}node_modules`)) {
			return undefined;
		}
	}
	return undefined;
}

/** The package that a folder is; undefined where it is none. */
export async function packageAt(folder: string): Promise<PackageFolder | undefined> {
	const manifest = await readObject(join(folder, 'package.json'));
	if (manifest === undefined || typeof manifest.name !== 'string' || manifest.name === '') {
		return undefined;
	}
	const { name, version } = manifest;
	const installed = folder.split(sep).includes('node_modules');
	return { folder, name, ...(typeof version === 'string' && { version }), installed, manifest };
}

/** The folder of a package as Node finds it from another folder (nodejs.org, "Loading from node_modules folders"). */
export async function installedFrom(folder: string, name: string): Promise<PackageFolder | undefined> {
	for (const up of [folder, ...foldersAbove(folder)]) {
		const real = await realpath(join(up, 'node_modules', name)).catch(() => undefined);
		const found = real === undefined ? undefined : await packageAt(real);
		if (found !== undefined) {
			return found;
		}
	}
	return undefined;
}

/** The names that a package may load: what it depends on, also where that is optional or left to whoever installs it. */
export function dependenciesOf({ manifest }: PackageFolder): readonly string[] {
	const lists = [manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies];
	return [...new Set(lists.flatMap(list => (isJsonObject(list) ? Object.keys(list) : [])))].filter(isPackageName);
}

/** True where installing the package runs scripts of it. */
export function hasInstallScripts({ manifest: { scripts, gypfile } }: PackageFolder): boolean {
	return (
		gypfile === true || (isJsonObject(scripts) && INSTALL_SCRIPTS.some(name => typeof scripts[name] === 'string'))
	);
}

/** Who made a package, as its manifest says. */
export function publisherOf({ manifest: { author, publisher } }: PackageFolder): string | undefined {
	const named = isJsonObject(author) ? author.name : author;
	const text = [named, publisher].find(each => typeof each === 'string' && each !== '');
	return typeof text === 'string' ? text.slice(0, 200) : undefined;
}

/** The file that a package starts for a program of it, as `npx` chooses: the named one, the only one, or its namesake. */
export function binOf({ manifest, name, folder }: PackageFolder, wanted?: string): string | undefined {
	const { bin } = manifest;
	const namesake = name.replace(/^@[^/]+\//, '');
	const bins: Readonly<Record<string, unknown>> =
		typeof bin === 'string' ? { [namesake]: bin } : isJsonObject(bin) ? bin : {};
	const only = new Set(Object.values(bins)).size === 1 ? Object.keys(bins)[0] : undefined;
	const key = wanted ?? only ?? namesake;
	const file = Object.hasOwn(bins, key) ? bins[key] : undefined;
	return typeof file === 'string' ? join(folder, file) : undefined;
}

/** Reads a JSON object; undefined where there is none, it is too large or no plain file. */
export async function readObject(file: string): Promise<JsonObject | undefined> {
	const text = await readText(file);
	const parsed = text === undefined ? undefined : parseJson(text.replace(/^\uFEFF/, ''), 'lenient');
	return parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : undefined;
}

/** Reads a text file; undefined where there is none, it is too large or no plain file. */
export async function readText(file: string): Promise<string | undefined> {
	try {
		const handle = await open(file, READ_AT_ONCE);
		try {
			const found = await handle.stat();
			return found.isFile() && found.size <= MAX_READ_BYTES ? await handle.readFile('utf8') : undefined;
		} finally {
			await handle.close();
		}
	} catch {
		return undefined;
	}
}

/** The folders above a path, nearest first. */
export function foldersAbove(path: string): readonly string[] {
	const found: string[] = [];
	for (let at = dirname(path); found.length < MAX_UP; at = dirname(at)) {
		found.push(at);
		if (dirname(at) === at) {
			break;
		}
	}
	return found;
}

/** A name of a manifest that could be a path must not lead anywhere. */
function isPackageName(name: string): boolean {
	return /^(?:@[\w.~-]+\/)?\w[\w.~-]*$/.test(name);
}
