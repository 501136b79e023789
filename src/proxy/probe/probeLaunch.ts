import { isAbsolute, join, resolve } from 'node:path';
import { baseName } from '../../base/baseName';
import { type StdioLaunch } from '../../domain/registry/launch';
import {
	type LaunchContext,
	resolveLaunch,
	type ResolvedLaunch,
	variablesIn,
} from '../../domain/registry/resolveLaunch';
import { uvCacheOf } from '../../domain/registry/uvCacheOf';
import { type Scratch } from './scratch';

/** What is at an absolute path now. */
export type PathKind = 'file' | 'folder' | 'nothing';

/** What turns a launch into one for the world of a probe. */
export interface ProbeLaunchOptions {
	/** What the variables stand for outside of the probe: where the program itself lies. */
	readonly real: LaunchContext;
	readonly scratch: Scratch;
	/** The address of the sink, `http://127.0.0.1:PORT`. */
	readonly proxy: string;
	/** `NAME=VALUE`: what everything that the server starts carries in its environment. */
	readonly mark: string;
	readonly kindOf: (path: string) => PathKind;
	readonly platform: NodeJS.Platform;
}

/** Endings of files that are programs, not data. */
const CODE = /\.(?:[cm]?[jt]sx?|py|pyz|rb|jar|sh|wasm|exe|dll|cmd|bat|ps1|phar|php|lua|pl)$/i;
/** Options that say where the program lies, not what it works on. */
const PROGRAM_OPTIONS = new Set(['--directory', '--project', '--cwd', '-C', '--prefix', '--package', '--from', '-p']);
/** Programs whose servers run elsewhere: nothing of what they do can be seen from here. */
const ELSEWHERE = /^(?:docker|podman|nerdctl|ssh|wsl|kubectl|flatpak|limactl)(?:\.exe)?$/i;
/** Variables that a server needs as they are, or that would make it run other code. */
const UNTOUCHED = /^(?:PATH|NODE_OPTIONS|NODE_PATH|PYTHONPATH|PYTHONHOME|VIRTUAL_ENV|LD_.*|DYLD_.*)$/i;

/**
 * The launch of a probe: the same program, in the world of the probe. Folders and files that it is told to work on become
 * folders and files of the probe; variables get marked values, so that no secret is given away; networks are reached by the
 * sink. A package runner finds what it has fetched before, since it can fetch nothing. Says why where that cannot be done.
 */
export function probeLaunch(
	launch: StdioLaunch,
	options: ProbeLaunchOptions,
): ResolvedLaunch | { readonly problem: string } {
	const { real, scratch, kindOf } = options;
	const filled = withoutStoredValues(launch, scratch);
	const values = Object.fromEntries(launch.env.map(name => [name, markedValue(name, scratch)]));
	const env = markedEnvironment(filled, scratch, real);
	const actual = resolveLaunch(filled, values, { ...real, env: { ...env, ...real.env } });
	const pretended = resolveLaunch(filled, values, {
		workspaceFolder: scratch.workspace,
		namedFolders: Object.fromEntries(Object.keys(real.namedFolders ?? {}).map(name => [name, scratch.workspace])),
		userHome: scratch.home,
		env,
	});
	if ('problem' in actual) {
		return actual;
	}
	if ('problem' in pretended) {
		return pretended;
	}
	if (ELSEWHERE.test(baseName(actual.command))) {
		return { problem: 'the program runs its server elsewhere (a container or another machine), out of sight' };
	}
	const given = Object.fromEntries(Object.entries(pretended.env).filter(([name]) => !UNTOUCHED.test(name)));
	const args = actual.args.map((arg, at) => {
		const before = actual.args[at - 1] ?? '';
		const path = isAbsolute(arg) ? arg : resolve(actual.cwd, arg);
		const isProgram = kindOf(path) === 'file' && CODE.test(path);
		if (isProgram || PROGRAM_OPTIONS.has(before)) {
			return isProgram ? path : arg;
		}
		return inScratch(pretended.args[at] ?? '', options);
	});
	return {
		command: actual.command,
		args,
		cwd: scratch.workspace,
		env: { ...given, ...worldOf(options) },
	};
}

