import { errorText } from '../base/errors';
import { type PauseOutcome } from '../domain/approval/approval';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { type WaitingCall } from './floodGate';
import { type FirewallPorts } from './ports';

/** Records how a flood of questions was answered. Each call that it met has its own entry; trouble here is logged. */
export function notePause(
	{ ids, clock, trail, logger }: Pick<FirewallPorts, 'ids' | 'clock' | 'trail' | 'logger'>,
	outcome: PauseOutcome,
	calls: readonly WaitingCall[],
): void {
	const record: AuditRecord = {
		...{ id: ids.uuid(), at: new Date(clock.now()).toISOString(), kind: 'lifecycle', outcome: 'noted' },
		event: 'approvals-paused',
		detail: `${outcome}: ${String(calls.length)} calls waited`,
	};
	trail.append(record, 'synced').catch((error: unknown) => {
		logger.error(`A pause of approvals could not be recorded: ${errorText(error)}`);
	});
}
