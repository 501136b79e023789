import { errorText } from '../base/errors';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { type PolicyLoad } from '../domain/policy/policy';
import { type FirewallPorts } from './ports';

/**
 * Records which policy is in force from now on; `how` says what changed and what was in force before. Trouble is logged:
 * the journal itself reports its failure.
 */
export function notePolicy(
	ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger'>,
	load: PolicyLoad,
	how?: string,
): void {
	const event = load.policy === undefined ? 'policy-broken' : 'policy-loaded';
	const error = load.problems.find(({ severity }) => severity === 'error');
	const what = load.policy?.name ?? (error && `${error.at.file}:${String(error.at.line)}: ${error.message}`) ?? '';
	const record: AuditRecord = {
		...{ id: ports.ids.uuid(), at: new Date(ports.clock.now()).toISOString() },
		...{ kind: 'lifecycle', outcome: 'noted', event, policyDigest: load.digest },
		detail: how === undefined ? what : `${what}; ${how}`,
	};
	ports.trail.append(record, 'synced').catch((error: unknown) => {
		ports.logger.error(`The event ${event} could not be recorded: ${errorText(error)}`);
	});
}
