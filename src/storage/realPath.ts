import { type BigIntStats, readFileSync, statSync } from 'node:fs';
import { readlink, realpath } from 'node:fs/promises';
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
	identify(path) {
		return Promise.resolve(isAbsolute(path) && !path.includes('\0') ? identityOf(path) : undefined);
	},
};

/** Synchronous: the path was resolved a moment ago, so that the kernel answers from memory, faster than a thread would. */
function identityOf(path: string): PathIdentity | undefined {
	for (let folder = path; ; folder = dirname(folder)) {
		try {
			const found = statSync(folder, { bigint: true, throwIfNoEntry: false });
			if (found !== undefined) {
				const device = `${String(found.dev)} ${mountOf(folder, mountPoints())}`;
				return folder === path
					? { kind: kindOf(found), links: Number(found.nlink), device }
					: { kind: 'missing', links: 0, device };
			}
		} catch (error) {
			if (!isMissing(error)) {
				return undefined;
			}
		}
		if (dirname(folder) === folder) {
			return undefined;
		}
	}
}

function kindOf(found: BigIntStats): PathIdentity['kind'] {
	return found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
}

let mounts: readonly string[] | undefined;

/**
 * Where file systems are mounted (Linux: proc(5), mountinfo), because a bind mount from the same device has the same
 * st_dev. Empty on other systems, where the device number has to do. Read once for each turn of the event loop.
 */
function mountPoints(): readonly string[] {
	if (mounts === undefined) {
		mounts = readMountPoints();
		setImmediate(() => {
			mounts = undefined;
		});
	}
	return mounts;
}

function readMountPoints(): readonly string[] {
	try {
		return process.platform === 'linux' ? parseMountPoints(readFileSync('/proc/self/mountinfo', 'utf8')) : [];
	} catch {
		return [];
	}
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
	// Nothing stands below what is not there, until a link's `..` leads out of it again.
	let missing: string | undefined;
	for (let segment = pending.pop(); segment !== undefined; segment = pending.pop()) {
		if (segment === '' || segment === '.') {
			continue;
		}
		if (segment === '..') {
			current = dirname(current);
			missing = missing !== undefined && current.startsWith(missing) ? missing : undefined;
			continue;
		}
		const next = join(current, segment);
		if (missing !== undefined) {
			current = next;
			continue;
		}
		const target = await linkTarget(next);
		if (target === undefined) {
			return undefined;
		}
		if (target.kind !== 'link') {
			missing = target.kind === 'missing' ? next : undefined;
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

type LinkTarget = { readonly kind: 'none' | 'missing' } | { readonly kind: 'link'; readonly path: string };

/** Undefined when it cannot be told. */
async function linkTarget(path: string): Promise<LinkTarget | undefined> {
	try {
		return { kind: 'link', path: await readlink(path) };
	} catch (error) {
		if (isMissing(error)) {
			return { kind: 'missing' };
		}
		return codeOf(error) === 'EINVAL' || codeOf(error) === 'UNKNOWN' ? { kind: 'none' } : undefined;
	}
}

function isMissing(error: unknown): boolean {
	const code = codeOf(error);
	return code === 'ENOENT' || code === 'ENOTDIR';
}

function codeOf(error: unknown): string | undefined {
	return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
