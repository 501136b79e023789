import { errorText } from '../../base/errors';
import { verbatim } from '../../base/phrase';
import { decide, decideUnclaimed } from './decide';
import { type CallFacts } from './facts';
import { authorityOf, SERVER_IDENTITY_FAILED } from './identityVerdict';
import { ownPlacesVerdict } from './ownPlaces';
import { type PolicyLoad } from './policy';
import { type AuthorityVerdict, type Verdict } from './verdict';

/** The reason of a request that policy leaves to the client and its person. */
export const LEFT_TO_CLIENT = 'left_to_client';

/**
 * From facts to the verdict: the firewall's own places first, then who the server is (RFC-006), then the policy with the
 * built-in protections. Live calls, `policy test`, `explain`, `diff` and `replay` all come through here (gateway.md ARG-03).
 * Pure and total.
 */
export function judgeFacts(load: PolicyLoad, facts: CallFacts): Verdict {
	const { capability } = facts;
	let own: Verdict | undefined;
	let authority: AuthorityVerdict | undefined;
	try {
		own = ownPlacesVerdict(facts);
		authority = own === undefined && load.policy !== undefined ? authorityOf(load.policy, facts) : undefined;
	} catch (error) {
		return { effect: 'deny', capability, reason: 'rule_error', rules: [], errors: [verbatim(errorText(error))] };
	}
	if (own !== undefined) {
		return own;
	}
	if (authority !== undefined && !authority.observed) {
		const failed = facts.principal?.blocked === true;
		const reason = failed ? SERVER_IDENTITY_FAILED : authority.reason;
		return { effect: 'deny', capability, reason, rules: [], errors: [], authority };
	}
	const verdict =
		facts.unclaimed === true ? (decideUnclaimed(load, facts) ?? leftToClient(facts)) : decide(load, facts);
	return authority === undefined
		? verdict
		: { ...verdict, ...(verdict.effect === 'allow' && { observed: 'deny' as const }), authority };
}

function leftToClient({ capability }: CallFacts): Verdict {
	return { effect: 'allow', capability, reason: LEFT_TO_CLIENT, rules: [], errors: [] };
}
