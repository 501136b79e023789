import { type ApprovalDesk } from './approvalDesk';
import { type RememberedAnswers } from './rememberedAnswers';
import { InputRounds } from './inputRounds';
import { type ContextLedger } from './contextLedger';
import { type CallMark, type SessionMemory } from './sessionMemory';
import { type ToldDrifts } from './driftNotes';
import { type Approver, type AskServer, type FirewallPorts, type GuardedServer } from './ports';
import { type Review, reviewOf } from './review';
import { SurfaceWatch } from './surfaceWatch';

/** What the steps of one session share. */
export interface PathContext {
	readonly ports: FirewallPorts;
	readonly session: string;
	readonly server: GuardedServer;
	readonly approver: Approver;
	readonly answers: RememberedAnswers;
	readonly desk: ApprovalDesk;
	/** What the whole window did before; shared by all its sessions. */
	readonly memory: SessionMemory;
	/** Shared by all sessions that write the same trail. */
	readonly ledger: ContextLedger;
	/** The review that this session goes by. */
	readonly review: Review;
	/** What the upstream said of itself in this session. Attacker-controlled. */
	readonly surface: SurfaceWatch;
	/** What of the drift of servers this window was told. */
	readonly told: ToldDrifts;
	/** Calls of this session that wait for input of the client. */
	readonly rounds: InputRounds;
	/** What the client said of itself, in `initialize` or in the request at hand; for display only. */
	client: { readonly name: string; readonly version: string } | undefined;
}

/** A context for a session that has seen no message yet. */
export function newPathContext(
	ports: FirewallPorts,
	server: GuardedServer,
	approver: Approver,
	shared: Pick<PathContext, 'memory' | 'answers' | 'desk' | 'ledger' | 'told'>,
	ask: AskServer | undefined,
): PathContext {
	return {
		ports,
		session: ports.ids.uuid(),
		server,
		approver,
		...shared,
		review: reviewOf(ports.registry, server.id),
		surface: new SurfaceWatch(ask),
		rounds: new InputRounds(ports.clock),
		client: undefined,
	};
}

/** How the window's memory refers to a call. */
export function markOf({ ports }: Pick<PathContext, 'ports'>, draft: { readonly id: string }): CallMark {
	return { id: draft.id, at: ports.clock.now() };
}
