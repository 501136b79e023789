import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { readSpec } from '../domain/registry/packageSpec';
import { packageAt, type PackageFolder, readText } from './packageFolder';

const run = promisify(execFile);

/** Milliseconds that npm has to fetch a package, or to say a version. */
const NPM_MS = 120_000;
/** npm is to ask for the package and nothing else: not for advisories, not for its own newest version. */
const QUIETLY = { npm_config_update_notifier: 'false', npm_config_audit: 'false', npm_config_fund: 'false' };
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** npm as one launch would use it. */
export interface NpmPlace {
	/** What runs npm's scripts. */
	readonly node: string;
	/** The real path of the npx or npm that was found; its package is what is run. */
	readonly program: string;
	/** The whole environment. Holds secrets. */
	readonly env: Readonly<Record<string, string>>;
	readonly platform: string;
	readonly home: string;
}

/**
 * The package that `npx SPEC` keeps in npm's cache, in the folder that npm names by a digest of the specification
 * (libnpmexec, `index.js`). Undefined where it is not there in that version.
 */
export async function cachedByNpx(place: NpmPlace, spec: string): Promise<PackageFolder | undefined> {
	const read = readSpec('npm', spec);
	const key = createHash('sha512').update(spec).digest('hex').slice(0, 16);
	const cache = await npxFolder(place);
	const folder = await realpath(join(cache, key, 'node_modules', read?.name ?? '')).catch(() => undefined);
	const found = folder === undefined || read === undefined ? undefined : await packageAt(folder);
	return found?.name === read?.name && found?.version === read?.version ? found : undefined;
}

/** The versions of a package that lie in the cache of npx, in no order. */
export async function versionsInCache(place: NpmPlace, name: string): Promise<readonly string[]> {
	const cache = await npxFolder(place);
	const keys = await readdir(cache).catch(() => []);
	const found = await Promise.all(keys.map(key => packageAt(join(cache, key, 'node_modules', name))));
	return found.flatMap(each => (each?.name === name && each.version !== undefined ? [each.version] : []));
}

/**
 * Has npm put a package of an exact version into its cache without starting its program, in a folder of its own: neither
 * packages nor settings of a workspace have a say in what is fetched. Scripts that run at installation do run, as npx would
 * have them: without them some packages do not work. True when npm says that it is done.
 */
export async function fetchForNpx(place: NpmPlace, spec: string): Promise<boolean> {
	const npx = await npmScript(place, 'npx-cli.js');
	// Once the package is there the shell does nothing. It is named in full: the package's own programs come first in PATH.
	const args = ['--yes', `--package=${spec}`, '--call', 'exit 0'];
	const shell = place.platform === 'win32' ? {} : { npm_config_script_shell: '/bin/sh' };
	const quiet = { ...place, env: { ...place.env, ...shell } };
	return npx !== undefined && (await runNpm(quiet, [npx, ...args])) !== undefined;
}

/** The version that the registry gives for a specification, by the npm that is there. Asks the network. */
export async function versionAtRegistry(place: NpmPlace, spec: string): Promise<string | undefined> {
	const npm = await npmScript(place, 'npm-cli.js');
	const printed = npm === undefined ? undefined : await runNpm(place, [npm, 'view', spec, 'version', '--json']);
	try {
		const value: unknown = JSON.parse(printed ?? 'null');
		// A range gives a list, the newest last.
		const last: unknown = Array.isArray(value) ? value.at(-1) : value;
		return typeof last === 'string' ? last : undefined;
	} catch {
		return undefined;
	}
}

async function runNpm({ node, env }: NpmPlace, args: readonly string[]): Promise<string | undefined> {
	const folder = await mkdtemp(join(await realpath(tmpdir()), 'mcp-firewall-npm-'));
	try {
		// npm takes the nearest folder with a manifest for the project.
		await writeFile(join(folder, 'package.json'), '{"private":true}');
		const options = {
			cwd: folder,
			env: { ...env, ...QUIETLY },
			timeout: NPM_MS,
			maxBuffer: MAX_OUTPUT_BYTES,
			windowsHide: true,
		};
		return (await run(node, args, options)).stdout;
	} catch {
		return undefined;
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** A script of the npm that a program belongs to: beside its real path, or (npx.cmd on Windows) in the npm below it. */
async function npmScript({ program }: NpmPlace, name: string): Promise<string | undefined> {
	const ways = [join(dirname(program), name), join(dirname(program), 'node_modules', 'npm', 'bin', name)];
	for (const way of ways) {
		if ((await readText(way)) !== undefined) {
			return way;
		}
	}
	return undefined;
}

/** npm's default, unless the launch's environment or the person's own settings say otherwise. */
async function npxFolder({ env, platform, home }: NpmPlace): Promise<string> {
	const set = /^\s*cache\s*=\s*(.+?)\s*$/m.exec((await readText(join(home, '.npmrc'))) ?? '')?.[1];
	const usual =
		platform === 'win32'
			? join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'npm-cache')
			: join(home, '.npm');
	const cache = env.npm_config_cache ?? env.NPM_CONFIG_CACHE ?? set?.replace(/^~(?=$|[\\/])/, home) ?? usual;
	return join(cache, '_npx');
}
