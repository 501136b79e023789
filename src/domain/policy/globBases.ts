import { hasGlobMagic } from './glob';

/** More alternatives than this are not expanded; the glob counts as reaching everywhere. */
const MAX_ALTERNATIVES = 64;

/** More braces than this are not even tried. */
const MAX_GROUPS = 16;

/** Stands for a glob of which no folder can be told. */
const EVERYWHERE = ['/'];

/**
 * The folders in which an attacker-controlled glob starts: `/etc/**` in `/etc`, `*.ts` in `.`, `{/etc,/ws}/*` in both. `/`
 * where that cannot be told: a wildcard right below the root, `..` behind a wildcard, alternatives without end.
 */
export function globBases(glob: string): readonly string[] {
	const slashed = glob.replaceAll('\\', '/');
	const alternatives = braceAlternatives(slashed);
	if (alternatives === undefined || mayLeaveFolder(slashed)) {
		return EVERYWHERE;
	}
	return [...new Set(alternatives.map(baseOf))];
}

/**
 * An extended glob such as `@(a|../b)`, whose alternatives are not read, with a `/` or `..` among them. Each bracket takes
 * its text with it: to look for both in one expression takes quadratic time over many brackets.
 */
function mayLeaveFolder(glob: string): boolean {
	return [...glob.matchAll(/[@!+?*]\(([^)]*)/g)].some(([, inner = '']) => /\.\.|\//.test(inner));
}

/** Expands `{a,b}`, innermost first; undefined for more alternatives than are looked at. */
export function braceAlternatives(glob: string): readonly string[] | undefined {
	if ((glob.match(/\{/g)?.length ?? 0) > MAX_GROUPS) {
		return undefined;
	}
	const done: string[] = [];
	const open = [glob];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const group = /\{([^{}]*)\}/.exec(next);
		if (group === null) {
			done.push(next);
		} else {
			const before = next.slice(0, group.index);
			const after = next.slice(group.index + group[0].length);
			const parts = (group[1] ?? '').split(',');
			if (parts.length + done.length + open.length > MAX_ALTERNATIVES) {
				return undefined;
			}
			open.push(...parts.map(part => before + part + after));
		}
	}
	return done;
}

function baseOf(glob: string): string {
	const segments = glob.split('/');
	const first = segments.findIndex(hasGlobMagic);
	if (first < 0) {
		return glob === '' ? '.' : glob;
	}
	if (segments.slice(first).includes('..')) {
		return '/';
	}
	const literal = segments.slice(0, first);
	return literal.every(segment => segment === '') && literal.length > 0 ? '/' : literal.join('/') || '.';
}
