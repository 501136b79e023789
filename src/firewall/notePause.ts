import { type PauseOutcome } from '../domain/approval/approval';
import { type WaitingCall } from './floodGate';
import { type EventPorts, noteEvent } from './noteEvent';

/** Records how a flood of questions was answered. Each call that it met has its own entry. */
export function notePause(ports: EventPorts, outcome: PauseOutcome, calls: readonly WaitingCall[]): void {
	noteEvent(ports, 'approvals-paused', {
		actor: 'person',
		detail: `${outcome}: ${String(calls.length)} calls waited`,
	});
}
