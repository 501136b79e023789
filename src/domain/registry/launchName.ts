import { type Launch } from './launch';

/** Programs that run a package named by an argument. */
const RUNNERS = new Set(['npx', 'bunx', 'uvx', 'pnpx', 'pipx']);

/** What to call a launch when nobody has named it. */
export interface LaunchName {
	readonly name: string;
	/** The npm or PyPI package that the launch names; the key of shipped capability data. */
	readonly packageName?: string;
}

/**
 * Reads the package of a launch: the last `node_modules/…` of an argument, or what a runner such as `npx` is told to run.
 * Only the launch counts, which a person has seen; what the server says of itself does not.
 */
export function launchName(launch: Launch): LaunchName {
	const program = baseName(launch.command).replace(/\.(exe|cmd|bat)$/i, '');
	const packageName = RUNNERS.has(program) ? runPackage(launch.args) : installedPackage(launch);
	return packageName === undefined
		? { name: program }
		: { name: baseName(packageName).replace(/^(mcp-)?server-/, ''), packageName };
}

function runPackage(args: readonly string[]): string | undefined {
	const target = args.find(arg => !arg.startsWith('-'));
	return target?.replace(/(?<=.)@[^@/]*$/, '');
}

function installedPackage(launch: Launch): string | undefined {
	for (const part of [launch.command, ...launch.args]) {
		const found = /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(part);
		if (found?.[1] !== undefined && found[1] !== '.bin') {
			return found[1].replaceAll('\\', '/');
		}
	}
	return undefined;
}

function baseName(path: string): string {
	return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
