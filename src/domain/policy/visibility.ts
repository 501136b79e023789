import { type PolicyLoad, type Rule } from './policy';
import { matchesCapability, matchesNames } from './ruleMatch';

/** A tool as the listing sees it: no arguments yet. */
export interface ListedTool {
	readonly server: string;
	readonly tool: string;
	readonly capability: string;
}

/**
 * Whether any arguments could make a call of this tool pass or ask. False means that the tool may as well be hidden. A
 * policy that does not parse hides nothing: its refusals say what is wrong.
 */
export function mayEverPass(load: PolicyLoad, tool: ListedTool): boolean {
	const { policy } = load;
	if (policy === undefined || policy.mode === 'observe') {
		return true;
	}
	const relevant = policy.rules.filter(
		rule => matchesCapability(rule, tool.capability) && matchesNames(rule, tool.server, tool.tool),
	);
	const deniedAlways = relevant.some(rule => rule.effect === 'deny' && !hasPathCondition(rule));
	return !deniedAlways && relevant.some(rule => rule.effect !== 'deny');
}

function hasPathCondition(rule: Rule): boolean {
	return rule.pathPrefix !== undefined || rule.paths !== undefined;
}
