import { samePath } from '../../base/samePath';
import { type CallFacts } from './facts';
import { joinLayers } from './joinInspection';
import { type Policy, type PolicyLayer } from './policy';

/** INVARIANT 4: what the person trusted in one folder opens nothing to a server that another folder brought. */
export function mayGrant({ power, folder }: PolicyLayer, { serverFolder }: Pick<CallFacts, 'serverFolder'>): boolean {
	return power === 'grants' && (folder === undefined || serverFolder === undefined || samePath(folder, serverFolder));
}

/** Policies are looked at once for each folder; the memo changes no outcome. */
const memo = new WeakMap<Policy, Map<string, Policy>>();

/**
 * A policy as it is for servers of one folder ({@link CallFacts.serverFolder}): what another folder's file says only tightens, in
 * inspection as well.
 */
export function policyFor(policy: Policy | undefined, serverFolder: string | undefined): Policy | undefined {
	if (policy?.layers === undefined || serverFolder === undefined) {
		return policy;
	}
	const known = memo.get(policy) ?? new Map<string, Policy>();
	memo.set(policy, known);
	const before = known.get(serverFolder);
	if (before !== undefined) {
		return before;
	}
	const layers = policy.layers.map(layer =>
		mayGrant(layer, { serverFolder }) ? layer : { ...layer, power: 'tightens' as const },
	);
	const made = { ...policy, layers, inspection: joinLayers(layers) };
	known.set(serverFolder, made);
	return made;
}