/** The argument, or the part of an option behind `=`, with an absolute path put into the world of the probe. */
function inScratch(arg: string, { scratch, kindOf }: ProbeLaunchOptions): string {
	const [, option = '', path = arg] = /^(--?[A-Za-z][\w-]*=)(.*)$/s.exec(arg) ?? [];
	if (!isAbsolute(path) || path.startsWith(scratch.root)) {
		return arg;
	}
	return `${option}${kindOf(path) === 'folder' ? scratch.workspace : join(scratch.workspace, baseName(path))}`;
}

/** The launch with a marked value for everything that lies in the editor's secret storage. */
function withoutStoredValues(launch: StdioLaunch, scratch: Scratch): StdioLaunch {
	const put = (text: string) =>
		text.replaceAll(/\$\{(?:input|credential):([^}]*)\}/g, (_whole, name: string) => markedValue(name, scratch));
	const { cwd } = launch;
	return { ...launch, args: launch.args.map(put), ...(cwd !== undefined && { cwd: put(cwd) }) };
}

function markedValue(name: string, { workspace, home, canary }: Scratch): string {
	if (/(?:_|^)(?:DIR|DIRECTORY|FOLDER|ROOT|WORKSPACE)$/i.test(name)) {
		return workspace;
	}
	if (/(?:_|^)(?:PATH|FILE|DB)$/i.test(name)) {
		return join(home, `${baseName(name)}.probe`);
	}
	if (/(?:_|^)(?:URL|URI|ENDPOINT|HOST)$/i.test(name)) {
		return 'https://probe.invalid/';
	}
	return canary;
}

function markedEnvironment(launch: StdioLaunch, scratch: Scratch, { env }: LaunchContext): Record<string, string> {
	const asked = [launch.command, ...launch.args, launch.cwd ?? '']
		.flatMap(variablesIn)
		.filter(inside => inside.startsWith('env:'))
		.map(inside => inside.slice('env:'.length));
	return Object.fromEntries(
		asked.map(name => [name, UNTOUCHED.test(name) ? (env[name] ?? '') : markedValue(name, scratch)]),
	);
}

/** The environment that makes the world of the probe; it wins over what the launch sets. */
function worldOf({ real, scratch, proxy, mark, platform }: ProbeLaunchOptions): Record<string, string> {
	const { home, temporary } = scratch;
	const cut = mark.indexOf('=');
	const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap(name => [name, name.toLowerCase()]);
	const local = real.env.LOCALAPPDATA ?? join(real.userHome, 'AppData', 'Local');
	const ownNpm = platform === 'win32' ? join(local, 'npm-cache') : join(real.userHome, '.npm');
	const windows = { USERPROFILE: home, APPDATA: join(home, 'Roaming'), LOCALAPPDATA: join(home, 'Local') };
	return {
		HOME: home,
		...{ TMPDIR: temporary, TEMP: temporary, TMP: temporary },
		...{ XDG_CONFIG_HOME: join(home, '.config'), XDG_CACHE_HOME: join(home, '.cache') },
		...{ XDG_DATA_HOME: join(home, '.local', 'share'), XDG_STATE_HOME: join(home, '.local', 'state') },
		...(platform === 'win32' && windows),
		...Object.fromEntries(proxies.map(name => [name, proxy])),
		...{ NO_PROXY: '', no_proxy: '', NODE_USE_ENV_PROXY: '1' },
		...{
			npm_config_cache: real.env.npm_config_cache ?? ownNpm,
			npm_config_offline: 'true',
			npm_config_update_notifier: 'false',
		},
		...{ UV_CACHE_DIR: uvCacheOf(real.env, platform, real.userHome), UV_OFFLINE: '1' },
		[mark.slice(0, cut)]: mark.slice(cut + 1),
	};
}
