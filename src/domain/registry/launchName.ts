import { isAbsolutePath } from '../../base/absolutePath';
import { baseName } from '../../base/baseName';
import { type Launch, type StdioLaunch } from './launch';
import { innerLaunch } from './launchSource';

/** Programs that run a package named by an argument. */
const RUNNERS = new Set(['npx', 'bunx', 'uvx', 'pnpx', 'pipx']);

/** Programs that run a script named by their first argument that is no option. */
const INTERPRETERS = new Set(['node', 'deno', 'bun', 'tsx', 'python', 'python3']);

/** What to call a launch when nobody has named it. */
export interface LaunchName {
	readonly name: string;
	/** The npm or PyPI package that the launch names; the key of shipped capability data. */
	readonly packageName?: string;
}

/**
 * Reads the package of a launch: what a runner such as `npx` is told to run, else the `node_modules/…` in which the program
 * itself, or an interpreter's script, lies. Other arguments are data that anybody may word as they like. Only the launch
 * counts, which a person has seen; what the server says of itself does not. A URL is called by its host.
 */
export function launchName(launch: Launch): LaunchName {
	if (launch.kind === 'http') {
		return { name: hostOf(launch.url) };
	}
	const inner = innerLaunch(launch);
	const program = programOf(inner);
	const script = INTERPRETERS.has(program) ? inner.args.find(arg => !arg.startsWith('-')) : inner.command;
	const packageName = RUNNERS.has(program) ? runTarget(inner.args) : installedPackage(script);
	return packageName === undefined
		? { name: program }
		: { name: baseName(packageName).replace(/^(mcp-)?server-/, ''), packageName };
}

/**
 * The folders that a server may count relative paths from: where it runs, and every absolute path that it is given. A file
 * server resolves against the folders it was told to serve, not against where it runs. An interpreter's script is no such
 * folder, nor is a switch of the `cmd` of Windows. Which folders the editor tells it by `roots/list` comes on top.
 */
export function launchRoots(launch: Pick<StdioLaunch, 'command' | 'args'>, cwd: string): readonly string[] {
	const drive = /^[A-Za-z]:(?=[\\/])/.exec(cwd)?.[0];
	// Elsewhere a program of that name is any program, and what it is given may be its folders.
	const { command, args } = drive === undefined ? launch : innerLaunch(launch);
	const script = INTERPRETERS.has(programOf({ command })) ? args.find(arg => !arg.startsWith('-')) : undefined;
	const folders = args
		.map(arg => arg.replace(/^--?[A-Za-z][\w-]*=/, ''))
		.filter(arg => arg !== script)
		// On Windows a single slash begins at the root of the drive where the server runs.
		.map(arg => (drive !== undefined && /^[\\/](?![\\/])/.test(arg) ? drive + arg : arg))
		.filter(isAbsolutePath);
	return [...new Set([cwd, ...folders])];
}

function hostOf(url: string): string {
	return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:@]+)/i.exec(url)?.[1]?.toLowerCase() ?? 'server';
}

function programOf({ command }: Pick<StdioLaunch, 'command'>): string {
	return baseName(command).replace(/\.(exe|cmd|bat)$/i, '');
}

/** Options of a runner that change nothing about what is run. */
const HARMLESS = new Set(['-y', '--yes', '-q', '--quiet']);

/** What a runner runs; undefined where options or an alias could make it run something else than it names. */
function runTarget(args: readonly string[]): string | undefined {
	const at = args.findIndex(arg => !HARMLESS.has(arg));
	const target = withoutVersion(args[at]);
	return target !== undefined && /^(?:@[\w.-]+\/)?\w[\w.-]*$/.test(target) ? target : undefined;
}

function withoutVersion(target: string | undefined): string | undefined {
	return target?.replace(/(?<=.)@[\w.^~+-]+$/, '');
}

/** The package whose folder a file lies in, by the last `node_modules` of its path. */
function installedPackage(file: string | undefined): string | undefined {
	const found = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file ?? '')?.[1];
	return found === undefined || found === '.bin' ? undefined : found.replaceAll('\\', '/');
}
