import { enforcementModeOf } from './identityVerdict';
import { type PolicyLoad } from './policy';

/**
 * Whether the policy in force decides every call: what it lets pass, a rule allows or a person is asked about. False where it
 * merely records (`mode: observe`, of the policy or of its `identity` section). One that cannot be used refuses every call.
 */
export function decidesCalls({ policy }: PolicyLoad): boolean {
	return policy === undefined || (policy.mode === 'enforce' && enforcementModeOf(policy) !== 'observe');
}
