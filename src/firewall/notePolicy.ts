import { inEnglish } from '../base/phrase';
import { maskText } from '../domain/inspection/maskSecrets';
import { type PolicyLoad } from '../domain/policy/policy';
import { type EventPorts, noteEvent } from './noteEvent';

/**
 * Records which policy is in force from now on; `how` says what changed, and which one was in force before, by its digest.
 */
export function notePolicy(
	ports: EventPorts,
	load: PolicyLoad,
	how?: { readonly text: string; readonly previous: string },
): void {
	const event = load.policy === undefined ? 'policy-broken' : 'policy-loaded';
	const error = load.problems.find(({ severity }) => severity === 'error');
	const what =
		load.policy?.name ?? (error && `${error.at.file}:${String(error.at.line)}: ${inEnglish(error.said)}`) ?? '';
	noteEvent(ports, event, {
		policyDigest: load.digest,
		actor: 'firewall',
		...(how !== undefined && { before: how.previous }),
		after: load.digest,
		detail: how === undefined ? maskText(what) : `${maskText(what)}; ${how.text}`,
	});
}
