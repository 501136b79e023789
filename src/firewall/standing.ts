import { type FirewallPorts, type GuardedServer } from './ports';

/**
 * Why nothing may run on a server now: `emergency_stop`, `server_not_listed`, `server_revoked`, `server_not_approved`. Undefined where it may. The
 * one question that is asked before a start, before a message, and again of what is in flight.
 */
export function whyStopped(
	{ stop, registry }: Pick<FirewallPorts, 'stop' | 'registry'>,
	{ id, reviewRequired, notListed }: Pick<GuardedServer, 'id' | 'reviewRequired' | 'notListed'>,
): 'emergency_stop' | 'server_not_listed' | 'server_revoked' | 'server_not_approved' | undefined {
	if (stop.stopped) {
		return 'emergency_stop';
	}
	if (notListed?.() === true) {
		return 'server_not_listed';
	}
	const status = reviewRequired ? (registry.find(id)?.status ?? 'pending-review') : 'approved';
	switch (status) {
		case 'approved':
			return undefined;
		case 'revoked':
			return 'server_revoked';
		case 'suspended':
		case 'pending-review':
			return 'server_not_approved';
	}
}
