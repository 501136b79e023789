import { type Launch } from './launch';

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
 * counts, which a person has seen; what the server says of itself does not.
 */
export function launchName(launch: Launch): LaunchName {
	const program = baseName(launch.command).replace(/\.(exe|cmd|bat)$/i, '');
	const [target] = launch.args.filter(arg => !arg.startsWith('-'));
	const script = INTERPRETERS.has(program) ? target : launch.command;
	const packageName = RUNNERS.has(program) ? withoutVersion(target) : installedPackage(script);
	return packageName === undefined
		? { name: program }
		: { name: baseName(packageName).replace(/^(mcp-)?server-/, ''), packageName };
}

function withoutVersion(target: string | undefined): string | undefined {
	return target?.replace(/(?<=.)@[^@/]*$/, '');
}

/** The package whose folder a file lies in, by the last `node_modules` of its path. */
function installedPackage(file: string | undefined): string | undefined {
	const found = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file ?? '')?.[1];
	return found === undefined || found === '.bin' ? undefined : found.replaceAll('\\', '/');
}

function baseName(path: string): string {
	return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
