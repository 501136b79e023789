import { errorText } from '../base/errors';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { type LifecycleEvent } from '../domain/audit/lifecycleEvent';
import { type Durability, type FirewallPorts } from './ports';

/** What an event is about. Texts from outside are masked already. */
export type EventFacts = Omit<AuditRecord, 'id' | 'at' | 'kind' | 'outcome' | 'event'>;

/** What recording an event takes. */
export type EventPorts = Pick<FirewallPorts, 'trail' | 'ids' | 'clock' | 'logger'>;

/**
 * Records what happened beside the calls: to servers, policy, approvals, stop state. Nobody waits for it: entries stand in the order
 * in which they were given to the trail. Trouble is logged: the journal itself reports its failure.
 */
export function noteEvent(
	ports: EventPorts,
	event: LifecycleEvent,
	facts: EventFacts = {},
	durability: Durability = 'synced',
): void {
	const trouble = (error: unknown) => {
		ports.logger.error(`The event ${event} could not be recorded: ${errorText(error)}`);
	};
	try {
		const at = new Date(ports.clock.now()).toISOString();
		const record: AuditRecord = { id: ports.ids.uuid(), at, kind: 'lifecycle', outcome: 'noted', event, ...facts };
		ports.trail.append(record, durability).catch(trouble);
	} catch (error) {
		trouble(error);
	}
}
