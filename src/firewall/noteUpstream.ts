import { type EventFacts, type EventPorts, noteEvent } from './noteEvent';

/** How an upstream ended: `stopped` where we asked for it. */
interface End {
	readonly stopped: boolean;
	readonly code?: number;
	readonly signal?: string;
}

/** Records that a server was started or connected to, or, with `end`, that it is gone. */
export function noteUpstream(
	ports: EventPorts,
	{ id, name }: { readonly id: string; readonly name: string },
	end: End | undefined,
	facts: EventFacts = {},
): void {
	noteEvent(ports, end === undefined ? 'upstream-started' : 'upstream-ended', {
		...facts,
		server: { id, name },
		actor: end === undefined || end.stopped ? 'firewall' : 'server',
		...(end && { detail: describeEnd(end) }),
	});
}

/** Records that a server was given secrets, by name (`env:NAME`), as it was started or connected to; nothing where there are none. */
export function noteCredentials(
	ports: EventPorts,
	{ id, name }: { readonly id: string; readonly name: string },
	facts: Pick<EventFacts, 'credentials' | 'credentialFacts'>,
): void {
	if ((facts.credentials ?? []).length > 0) {
		noteEvent(ports, 'credential-used', { ...facts, server: { id, name }, actor: 'firewall' }, 'written');
	}
}

function describeEnd({ stopped, code, signal }: End): string {
	const how = signal === undefined ? `code ${String(code ?? 'unknown')}` : `signal ${signal}`;
	return stopped ? 'stopped by us' : `ended by itself, ${how}`;
}
