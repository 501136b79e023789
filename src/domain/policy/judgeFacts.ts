import { errorText } from '../../base/errors';
import { decide, decideUnclaimed } from './decide';
import { type CallFacts } from './facts';
import { ownPlacesVerdict } from './ownPlaces';
import { type PolicyLoad } from './policy';
import { type Verdict } from './verdict';

/** The reason of a request that policy leaves to the client and its person. */
export const LEFT_TO_CLIENT = 'left_to_client';

/**
 * From facts to the verdict: the firewall's own places first, then the policy with the built-in protections. Live calls,
 * `policy test`, `explain`, `diff` and `replay` all come through here (gateway.md ARG-03). Pure and total.
 */
export function judgeFacts(load: PolicyLoad, facts: CallFacts): Verdict {
	let own: Verdict | undefined;
	try {
		own = ownPlacesVerdict(facts);
	} catch (error) {
		const { capability } = facts;
		return { effect: 'deny', capability, reason: 'rule_error', rules: [], errors: [errorText(error)] };
	}
	if (own !== undefined || facts.unclaimed !== true) {
		return own ?? decide(load, facts);
	}
	return decideUnclaimed(load, facts) ?? leftToClient(facts);
}

function leftToClient({ capability }: CallFacts): Verdict {
	return { effect: 'allow', capability, reason: LEFT_TO_CLIENT, rules: [], errors: [] };
}
