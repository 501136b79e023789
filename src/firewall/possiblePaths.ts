import { type HostFacts, type PathFact } from '../domain/policy/facts';
import { type FoundPath } from '../domain/policy/findPaths';
import { hasGlobMagic } from '../domain/policy/glob';
import { isWithin } from '../domain/policy/pathSegments';
import { visibleText } from '../domain/policy/pathText';
import { type DiskLook } from './diskLook';
import { formsOf, realForm } from './realForms';

/** Names are combined with so many folders; the places of all denies and protections that start with `**` need only one. */
const MAX_FOLDERS = 8;

/** What possible paths are looked at with. */
interface NameLook {
	readonly roots: readonly string[];
	/** Canonical places that the call itself names. */
	readonly bases: readonly string[];
	readonly host: HostFacts;
	readonly disk: DiskLook;
}

/**
 * Looks at texts that may be names of files. `surely`: the disk has a link under that name which leads out of its folder,
 * and that is no accident. The rest has no problem: nothing is known of it but what it would be if it were a path.
 */
export async function lookAtPossible(
	found: readonly FoundPath[],
	{ roots, bases, host, disk }: NameLook,
): Promise<{ readonly surely: readonly PathFact[]; readonly possiblePaths: readonly PathFact[] }> {
	const folders = [...new Set([...roots, ...bases, ...host.workspaceFolders])].slice(0, MAX_FOLDERS);
	const starts = folders.length === 0 ? [host.platform === 'win32' ? 'C:/' : '/'] : folders;
	const looked = await Promise.all(
		found.map(async ({ pointer, raw, globs: written = [] }) => {
			const candidates = new Set<string>();
			let leads = false;
			for (const text of new Set([raw, visibleText(raw)])) {
				for (const root of starts) {
					const forms = formsOf(text, { root, host }, disk).candidates;
					const home = (await realForm(root, host, disk)) ?? root;
					for (const form of forms) {
						const real = await realForm(form, host, disk);
						candidates.add(form);
						candidates.add(real ?? form);
						leads ||= real !== undefined && isWithin(form, root, host) && !isWithin(real, home, host);
					}
				}
			}
			const globs = await absoluteGlobs(written, starts, host, disk);
			const fact = { pointer, raw, candidates: [...candidates], ...(globs.length > 0 && { globs }) };
			return { fact, leads };
		}),
	);
	return {
		surely: looked.filter(({ leads }) => leads).map(({ fact }) => fact),
		possiblePaths: looked.filter(({ leads }) => !leads).map(({ fact }) => fact),
	};
}

/** Globs with the folder they start in made canonical and real, from each of the folders that it may be relative to. */
export async function absoluteGlobs(
	written: readonly string[],
	folders: readonly (string | undefined)[],
	host: HostFacts,
	disk: DiskLook,
): Promise<readonly string[]> {
	const globs = new Set<string>();
	for (const glob of written) {
		const segments = glob.split('/');
		const first = segments.findIndex(hasGlobMagic);
		// An alternative without wildcards names its last segment.
		const at = first < 0 ? segments.length - 1 : first;
		const base = segments.slice(0, at).join('/') || (at > 0 ? '/' : '.');
		const rest = segments.slice(at).join('/');
		for (const root of folders) {
			const { candidates } = formsOf(base, { root, host }, disk);
			for (const form of candidates.length > 0 ? candidates : ['']) {
				const real = await realForm(form === '' ? '/' : form, host, disk);
				for (const top of new Set([form, real ?? form])) {
					globs.add(`${top === '/' ? '' : top}/${rest}`);
				}
			}
		}
	}
	return [...globs];
}
