import { open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { innerLaunch, readLaunchSource, type LaunchSource } from '../domain/registry/launchSource';
import { loadsCode } from '../domain/registry/loaderVariables';
import { packageOfImport } from '../domain/registry/localImports';
import { type ProgramLookup } from '../domain/registry/programLookup';
import { interpreterOf, programScripts, type ScriptLanguage, shebangOf } from '../domain/registry/programScripts';
import { type ResolvedLaunch } from '../domain/registry/resolveLaunch';
import { type SupplyPin } from '../domain/registry/supplyPin';
import { registryDigest } from './lockfiles';
import { cachedByNpx, fetchForNpx, type NpmPlace } from './npxCache';
import { packageDigest, treeBounds } from './packageCode';
import { binOf } from './packageFolder';
import { SupplyDraft } from './supplyDraft';
import { type FileDigests } from './supplyFiles';
import { pinEnvironment, pinJavaScript, pinPython } from './supplyScripts';
import { READ_AT_ONCE } from './system';
import { archivesOfUv } from './uvCache';

/** What a launch starts, as it lies on the disk now, and how to start just that. */
export interface SupplyLook {
	readonly pin: SupplyPin;
	/** The launch with nothing left to look up: an absolute program, and of a cached package the very file that npx would run. */
	readonly start: ResolvedLaunch;
}

/** How to look. */
export interface LookOptions {
	readonly lookup: ProgramLookup;
	readonly home: string;
	readonly digests: FileDigests;
	/** A package that npx would fetch is fetched now, without being run. A person said that this server may start. */
	readonly fetch: boolean;
}

/** Wrappers of wrappers end somewhere. */
const MAX_CHAIN = 3;
const HEAD_BYTES = 512;
/** Files that other runtimes are given by their name: `java -jar x.jar`, `dotnet x.dll`, `ruby x.rb`. */
const CODE_FILE = /\.(?:jar|dll|exe|rb|pl|php|lua|wasm|[cm]?[jt]s|pyz?)$/i;

/** The script of a package runner: started by its own path or under another name, it still runs whatever is newest. */
const RUNNER_SCRIPT =
	/[\\/](?:np[mx]-cli\.js|(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack)\.[cm]?js|(?:uvx?|pipx)(?:\.exe)?)$/i;

/** Looks at what a launch starts. Rejects where its command leads to no program. */
export async function lookAtLaunch(resolved: ResolvedLaunch, options: LookOptions): Promise<SupplyLook> {
	const { command, args } = innerLaunch(resolved);
	const source = readLaunchSource({ kind: 'stdio', command, args, env: [] });
	const draft = new SupplyDraft(options.digests, source);
	const found = await options.lookup.find(command);
	const start = { ...resolved, command: found, args };
	if (!source.exact) {
		draft.gap('unpinned');
	}
	if (Object.keys(resolved.env).some(loadsCode) || args.some(arg => /^--env-file(?:-if-exists)?(?:=|$)/.test(arg))) {
		draft.gap('environment');
	}
	if (source.runner === 'npx') {
		const direct = await lookAtNpx(draft, source, start, options);
		if (direct !== undefined) {
			return { pin: draft.pin(), start: direct };
		}
	}
	const looked = new ProgramLook(draft, options.lookup, resolved.cwd, source.runner !== undefined);
	await looked.program(found);
	if (source.runner === undefined) {
		await looked.arguments(found, command, args);
		if (source.kind === 'npm') {
			draft.gap('otherCache');
		}
	} else if (source.runner === 'uvx') {
		await lookAtUvx(draft, source, options);
	} else if (source.runner === 'other') {
		draft.gap('otherCache');
	}
	if (source.runner !== undefined) {
		// The runner's own package has described itself.
		draft.is(source, source.kind === 'oci' && source.version !== undefined ? { integrity: source.version } : {});
	}
	return { pin: draft.pin(), start };
}

/** Of an exact version that npm keeps, what would run is pinned and started itself; npx is not asked again. */
async function lookAtNpx(
	draft: SupplyDraft,
	source: LaunchSource,
	start: ResolvedLaunch,
	{ lookup, home, fetch }: LookOptions,
): Promise<ResolvedLaunch | undefined> {
	const { env, platform } = lookup;
	const own = env.HOME ?? home;
	for (const npmrc of [join(start.cwd, '.npmrc'), join(own, '.npmrc')]) {
		await draft.digest('registry', npmrc, () => registryDigest(npmrc));
	}
	const node = await lookup.find('node').catch(() => undefined);
	if (!source.exact || source.spec === undefined || node === undefined) {
		return undefined;
	}
	const place: NpmPlace = { ...{ node, env, platform, home: own }, program: await realpath(start.command) };
	const cached = async (spec: string) => {
		const found = await cachedByNpx(place, spec);
		return found === undefined ? undefined : binOf(found, source.bin);
	};
	let bin = await cached(source.spec);
	if (bin === undefined && fetch && (await fetchForNpx(place, source.spec))) {
		bin = await cached(source.spec);
	}
	const entry = bin === undefined ? undefined : await realpath(bin).catch(() => undefined);
	if (entry === undefined || languageOf(await interpreterIn(entry)) !== 'javascript') {
		draft.gap('notCached');
		return undefined;
	}
	await draft.file('executable', node);
	await draft.file('entry', entry);
	await pinJavaScript(draft, entry);
	return { ...start, command: node, args: [entry, ...(source.rest ?? [])] };
}

async function lookAtUvx(draft: SupplyDraft, source: LaunchSource, { lookup, home }: LookOptions): Promise<void> {
	const archives = source.version === undefined ? [] : await archivesOfUv(lookup, home, source.name, source.version);
	draft.gap(archives.length === 0 ? 'notCached' : 'pythonPackages');
	for (const archive of archives) {
		await draft.digest('package', archive, () => packageDigest(draft.digests, archive, treeBounds()));
	}
}

/** Pins programs and scripts of one launch. */
class ProgramLook {
	constructor(
		private readonly draft: SupplyDraft,
		private readonly lookup: ProgramLookup,
		private readonly cwd: string,
		/** What the launch names to be run is known from its own words. */
		private readonly namesPackage: boolean,
	) {}

	/** Pins a program; of a script also what runs it. */
	async program(path: string, depth = 0): Promise<void> {
		const interpreter = depth < MAX_CHAIN ? await interpreterIn(path) : undefined;
		if (interpreter === undefined) {
			await this.draft.file('executable', path);
			if (/\.(?:cmd|bat|ps1)$/i.test(path)) {
				this.draft.gap('wrapper');
			}
			return;
		}
		const script = await this.draft.file('entry', path);
		const runs = await this.interpreterPath(interpreter);
		if (runs !== undefined) {
			await this.program(runs, depth + 1);
		}
		if (script !== undefined) {
			await this.script(script, languageOf(interpreter), runs);
		}
	}

	/** Pins what an interpreter is told to run, and what other runtimes are given as code. */
	async arguments(found: string, command: string, args: readonly string[]): Promise<void> {
		const interpreter = interpreterOf(command) ?? interpreterOf(found);
		if (interpreter === undefined) {
			for (const arg of args.filter(each => CODE_FILE.test(each))) {
				const file = resolve(this.cwd, arg);
				if ((await stat(file).catch(() => undefined))?.isFile() === true) {
					await this.draft.file('entry', file);
				}
			}
			return;
		}
		const { language } = interpreter;
		const { scripts, folder, more } = programScripts(interpreter, args);
		const packages = scripts.flatMap(script => (isAFile(script) ? [] : (packageOfImport(script) ?? [])));
		const last = scripts.at(-1);
		for (const script of scripts) {
			if (script === last || isAFile(script)) {
				await this.startScript(resolve(this.cwd, folder ?? '', script), language, found, packages);
			}
		}
		if (more && language === 'python') {
			await pinEnvironment(this.draft, found);
		}
		if (more && language !== 'python') {
			this.draft.gap(language === 'shell' ? 'wrapper' : 'computed');
		}
	}

	/** Node takes `node dist/server` and `node .` for files as well. */
	private async startScript(
		path: string,
		language: ScriptLanguage,
		interpreter: string,
		packages: readonly string[],
	): Promise<void> {
		const ways =
			language === 'javascript' ? [path, `${path}.js`, join(path, 'index.js'), join(path, 'index.mjs')] : [path];
		for (const way of ways) {
			if ((await stat(way).catch(() => undefined))?.isFile() === true) {
				const script = await this.draft.file('entry', way);
				if (script !== undefined) {
					await this.script(script, language, interpreter, packages);
				}
				return;
			}
		}
		this.draft.gap('unreadable');
	}

	private async script(
		script: string,
		language: ScriptLanguage,
		interpreter: string | undefined,
		packages: readonly string[] = [],
	): Promise<void> {
		if (!this.namesPackage && RUNNER_SCRIPT.test(script)) {
			this.draft.gap('unpinned');
		}
		switch (language) {
			case 'javascript':
				await pinJavaScript(this.draft, script, packages);
				return;
			case 'python':
				await pinPython(this.draft, script, interpreter);
				return;
			case 'shell':
				this.draft.gap('wrapper');
				return;
			case 'other':
				return;
		}
	}

	private async interpreterPath({ program, viaPath }: ShebangProgram): Promise<string | undefined> {
		const path = viaPath ? await this.lookup.find(program).catch(() => undefined) : program;
		if (path === undefined || !isAbsolute(path)) {
			this.draft.gap('unreadable');
			return undefined;
		}
		return path;
	}
}

type ShebangProgram = NonNullable<ReturnType<typeof shebangOf>>;

async function interpreterIn(file: string): Promise<ShebangProgram | undefined> {
	try {
		const handle = await open(file, READ_AT_ONCE);
		try {
			const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
			return shebangOf(buffer.subarray(0, bytesRead).toString('latin1'));
		} finally {
			await handle.close();
		}
	} catch {
		return undefined;
	}
}

function languageOf(interpreter: ShebangProgram | undefined): ScriptLanguage {
	return interpreter === undefined ? 'other' : (interpreterOf(interpreter.program)?.language ?? 'other');
}

/** Said like a path, and no package of an option such as `--import tsx`. */
function isAFile(script: string): boolean {
	return isAbsolute(script) || /^\.|[\\/]|\.[cm]?[jt]sx?$/.test(script);
}
