import { inEnglish, phrase } from '../../base/phrase';
import { type CallView, type FoldedFolder, type FoldedPath, isInFolder } from './callView';
import { type Condition } from './condition';
import { compilePathGlob, type Glob, hasGlobMagic } from './glob';
import { braceAlternatives } from './globBases';
import { namedGlob, namesSame } from './globNames';
import { pathProblem } from './placeProblem';
import { mayContain } from './pathReach';
import { foldCase, isBelow } from './pathSegments';
import { type Rule } from './policy';
import { anchorOf, splitGlob } from './prefixes';

/** Whether each form of a path lies where a rule says; several rules together cover more than each alone. */
export interface PathCover {
	covers(form: string, call: CallView): boolean;
}

/** The compiled path conditions of a rule: one condition for both keys, because they speak of the same path together. */
export interface PathMatcher extends PathCover {
	readonly condition: Condition;
}

/** Whether a folded, canonical path lies there; `below`: whether something in the tree below it may. */
interface Place {
	holds(path: string, call: CallView): boolean;
	below(path: string, call: CallView): boolean;
	/** Whether some glob of the call says the names that this place is known by. */
	named(call: CallView): boolean;
}

/**
 * Compiles `path_prefix` and `paths`. A deny or approval holds when any form of any path lies where it says, or a
 * recursive path could reach there. An allow holds only when there is a path, and every form of every path does, and none
 * has a problem.
 */
export function compilePaths(rule: Rule): PathMatcher | undefined {
	const places: Place[] = [];
	const needed: string[] = [];
	if (rule.pathPrefix !== undefined) {
		places.push(prefixPlace(rule, rule.pathPrefix));
		needed.push(rule.pathPrefix);
	}
	if (rule.paths !== undefined) {
		places.push(globsPlace(rule, rule.paths));
		needed.push(...rule.paths.map(glob => splitGlob(glob).base).filter(base => base !== ''));
	}
	if (places.length === 0) {
		return undefined;
	}
	const covers = (form: string, call: CallView) => places.every(place => place.holds(form, call));
	const holds = (path: FoldedPath, recursive: boolean, call: CallView) =>
		rule.effect === 'allow'
			? path.judgeable && path.forms.every(form => covers(form, call))
			: places.every(place =>
					path.forms.some(form => place.holds(form, call) || (recursive && place.below(form, call))),
				);
	const condition: Condition = {
		name: rule.pathPrefix === undefined ? 'paths' : 'path_prefix',
		test(call) {
			const { paths } = call.facts;
			const possible = rule.effect === 'allow' ? [] : call.possiblePaths;
			if (paths.length + possible.length === 0) {
				return 'fails';
			}
			if (needed.some(written => call.folders(written) === undefined)) {
				return 'cannot-tell';
			}
			const hit = (path: FoldedPath, at: number) => holds(path, paths[at]?.recursive === true, call);
			if (rule.effect === 'allow') {
				return call.paths.every(hit) ? 'holds' : 'fails';
			}
			return call.paths.some(hit) ||
				possible.some(path => holds(path, false, call)) ||
				places.every(place => place.named(call))
				? 'holds'
				: 'fails';
		},
		why(call) {
			const { paths, prefixes } = call.facts;
			if (paths.length === 0 && (rule.effect === 'allow' || call.possiblePaths.length === 0)) {
				return phrase('the call names no path');
			}
			const missing = needed.find(written => !prefixes.has(written));
			if (missing !== undefined) {
				return phrase("'{0}' cannot be told on this machine", missing);
			}
			if (rule.effect === 'allow') {
				const at = call.paths.findIndex((path, index) => !holds(path, paths[index]?.recursive === true, call));
				const problem = paths[at]?.problem;
				const which = [at + 1, paths.length] as const;
				return at < 0
					? phrase('every path lies there')
					: problem === undefined
						? phrase('path {0} of {1} lies elsewhere', ...which)
						: phrase('path {0} of {1} cannot be judged: {2}', ...which, pathProblem(problem));
			}
			return this.test(call) === 'holds' ? phrase('a path lies there') : phrase('no path lies there');
		},
	};
	return { covers, condition };
}

