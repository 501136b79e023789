import { compileRule, matchesNames } from './compiledRule';
import { layersOf } from './decide';
import { type PrincipalFacts } from './facts';
import { mayGrant } from './folderPower';
import { hidesTool } from './identityVerdict';
import { type PolicyLayer, type PolicyLoad, type Rule } from './policy';
import { matchesCapability } from './ruleIndex';
import { isUnconditional } from './unconditional';

/** A tool as the listing sees it: no arguments yet. */
export interface ListedTool {
	readonly server: string;
	readonly tool: string;
	readonly capability: string;
	/** As `serverFolder` of a call (facts.ts). */
	readonly serverFolder?: string;
	/** Who the server is by now; absent where nobody looked. */
	readonly principal?: PrincipalFacts;
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
	const layers = layersOf(policy);
	return (
		!hidesTool(policy, tool, tool.principal) &&
		!layers.some(layer => relevant(layer, tool).some(rule => rule.effect === 'deny' && isUnconditional(rule))) &&
		layers.some(layer => mayGrant(layer, tool) && relevant(layer, tool).some(rule => rule.effect !== 'deny'))
	);
}

function relevant(layer: PolicyLayer, { server, tool, capability }: ListedTool): readonly Rule[] {
	return layer.policy.rules.filter(
		rule => matchesCapability(rule, capability) && matchesNames(compileRule(rule), server, tool),
	);
}
