import { canonicalForms, type CanonicalForms, canonicalHostPath } from '../domain/policy/canonicalForms';
import { type HostFacts } from '../domain/policy/facts';
import { type PathContext } from '../domain/policy/posixPath';
import { type DiskLook } from './diskLook';

/** More steps upward than this in one path are no honest path, and each costs a look at the disk. */
const MAX_STEPS_UP = 8;

/** {@link canonicalForms} within the call's budget; what is beyond it is unresolvable. */
export function formsOf(raw: string, context: PathContext, disk: DiskLook): CanonicalForms {
	if (disk.spent) {
		return { candidates: [], physical: [], problem: 'unresolvable' };
	}
	const forms = canonicalForms(raw, context);
	const readings = forms.candidates.length + forms.physical.length + 1;
	return disk.spend(readings * raw.length) ? forms : { ...forms, problem: 'unresolvable' };
}

/** A canonical path with its symlinks resolved; undefined when the disk cannot tell. */
export async function realForm(path: string, host: HostFacts, disk: DiskLook): Promise<string | undefined> {
	const real = await disk.realPath(path);
	return real === undefined ? undefined : canonicalHostPath(real, host);
}

/** Follows `link/..` as the kernel does: resolve what stands before each `..`, then go up. */
export async function physicalForm(path: string, host: HostFacts, disk: DiskLook): Promise<string | undefined> {
	const top = host.platform === 'win32' ? (/^(?:[A-Z]:|\/\/[^/]+\/[^/]+)/.exec(path)?.[0] ?? '') : '';
	const segments = path.slice(top.length).split('/');
	if (segments.filter(segment => segment === '..').length > MAX_STEPS_UP) {
		return undefined;
	}
	let current = top;
	for (const segment of segments) {
		if (segment === '..') {
			const real = await realForm(current === top ? `${top}/` : current, host, disk);
			if (real === undefined) {
				return undefined;
			}
			current = real.slice(0, Math.max(real.lastIndexOf('/'), top.length));
		} else if (segment !== '' && segment !== '.') {
			current = `${current}/${segment}`;
		}
	}
	return realForm(current === top ? `${top}/` : current, host, disk);
}
