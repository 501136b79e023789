import { baseName } from '../../base/baseName';
import { type StdioLaunch } from './launch';

/** What a package runner is told to run. */
export interface RunnerTarget {
	readonly runner: 'npx' | 'other' | 'uvx' | 'docker';
	readonly ecosystem: 'npm' | 'pypi';
	/** The package as worded. */
	readonly spec: string;
	/** The program of the package, where it is named apart. */
	readonly bin?: string;
	/** The arguments of the server itself. */
	readonly rest: readonly string[];
}

/** The runners that are told apart by how they read their arguments. */
export type RunnerKind = 'npx' | 'npm-exec' | 'other-npm' | 'uvx' | 'pipx';

/** Options that change nothing about what is run. Every other one could. */
const QUIET = new Set([
	'-y',
	'--yes',
	'-q',
	'--quiet',
	'-s',
	'--silent',
	'--no-audit',
	'--no-fund',
	'--prefer-offline',
]);

/** The runner that a launch starts, and its arguments without the words that choose it. */
export function runnerOf({
	command,
	args,
}: StdioLaunch): { readonly kind: RunnerKind; readonly args: readonly string[] } | undefined {
	// Two of three systems find `NPX` as well as `npx`.
	const program = baseName(command)
		.toLowerCase()
		.replace(/\.(exe|cmd|bat|ps1)$/, '');
	const words = (count: number, ...options: readonly string[]) =>
		options.includes(args.slice(0, count).join(' ')) ? args.slice(count) : undefined;
	const found = (kind: RunnerKind, rest: readonly string[] | undefined) => rest && { kind, args: rest };
	switch (program) {
		case 'npx':
			return found('npx', args);
		case 'npm':
			return found('npm-exec', words(1, 'exec', 'x'));
		case 'pnpx':
		case 'bunx':
			return found('other-npm', args);
		case 'pnpm':
		case 'yarn':
			return found('other-npm', words(1, 'dlx'));
		case 'bun':
			return found('other-npm', words(1, 'x'));
		case 'uvx':
			return found('uvx', args);
		case 'uv':
			return found('uvx', words(2, 'tool run'));
		case 'pipx':
			return found('pipx', words(1, 'run'));
		default:
			return undefined;
	}
}

/** How each of them reads its arguments; undefined where what is run cannot be told for sure. */
export const RUNNERS: Readonly<Record<RunnerKind, (args: readonly string[]) => RunnerTarget | undefined>> = {
	npx: args => readTarget(args, { runner: 'npx', ecosystem: 'npm' }, ['-p', '--package']),
	'npm-exec': args => npmExec(args),
	'other-npm': args => readTarget(args, { runner: 'other', ecosystem: 'npm' }, ['-p', '--package']),
	uvx: args => readTarget(args, { runner: 'uvx', ecosystem: 'pypi' }, ['--from']),
	pipx: args => readTarget(args, { runner: 'other', ecosystem: 'pypi' }, ['--spec']),
};

type Kind = Pick<RunnerTarget, 'runner' | 'ecosystem'>;

/** Options, then the package, or the program of a package that an option named; what follows belongs to the server. */
function readTarget(args: readonly string[], kind: Kind, packageOptions: readonly string[]): RunnerTarget | undefined {
	let named: string | undefined;
	for (let index = 0; index < args.length; index++) {
		const arg = args[index] ?? '';
		const rest = args.slice(index + 1);
		const [option, value] = splitOption(arg);
		if (packageOptions.includes(option)) {
			// A second package would be installed beside the first and could replace what that one loads.
			if (named !== undefined) {
				return undefined;
			}
			named = value ?? args[++index];
			if (named === undefined) {
				return undefined;
			}
		} else if (arg === '--' && rest.length > 0 && !rest[0]?.startsWith('-')) {
			continue;
		} else if (!arg.startsWith('-')) {
			return named === undefined ? { ...kind, spec: arg, rest } : { ...kind, spec: named, bin: arg, rest };
		} else if (!QUIET.has(arg)) {
			return undefined;
		}
	}
	return undefined;
}

/** Unlike npx, `npm exec` reads options behind the package too, up to `--`. */
function npmExec(args: readonly string[]): RunnerTarget | undefined {
	const end = args.indexOf('--');
	const own = end < 0 ? args : args.slice(0, end);
	const after = end < 0 ? [] : args.slice(end + 1);
	const hasTarget = readTarget(own, { runner: 'npx', ecosystem: 'npm' }, ['-p', '--package']) !== undefined;
	const target = readTarget(hasTarget ? own : [...own, ...after], { runner: 'npx', ecosystem: 'npm' }, [
		'-p',
		'--package',
	]);
	if (target === undefined || !hasTarget) {
		return target;
	}
	return target.rest.some(arg => arg.startsWith('-')) ? undefined : { ...target, rest: [...target.rest, ...after] };
}

function splitOption(arg: string): readonly [string, string?] {
	const at = arg.startsWith('--') ? arg.indexOf('=') : -1;
	return at < 0 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}