function prefixPlace(rule: Rule, prefix: string): Place {
	const within = withinAnchor(rule, prefix);
	return {
		holds: (path, call) => foldersOf(prefix, call).some(folder => isInFolder(path, folder)) && within(path, call),
		below: (path, call) => foldersOf(prefix, call).some(folder => isBelow(folder.exact, path)),
		named: call =>
			call.globs.length > 0 &&
			foldersOf(prefix, call).some(folder => {
				const wanted = namedGlob(`${folder.top}/**`);
				return wanted !== undefined && call.globs.some(glob => namesSame(wanted, glob));
			}),
	};
}

function globsPlace(rule: Rule, written: readonly string[]): Place {
	const globs = written
		.flatMap(text => withTree(text, rule))
		.map(text => ({ ...splitGlob(text), within: withinAnchor(rule, text) }));
	const compiled: [readonly FoldedGlob[] | undefined, readonly FoldedGlob[] | undefined] = [undefined, undefined];
	const globsFor = (call: CallView) => {
		const folded = call.facts.host.caseInsensitivePaths;
		return (compiled[folded ? 1 : 0] ??= globs.map(glob => {
			const text = foldCase(glob.rest, { caseInsensitivePaths: folded });
			return { ...glob, text, glob: usable(compilePathGlob(text)), names: braceAlternatives(text) ?? [] };
		}));
	};
	return {
		holds: (path, call) =>
			globsFor(call).some(({ base, glob, within }) =>
				base === ''
					? glob.matches(path)
					: foldersOf(base, call).some(
							folder => isInFolder(path, folder) && glob.matches(relative(path, folder)),
						) && within(path, call),
			),
		below: (path, call) =>
			globsFor(call).some(({ base, text }) =>
				// `**/.env` could be below any folder, and every search would be denied: built-in protections ask for changes
				// to whole trees, and what a search finds is screened.
				foldersOf(base, call).some(
					folder =>
						isBelow(folder.exact, path) ||
						(isInFolder(path, folder) && mayContain(text, relative(path, folder))),
				),
			),
		named: call =>
			call.globs.length > 0 &&
			globsFor(call).some(({ base, names }) =>
				(base === '' ? [''] : foldersOf(base, call).map(({ top }) => `${top}/`)).some(top =>
					names.some(rest => {
						const wanted = namedGlob(top + rest);
						return wanted !== undefined && call.globs.some(glob => namesSame(wanted, glob));
					}),
				),
			),
	};
}

/**
 * A `/` at the end means the folder and all below it. So does a deny or approval of what ends in a plain name: `secrets`
 * may be a folder, and who closes a folder means what is in it.
 */
function withTree(glob: string, { effect }: Rule): readonly string[] {
	const plain = glob.replace(/\/+$/, '');
	const named = effect !== 'allow' && !hasGlobMagic(plain.slice(plain.lastIndexOf('/') + 1));
	return plain !== '' && (named || plain !== glob) ? [plain, `${plain}/**`] : [glob];
}

interface FoldedGlob {
	readonly base: string;
	/** What the glob says below its base, folded. */
	readonly text: string;
	readonly glob: Glob;
	/** The same without braces. */
	readonly names: readonly string[];
	readonly within: (path: string, call: CallView) => boolean;
}

/**
 * What is allowed below an anchor must lie below it for real: a `${workspaceFolder}/docs` that the workspace turned into
 * a symlink to `/` allows nothing outside.
 */
function withinAnchor(rule: Rule, written: string): (path: string, call: CallView) => boolean {
	const anchor = rule.effect === 'allow' ? anchorOf(written) : undefined;
	return (path, call) => anchor === undefined || foldersOf(anchor, call).some(folder => isInFolder(path, folder));
}

function foldersOf(written: string, call: CallView): readonly FoldedFolder[] {
	return call.folders(written) ?? [];
}

function relative(path: string, folder: FoldedFolder): string {
	return path.slice(folder.start.length);
}

/** Rules come out of the parser, which refused what does not compile; anything else ends as `rule_error`. */
function usable(outcome: ReturnType<typeof compilePathGlob>): Glob {
	if (!outcome.ok) {
		throw new TypeError(inEnglish(outcome.why));
	}
	return outcome.glob;
}
