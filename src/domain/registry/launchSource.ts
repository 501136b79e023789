import { baseName } from '../../base/baseName';
import { dockerTarget } from './dockerTarget';
import { type Launch, type StdioLaunch } from './launch';
import { type RunnerTarget, RUNNERS, runnerOf } from './packageRunner';
import { isExactVersion, readSpec, withVersion } from './packageSpec';
import { type ServerSource } from './supplyPin';

/** What a launch says about where its program comes from. */
export interface LaunchSource extends ServerSource {
	/** The launch can only mean this one program: an exact version, an image digest, a file, an origin. */
	readonly exact: boolean;
	/** What fetches and starts it; absent for a program that lies on this machine. */
	readonly runner?: RunnerTarget['runner'];
	/** The package or image as the launch words it. */
	readonly spec?: string;
	/** The program of the package, where the launch names it apart from the package. */
	readonly bin?: string;
	/** What the server itself gets. */
	readonly rest?: readonly string[];
}

/**
 * Reads where the program of a launch comes from. Pure: only what the launch says counts, which a person has seen. What
 * cannot be read for sure (an unknown option of a runner could name another package) is not exact.
 */
export function readLaunchSource(launch: Launch): LaunchSource {
	if (launch.kind === 'http') {
		return { kind: 'url', name: originOf(launch.url), exact: true };
	}
	const inner = { ...launch, ...innerLaunch(launch) };
	const container = dockerTarget(inner);
	if (container !== undefined) {
		return container === 'unreadable'
			? { kind: 'oci', name: inner.command, exact: false }
			: imageSource(container.image, container.rest);
	}
	const runner = runnerOf(inner);
	if (runner === undefined) {
		return isCommandLine(inner) ? unknown(inner) : localSource(inner);
	}
	const target = RUNNERS[runner.kind](runner.args);
	// A runner that is told something else than a package: still one whose version has to be named.
	const ecosystem = /^(?:uvx|pipx)$/.test(runner.kind) ? 'pypi' : 'npm';
	return target === undefined ? { kind: ecosystem, name: inner.command, exact: false } : packageSource(target);
}

/**
 * What `cmd /c PROGRAM …` starts, as definitions for Windows word it: the program itself. Any other launch as it is, also where a word
 * means something to `cmd`, which could then start another program besides.
 */
