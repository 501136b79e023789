import { canonicalHostPath } from '../domain/policy/canonicalForms';
import { type CallFacts, type HostFacts, type PathFact } from '../domain/policy/facts';
import { isWithin } from '../domain/policy/pathSegments';
import { hasSideEffects } from '../domain/policy/sideEffects';
import { type Verdict } from '../domain/policy/verdict';
import { type PathResolver } from './ports';

/**
 * INVARIANT: the firewall's own policy, registry, grants and trail are beyond the reach of any guarded tool, whatever the
 * policy says, in observe mode too. The verdict that says so, or undefined.
 *
 * Denied are: every path within a protected folder; for capabilities that change something, every path that is a protected
 * file; for those that change files, also the folders above, because what is moved or deleted there takes the protected
 * along; and paths of which cannot be told where they lead.
 */
export async function protectedVerdict(facts: CallFacts, resolver: PathResolver): Promise<Verdict | undefined> {
	const { host, capability } = facts;
	const { protectedFolders = [], protectedFiles = [] } = host;
	const { possiblePaths = [] } = facts;
	if (facts.paths.length + possiblePaths.length === 0 || protectedFolders.length + protectedFiles.length === 0) {
		return undefined;
	}
	const folders = await formsOf(protectedFolders, host, resolver);
	const files = hasSideEffects(capability) ? await formsOf(protectedFiles, host, resolver) : [];
	const changesFiles = capability.startsWith('filesystem.') && hasSideEffects(capability);
	const touches = (path: string) =>
		[...folders, ...files].some(
			place => isWithin(path, place, host) || (changesFiles && isWithin(place, path, host)),
		);
	const isInside = (path: string) => [...folders, ...files].some(place => isWithin(path, place, host));
	const touching = [
		...facts.paths.filter(fact => fact.candidates.some(touches)),
		// What is only possibly a path is no folder that is moved with all below it.
		...possiblePaths.filter(fact => fact.candidates.some(isInside)),
	];
	if (touching.length > 0) {
		return refuse(facts, 'protected_path', touching);
	}
	const unclear = facts.paths.filter(mayLeadAnywhere);
	return unclear.length > 0 ? refuse(facts, 'path_unjudgeable', unclear) : undefined;
}

/** A path on another machine cannot reach ours, unless it is one of the spellings that come back to it. */
function mayLeadAnywhere({ problem, raw }: PathFact): boolean {
	return problem !== undefined && (problem !== 'remote' || /^\s*(?:file:|[\\/]{2})/i.test(raw));
}

/** By its text and with symlinks resolved. One whose real place cannot be told is still known by its text. */
async function formsOf(places: readonly string[], host: HostFacts, resolver: PathResolver): Promise<readonly string[]> {
	const forms = places.map(async place => {
		const real = await Promise.resolve(place)
			.then(asked => resolver.realPath(asked))
			.catch(() => undefined);
		return [place, real].map(form => (form === undefined ? undefined : canonicalHostPath(form, host)));
	});
	return (await Promise.all(forms)).flat().filter(form => form !== undefined);
}

function refuse(facts: CallFacts, reason: string, paths: readonly PathFact[]): Verdict {
	const errors = paths.map(
		fact => `path at ${JSON.stringify(fact.pointer.slice(0, 200))}: ${fact.problem ?? reason}`,
	);
	return { effect: 'deny', capability: facts.capability, reason, rules: [], errors };
}
