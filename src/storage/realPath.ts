import { readFile, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, parse, sep } from 'node:path';
import { type PathIdentity, type PathResolver } from '../firewall/ports';

/** Symlinks followed before a path counts as a loop (Linux: path_resolution(7), 40). */
const MAX_LINKS = 40;

const SEPARATOR = sep === '\\' ? /[\\/]/ : '/';

/** Symlinks by the file system of this machine. What does not exist yet is appended to its deepest real ancestor. */
export const realPathResolver: PathResolver = {
	async realPath(absolutePath) {
		if (!isAbsolute(absolutePath) || absolutePath.includes('\0')) {
			return undefined;
		}
		try {
			return await realpath(absolutePath);
		} catch (error) {
			return isMissing(error) ? await walk(absolutePath) : undefined;
		}
	},
	async identify(absolutePath) {
		if (!isAbsolute(absolutePath) || absolutePath.includes('\0')) {
			return undefined;
		}
		return (await identityOf(absolutePath)) ?? (await identityOfAncestor(absolutePath));
	},
};

async function identityOf(path: string): Promise<PathIdentity | undefined> {
	try {
		const real = await realpath(path);
		const found = await stat(real, { bigint: true });
		return {
			kind: found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other',
			links: Number(found.nlink),
			device: `${String(found.dev)} ${mountOf(real, await mountPoints())}`,
		};
	} catch {
		return undefined;
	}
}

/** What is not there yet will be on the device of the deepest folder that is. Undefined when even that cannot be told. */
async function identityOfAncestor(path: string): Promise<PathIdentity | undefined> {
	const real = await realPathResolver.realPath(path);
	if (real === undefined) {
		return undefined;
	}
	for (let folder = real; ; folder = dirname(folder)) {
		const identity = await identityOf(folder);
		if (identity !== undefined) {
			return folder === real ? identity : { kind: 'missing', links: 0, device: identity.device };
		}
		if (dirname(folder) === folder) {
			return undefined;
		}
	}
}

let readingMounts: Promise<readonly string[]> | undefined;

/**
 * Where file systems are mounted (Linux: proc(5), mountinfo), because a bind mount from the same device has the same
 * st_dev. Calls at the same time share one reading; empty on other systems, where the device number has to do.
 */
function mountPoints(): Promise<readonly string[]> {
	readingMounts ??= readFile('/proc/self/mountinfo', 'utf8')
		.then(parseMountPoints, () => [])
		.finally(() => {
			readingMounts = undefined;
		});
	return readingMounts;
}

/** The mount points of a mountinfo text: the fifth field of each line, with `\\040` and the like undone. */
export function parseMountPoints(mountinfo: string): readonly string[] {
	return mountinfo
		.split('\n')
		.map(line => line.split(' ')[4] ?? '')
		.filter(point => point !== '')
		.map(point => point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))));
}

function mountOf(path: string, points: readonly string[]): string {
	let best = '';
	for (const point of points) {
		if (point.length > best.length && (path === point || path.startsWith(point === '/' ? '/' : `${point}/`))) {
			best = point;
		}
	}
	return best;
}

/** Resolves component by component, as the kernel would, through dangling links and past what is not there. */
async function walk(path: string): Promise<string | undefined> {
	const { root } = parse(path);
	const pending = path.slice(root.length).split(SEPARATOR).reverse();
	let current = root;
	let links = 0;
	for (let segment = pending.pop(); segment !== undefined; segment = pending.pop()) {
		if (segment === '' || segment === '.') {
			continue;
		}
		if (segment === '..') {
			current = dirname(current);
			continue;
		}
		const next = join(current, segment);
		const target = await linkTarget(next);
		if (target === undefined) {
			return undefined;
		}
		if (target.kind === 'none') {
			current = next;
			continue;
		}
		if (++links > MAX_LINKS) {
			return undefined;
		}
		const top = parse(target.path).root;
		current = top === '' ? current : top;
		pending.push(...target.path.slice(top.length).split(SEPARATOR).reverse());
	}
	return current;
}

type LinkTarget = { readonly kind: 'none' } | { readonly kind: 'link'; readonly path: string };

/** Undefined when it cannot be told. */
async function linkTarget(path: string): Promise<LinkTarget | undefined> {
	try {
		return { kind: 'link', path: await readlink(path) };
	} catch (error) {
		return isMissing(error) || codeOf(error) === 'EINVAL' || codeOf(error) === 'UNKNOWN'
			? { kind: 'none' }
			: undefined;
	}
}

function isMissing(error: unknown): boolean {
	const code = codeOf(error);
	return code === 'ENOENT' || code === 'ENOTDIR';
}

function codeOf(error: unknown): string | undefined {
	return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
