import { errorText } from '../base/errors';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { type LifecycleEvent } from '../domain/audit/lifecycleEvent';
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

/** Records a start that was refused, and why: the client asked, and the answer is a refusal like any other. */
export async function noteRefusedStart(
	ports: Pick<FirewallPorts, 'trail' | 'ids' | 'clock'>,
	server: { readonly id: string; readonly name: string },
	reason: string,
): Promise<void> {
	const at = new Date(ports.clock.now()).toISOString();
	const { id, name } = server;
	await ports.trail.append(
		{
			...{ id: ports.ids.uuid(), at, kind: 'message', outcome: 'refused', server: { id, name } },
			...{ from: 'client', method: 'initialize', detail: reason },
		},
		'synced',
	);
}
