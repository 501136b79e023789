import { errorText } from '../base/errors';
import { type AuditRecord, type LifecycleEvent } from '../domain/audit/auditRecord';
import { type FirewallPorts } from '../firewall/ports';

/** Records what happened to servers, policy and stop state. Trouble is logged: the journal itself reports its failure. */
export function noteLifecycle(
	ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger'>,
	event: LifecycleEvent,
	facts: Pick<AuditRecord, 'server' | 'detail' | 'policyDigest'> = {},
): void {
	const at = new Date(ports.clock.now()).toISOString();
	const record: AuditRecord = { id: ports.ids.uuid(), at, kind: 'lifecycle', outcome: 'noted', event, ...facts };
	ports.trail.append(record, 'synced').catch((error: unknown) => {
		ports.logger.error(`The event ${event} could not be recorded: ${errorText(error)}`);
	});
}
