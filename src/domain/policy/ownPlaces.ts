import { phrase } from '../../base/phrase';
import { type CallFacts, type PathFact } from './facts';
import { isWithin } from './pathSegments';
import { pathProblem } from './placeProblem';
import { hasSideEffects } from './sideEffects';
import { type Verdict } from './verdict';

/**
 * INVARIANT: the firewall's own policy, registry, grants and trail are beyond the reach of any guarded tool, whatever the
 * policy says, in observe mode too. The verdict that says so, or undefined. Pure.
 *
 * Denied are: every path within a protected folder; for capabilities that change something, every path that is a protected
 * file; for those that change files, also the folders above, because what is moved or deleted there takes the protected
 * along; and paths of which cannot be told where they lead.
 */
export function ownPlacesVerdict(facts: CallFacts): Verdict | undefined {
	const { host, capability, ownPlaces, paths, possiblePaths = [] } = facts;
	const named = paths.length + possiblePaths.length;
	if (ownPlaces === undefined || ownPlaces.folders.length + ownPlaces.files.length === 0 || named === 0) {
		return undefined;
	}
	const files = hasSideEffects(capability) ? ownPlaces.files : [];
	const changesFiles = capability.startsWith('filesystem.') && hasSideEffects(capability);
	const touches = (path: string) =>
		[...ownPlaces.folders, ...files].some(
			place => isWithin(path, place, host) || (changesFiles && isWithin(place, path, host)),
		);
	const isInside = (path: string) => [...ownPlaces.folders, ...files].some(place => isWithin(path, place, host));
	const touching = [
		...paths.filter(fact => fact.candidates.some(touches)),
		// What is only possibly a path is no folder that is moved with all below it.
		...possiblePaths.filter(fact => fact.candidates.some(isInside)),
	];
	if (touching.length > 0) {
		return refuse(facts, 'protected_path', touching);
	}
	const unclear = paths.filter(mayLeadAnywhere);
	return unclear.length > 0 ? refuse(facts, 'path_unjudgeable', unclear) : undefined;
}

/** A path on another machine cannot reach ours, unless it is one of the spellings that come back to it. */
function mayLeadAnywhere({ problem, raw }: PathFact): boolean {
	return problem !== undefined && (problem !== 'remote' || /^\s*(?:file:|[\\/]{2})/i.test(raw));
}

function refuse(facts: CallFacts, reason: string, paths: readonly PathFact[]): Verdict {
	const errors = paths.map(({ pointer, problem }) =>
		phrase(
			'path at {0}: {1}',
			JSON.stringify(pointer.slice(0, 200)),
			problem === undefined ? reason : pathProblem(problem),
		),
	);
	return { effect: 'deny', capability: facts.capability, reason, rules: [], errors };
}
