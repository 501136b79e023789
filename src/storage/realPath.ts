import { readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, parse, sep } from 'node:path';
import { type PathResolver } from '../firewall/ports';

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
};

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
