import { coversCapability, isCapability } from './capabilityName';
import { type CallFacts, type HostFacts, type PathFact } from './facts';
import { compileNameGlob, compilePathGlob, type Glob } from './glob';
import { foldCase, isBelow } from './pathSegments';
import { type Rule } from './policy';
import { anchorOf, splitGlob } from './prefixes';

/** True when the rule speaks of this capability. An allow never speaks of `unknown` or of a malformed capability. */
export function matchesCapability(rule: Rule, capability: string): boolean {
	return coversCapability(rule.capability, capability) && (rule.effect !== 'allow' || isCapability(capability));
}

/** True when the rule's `servers` and `tools` conditions hold, both compared exactly, case and all. */
export function matchesNames(rule: Rule, server: string, tool: string): boolean {
	const { servers, tools } = compiled(rule, false);
	return (
		(!servers || servers.some(glob => glob.matches(server))) && (!tools || tools.some(glob => glob.matches(tool)))
	);
}

/** True for a rule that asks where the paths of a call lie. */
export function hasPathCondition(rule: Rule): boolean {
	return rule.pathPrefix !== undefined || rule.paths !== undefined;
}

/** Whether a rule's path conditions hold; `error` says why a deny or approval could not be judged. */
export interface PathMatch {
	readonly holds: boolean;
	readonly error?: string;
}

/**
 * A deny or approval holds when any form of any path lies where it says. An allow holds only when there is a path, and
 * every form of every path does, and none has a problem.
 */
export function matchesPaths(rule: Rule, facts: CallFacts): PathMatch {
	if (!hasPathCondition(rule)) {
		return { holds: true };
	}
	const missing = facts.paths.length > 0 ? missingPrefix(rule, facts) : undefined;
	if (missing !== undefined) {
		return rule.effect === 'allow'
			? { holds: false }
			: { holds: false, error: `rule ${rule.id}: '${missing}' cannot be told on this machine` };
	}
	const places = placesOf(rule, facts);
	if (rule.effect === 'allow') {
		return { holds: facts.paths.length > 0 && facts.paths.every(fact => everyFormIn(places, fact, facts.host)) };
	}
	return { holds: facts.paths.some(fact => someFormIn(places, fact, facts.host)) };
}

/** True when each form of each path lies where at least one of the rules says, or one of them does not ask where. */
export function coversEveryPath(rules: readonly Rule[], facts: CallFacts): boolean {
	if (rules.some(rule => !hasPathCondition(rule))) {
		return true;
	}
	const covers = rules.map(rule => placesOf(rule, facts));
	return facts.paths.every(fact =>
		fact.candidates
			.map(form => foldCase(form, facts.host))
			.every(form => covers.some(places => places.every(place => place(form)))),
	);
}

/** One condition, as a test on a canonical, case-folded path. */
type Place = (path: string) => boolean;

function someFormIn(places: readonly Place[], fact: PathFact, host: HostFacts): boolean {
	const forms = fact.candidates.map(form => foldCase(form, host));
	return places.every(place => forms.some(place));
}

function everyFormIn(places: readonly Place[], fact: PathFact, host: HostFacts): boolean {
	const forms = fact.candidates.map(form => foldCase(form, host));
	return fact.problem === undefined && forms.length > 0 && places.every(place => forms.every(place));
}

function placesOf(rule: Rule, facts: CallFacts): readonly Place[] {
	const places: Place[] = [];
	const { pathPrefix } = rule;
	if (pathPrefix !== undefined) {
		const folders = foldersOf(pathPrefix, facts);
		places.push(
			path => folders.some(folder => isBelow(path, folder)) && withinAnchor(rule, pathPrefix, path, facts),
		);
	}
	if (rule.paths !== undefined) {
		const globs = compiled(rule, facts.host.caseInsensitivePaths).paths.map(({ written, base, glob }) => ({
			written,
			glob,
			folders: base === '' ? undefined : foldersOf(base, facts),
		}));
		places.push(path =>
			globs.some(({ written, glob, folders }) =>
				folders === undefined
					? glob.matches(path)
					: folders.some(folder => isBelow(path, folder) && glob.matches(below(path, folder))) &&
						withinAnchor(rule, written, path, facts),
			),
		);
	}
	return places;
}

/**
 * What is allowed below an anchor must lie below it for real: a `${workspaceFolder}/docs` that the workspace turned into
 * a symlink to `/` allows nothing outside.
 */
function withinAnchor(rule: Rule, written: string, path: string, facts: CallFacts): boolean {
	const anchor = rule.effect === 'allow' ? anchorOf(written) : undefined;
	return anchor === undefined || foldersOf(anchor, facts).some(folder => isBelow(path, folder));
}

function foldersOf(written: string, facts: CallFacts): readonly string[] {
	return (facts.prefixes.get(written) ?? []).map(folder => foldCase(folder, facts.host));
}

function missingPrefix(rule: Rule, facts: CallFacts): string | undefined {
	const bases = (rule.paths ?? []).map(glob => splitGlob(glob).base).filter(base => base !== '');
	return [...(rule.pathPrefix === undefined ? [] : [rule.pathPrefix]), ...bases].find(
		written => !facts.prefixes.has(written),
	);
}

function below(path: string, folder: string): string {
	const top = folder.endsWith('/') ? folder.slice(0, -1) : folder;
	return path.slice(top.length + 1);
}

interface CompiledRule {
	readonly servers: readonly Glob[] | undefined;
	readonly tools: readonly Glob[] | undefined;
	readonly paths: readonly { readonly written: string; readonly base: string; readonly glob: Glob }[];
}

/** Globs compile once per rule and way of folding; the memo changes no outcome. */
const memo = [new WeakMap<Rule, CompiledRule>(), new WeakMap<Rule, CompiledRule>()] as const;

function compiled(rule: Rule, folded: boolean): CompiledRule {
	const known = memo[folded ? 1 : 0].get(rule);
	if (known !== undefined) {
		return known;
	}
	const fresh: CompiledRule = {
		servers: rule.servers?.map(pattern => usable(compileNameGlob(pattern))),
		tools: rule.tools?.map(pattern => usable(compileNameGlob(pattern))),
		paths: (rule.paths ?? []).map(written => {
			const { base, rest } = splitGlob(written);
			const pattern = foldCase(rest, { caseInsensitivePaths: folded });
			return { written, base, glob: usable(compilePathGlob(pattern)) };
		}),
	};
	memo[folded ? 1 : 0].set(rule, fresh);
	return fresh;
}

/** Rules come out of the parser, which refused what does not compile; anything else ends as `rule_error`. */
function usable(outcome: ReturnType<typeof compilePathGlob>): Glob {
	if (!outcome.ok) {
		throw new TypeError(outcome.why);
	}
	return outcome.glob;
}
