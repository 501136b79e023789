import { type JsonObject } from '../base/json';
import { canonicalForms, canonicalHostPath } from '../domain/policy/canonicalForms';
import { type HostFacts, type PathFact, type PathProblem } from '../domain/policy/facts';
import { findPaths, type FoundPath } from '../domain/policy/findPaths';
import { type Policy } from '../domain/policy/policy';
import { policyPrefixes } from '../domain/policy/prefixes';
import { type PathResolver } from './ports';

/** More paths than this in one call are not resolved; the call has then one path that cannot be judged. */
const MAX_PATHS = 256;

/** More steps upward than this in one path are no honest path, and each costs a look at the disk. */
const MAX_STEPS_UP = 32;

/**
 * Every path in attacker-controlled arguments with all places it can stand for: by its text, by its symlinks, and by
 * what a `..` behind a symlink means to the file system. `roots` are the folders that the server may count relative paths
 * from; which of them it takes is its business, so all of them are read.
 */
export async function collectPathFacts(
	args: JsonObject,
	schema: JsonObject | undefined,
	roots: readonly string[],
	host: HostFacts,
	resolver: PathResolver,
): Promise<readonly PathFact[]> {
	const found = findPaths(args, schema);
	const cached = once(resolver);
	const facts = await Promise.all(found.slice(0, MAX_PATHS).map(path => factOf(path, roots, host, cached)));
	const rest =
		found.length > MAX_PATHS ? [{ pointer: '', raw: '', candidates: [], problem: 'too-long' } as const] : [];
	return [...facts, ...rest];
}

/** The policy's path prefixes ({@link policyPrefixes}) with symlinks resolved too, keyed as they stand in the rules. */
export async function resolvePrefixes(
	policy: Policy,
	host: HostFacts,
	resolver: PathResolver,
): Promise<ReadonlyMap<string, readonly string[]>> {
	const cached = once(resolver);
	const entries = [...policyPrefixes(policy, host)].map(async ([written, forms]) => {
		const real = await Promise.all(forms.map(form => realForm(form, host, cached)));
		return [written, [...new Set([...forms, ...real.filter(form => form !== undefined)])]] as const;
	});
	return new Map(await Promise.all(entries));
}

async function factOf(
	found: FoundPath,
	roots: readonly string[],
	host: HostFacts,
	resolver: PathResolver,
): Promise<PathFact> {
	const candidates = new Set<string>();
	let problem: PathProblem | undefined;
	const texts = found.globBase === undefined ? [found.raw] : [found.raw, found.globBase];
	const starts = roots.length === 0 ? [undefined] : roots;
	for (const forms of texts.flatMap(text => starts.map(root => canonicalForms(text, { root, host })))) {
		problem ??= forms.problem;
		const lexical = await Promise.all(forms.candidates.map(form => realForm(form, host, resolver)));
		const physical = await Promise.all(forms.physical.map(form => physicalForm(form, host, resolver)));
		for (const form of [...forms.candidates, ...lexical, ...physical]) {
			if (form === undefined) {
				problem ??= 'unresolvable';
			} else {
				candidates.add(form);
			}
		}
	}
	if (found.globBase === '/') {
		// A wildcard right below the root reaches into every folder: no prefix can tell what it touches.
		problem ??= 'unresolvable';
	}
	const { pointer, raw } = found;
	return { pointer, raw, candidates: [...candidates], ...(problem !== undefined && { problem }) };
}

async function realForm(path: string, host: HostFacts, resolver: PathResolver): Promise<string | undefined> {
	const real = await resolver.realPath(path);
	return real === undefined ? undefined : canonicalHostPath(real, host);
}

/** Follows `link/..` as the kernel does: resolve what stands before each `..`, then go up. */
async function physicalForm(path: string, host: HostFacts, resolver: PathResolver): Promise<string | undefined> {
	const top = host.platform === 'win32' ? (/^(?:[A-Z]:|\/\/[^/]+\/[^/]+)/.exec(path)?.[0] ?? '') : '';
	const segments = path.slice(top.length).split('/');
	if (segments.filter(segment => segment === '..').length > MAX_STEPS_UP) {
		return undefined;
	}
	let current = top;
	for (const segment of segments) {
		if (segment === '..') {
			const real = await realForm(current === top ? `${top}/` : current, host, resolver);
			if (real === undefined) {
				return undefined;
			}
			current = real.slice(0, Math.max(real.lastIndexOf('/'), top.length));
		} else if (segment !== '' && segment !== '.') {
			current = `${current}/${segment}`;
		}
	}
	return realForm(current === top ? `${top}/` : current, host, resolver);
}

/** Asks the resolver once for each path of a call; a throwing resolver is one that cannot tell. */
function once(resolver: PathResolver): PathResolver {
	const answers = new Map<string, Promise<string | undefined>>();
	return {
		realPath(path) {
			const known = answers.get(path);
			if (known !== undefined) {
				return known;
			}
			const answer = Promise.resolve(path)
				.then(asked => resolver.realPath(asked))
				.catch(() => undefined);
			answers.set(path, answer);
			return answer;
		},
	};
}
