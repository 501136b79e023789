import { type JsonObject } from '../base/json';
import { type Drift } from '../domain/registry/drift';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ListedItem } from '../domain/registry/surface';
import { type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { type ApprovalDesk } from './approvalDesk';
import { type RememberedAnswers } from './rememberedAnswers';
import { InputRounds } from './inputRounds';
import { type ContextLedger } from './contextLedger';
import { type CallMark, type SessionMemory } from './sessionMemory';
import { type Listed } from './listed';
import { type Approver, type FirewallPorts, type GuardedServer } from './ports';
import { type SessionClient } from './sessionPaths';
import { type Review, reviewOf } from './review';
import { ShownTools } from './shownTools';
import { type ToldDrifts } from './toldDrifts';
import { type WithheldBook } from './withheldBook';

/** The lists that a server has. */
export type Part = 'tools' | 'prompts' | 'templates';

/** What the upstream of one session says of itself, and whether all of it was held against the review. */
export interface Surface {
	readonly tools: Listed<ToolDescriptor>;
	readonly prompts: Listed<ListedItem>;
	readonly templates: Listed<ListedItem>;
	/** How the server's introduction differs from its review; empty while it has not introduced itself. */
	introductionDrift(entry: ServerEntry): readonly Drift[];
	/** The server introduced itself. */
	introduced(result: JsonObject): void;
	/** The version of a list, to be noted before it is asked for. */
	versionOf(part: Part): number;
	/** The client has got the whole list, and it was compared. */
	compared(part: Part, version: number): void;
	/** True while these lists are known as they are now; always where nobody can ask for them. */
	isCompared(parts: readonly Part[]): boolean;
	/** The upstream's process is another one. */
	restarted(): void;
	/** `list_changed`: resolves when what was compared before is compared again. */
	changed(context: PathContext, part: Part): Promise<void>;
	/** Makes sure that these lists were compared. False when it cannot be done. Rejects when the trail cannot be written. */
	ready(context: PathContext, entry: ServerEntry, parts: readonly Part[], meta: JsonObject): Promise<boolean>;
	dispose(): void;
}

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
	readonly surface: Surface;
	/** The tools as the client was shown them. */
	readonly shown: ShownTools;
	/** Set where the client is the editor's own chat. */
	readonly editor: SessionClient | undefined;
	/** What of the drift of servers this window was told. */
	readonly told: ToldDrifts;
	/** Answers that the whole window keeps back. */
	readonly book: WithheldBook;
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
	shared: Pick<PathContext, 'memory' | 'answers' | 'desk' | 'ledger' | 'told' | 'book'>,
	surface: Surface,
	editor?: SessionClient,
): PathContext {
	const own = { ports, session: ports.ids.uuid(), server, review: reviewOf(ports.registry, server.id), editor };
	return {
		...own,
		approver,
		...shared,
		surface,
		shown: new ShownTools(own),
		rounds: new InputRounds(ports.clock),
		client: undefined,
	};
}

/** How the window's memory refers to a call. */
export function markOf({ ports }: Pick<PathContext, 'ports'>, draft: { readonly id: string }): CallMark {
	return { id: draft.id, at: ports.clock.now() };
}