export function innerLaunch({
	command,
	args,
}: Pick<StdioLaunch, 'command' | 'args'>): Pick<StdioLaunch, 'command' | 'args'> {
	const at = args.findIndex(arg => !/^\/[dsq]$/i.test(arg));
	const [program, ...rest] = args.slice(at + 1);
	const isCmd = /^cmd(?:\.exe)?$/i.test(baseName(command)) && /^\/c$/i.test(args[at] ?? '');
	const isPlain = args.every(arg => !/[&|<>^%"\r\n]/.test(arg));
	return isCmd && isPlain && program !== undefined && !/\s/.test(program)
		? { command: program, args: rest }
		: { command, args };
}

/**
 * The launch with the package or image that it names at an exact version: another server, with another id. Undefined where
 * the launch names none, or the version is not exact.
 */
export function pinnedLaunch(launch: Launch, version: string): Launch | undefined {
	if (launch.kind === 'http') {
		return undefined;
	}
	const { spec, kind } = readLaunchSource(launch);
	const at = spec === undefined ? -1 : launch.args.findIndex(arg => arg === spec || arg.endsWith(`=${spec}`));
	const arg = launch.args[at];
	if (spec === undefined || arg === undefined || !isExactVersion(kind, version)) {
		return undefined;
	}
	const pinned = arg.slice(0, arg.length - spec.length) + withVersion(kind, spec, version);
	return { ...launch, args: launch.args.map((each, index) => (index === at ? pinned : each)) };
}

function packageSource({ ecosystem, runner, spec, bin, rest }: RunnerTarget): LaunchSource {
	const read = readSpec(ecosystem, spec);
	if (read === undefined) {
		return { kind: ecosystem, name: spec, exact: false, runner, rest };
	}
	const exact = read.version !== undefined && isExactVersion(ecosystem, read.version);
	const version = exact ? { version: read.version } : {};
	return {
		kind: ecosystem,
		name: read.name,
		...version,
		exact,
		runner,
		spec,
		rest,
		...(bin !== undefined && { bin }),
	};
}

function imageSource(image: string, rest: readonly string[]): LaunchSource {
	const read = readSpec('oci', image);
	if (read === undefined) {
		return { kind: 'oci', name: image, exact: false, runner: 'docker', rest };
	}
	const exact = read.version !== undefined && isExactVersion('oci', read.version);
	const version = exact ? { version: read.version } : {};
	return { kind: 'oci', name: read.name, ...version, exact, runner: 'docker', spec: image, rest };
}

/** Programs that start the one that their arguments name. */
const STARTERS =
	/^(?:env|busybox|toybox|sudo|doas|su|nice|ionice|nohup|setsid|stdbuf|time|timeout|xargs|unbuffer|script|chroot|unshare|nsenter|bwrap|firejail|proot|strace|ltrace|gdb|wine|ssh|wsl|start|cross-env|dotenv|dotenvx|doppler|op|direnv|mise|asdf|nvm|fnm|volta|nix|nix-shell|nix-env|poetry|pipenv|pdm|hatch|rye|conda|mamba|micromamba|pixi|bundle|npm|pnpm|yarn|corepack|make|just|task|go|cargo|dotnet|gradle|mvn)$/;

/** `dotnet server.dll` starts a file that is pinned, unlike `dotnet run`. */
const FILE_OF_STARTER = /\.dll$/i;

/**
 * A line for a shell, or a program that starts the one behind it or a script by its name: it could run anything, a package at
 * its newest too.
 */
function isCommandLine({ command, args }: StdioLaunch): boolean {
	const program = baseName(command)
		.toLowerCase()
		.replace(/\.(?:exe|cmd|bat|ps1)$/, '');
	const isShell = /^(?:ba|da|z|k|fi)?sh$|^(?:cmd|powershell|pwsh)$/.test(program);
	return (
		(isShell && args.some(arg => /^(?:-[a-z]*c|\/[ck]|-command|-encodedcommand)$/i.test(arg))) ||
		(STARTERS.test(program) && args.length > 0 && !FILE_OF_STARTER.test(args[0] ?? '')) ||
		// What Bun and Deno are told to run by a name stands in a file of the project.
		(/^(?:bun|deno)$/.test(program) && /^(?:x|task|start)$/.test(args[0] ?? ''))
	);
}

/** A file of this machine: what it is exactly, its digest says. Code that an interpreter fetches from elsewhere is not. */
function localSource({ command, args }: StdioLaunch): LaunchSource {
	const remote = /^(?:deno|bun)(?:\.exe)?$/i.test(baseName(command))
		? args.find(arg => /^(?:https?|npm|jsr|node):/i.test(arg))
		: undefined;
	if (remote === undefined) {
		return { kind: 'path', name: command, exact: true };
	}
	const read = remote.startsWith('npm:') ? readSpec('npm', remote.slice('npm:'.length)) : undefined;
	const exact = read?.version !== undefined && isExactVersion('npm', read.version);
	return read === undefined
		? { kind: 'unknown', name: remote, exact: false }
		: { kind: 'npm', name: read.name, ...(exact && { version: read.version }), exact, spec: remote };
}

function unknown({ command }: StdioLaunch): LaunchSource {
	return { kind: 'unknown', name: command, exact: false };
}

/** Scheme and authority of a URL, without a user; the whole text where it is none. */
function originOf(url: string): string {
	const [, scheme, authority] = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#@]*@)?([^/?#]+)/i.exec(url) ?? [];
	return scheme === undefined || authority === undefined ? url : `${scheme}${authority}`.toLowerCase();
}
