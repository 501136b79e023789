import { GrantBook } from '../domain/approval/grantBook';
import { ListedTools } from './listedTools';
import { ContextLedger } from './contextLedger';
import { SessionMemory } from './sessionMemory';
import { type Approver, type FirewallPorts, type GuardedServer } from './ports';

/** What the steps of one session share. */
export interface PathContext {
	readonly ports: FirewallPorts;
	readonly session: string;
	readonly server: GuardedServer;
	readonly approver: Approver;
	readonly grants: GrantBook;
	/** What the whole window did before; shared by all its sessions. */
	readonly memory: SessionMemory;
	/** Shared by all sessions that write the same trail. */
	readonly ledger: ContextLedger;
	/** Tools as the upstream listed them in this session. Attacker-controlled. */
	readonly tools: ListedTools;
	/** What the client said of itself in `initialize`; for display only. */
	client: { readonly name: string; readonly version: string } | undefined;
}

/** A context for a session that has seen no message yet. */
export function newPathContext(
	ports: FirewallPorts,
	server: GuardedServer,
	approver: Approver,
	memory: SessionMemory = new SessionMemory(),
	ledger: ContextLedger = new ContextLedger(),
): PathContext {
	return {
		ports,
		session: ports.ids.uuid(),
		server,
		approver,
		grants: new GrantBook(),
		memory,
		ledger,
		tools: new ListedTools(),
		client: undefined,
	};
}
