import { type Disposable } from '../base/disposable';
import { Emitter, type Event } from '../base/event';
import { errorText } from '../base/errors';
import { noteEvent } from './noteEvent';
import { type FirewallPorts, type GuardedServer } from './ports';
import { type Review } from './review';

/** What tells a client that it has to ask for the tools anew (MCP 2025-11-25 server/tools#list-changed-notification). */
export const TOOLS_CHANGED = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' } as const;

/** One tool of a list that the client got, or that was kept from it. */
export interface ShownTool {
	/** Whether the client got to see it. */
	readonly seen: boolean;
	/** Whether it would now. */
	readonly again: () => boolean;
}

interface ShownParts {
	readonly ports: FirewallPorts;
	readonly session: string;
	readonly server: GuardedServer;
	readonly review: Review;
}

/**
 * The tools as the client of one session was shown them. A client that got its list before it was known who the server is asks
 * anew once that is known, where the list would be another one. While it is not known nothing is said: a server that starts
 * and ends makes no list come and go.
 */
export class ShownTools implements Disposable {
	private tools: readonly ShownTool[] = [];
	private readonly changes = new Emitter<void>();
	private readonly subscription: Disposable | undefined;

	/** The list that the client has is not the one that it would get. */
	readonly onDidChange: Event<void> = this.changes.event;

	constructor(private readonly parts: ShownParts) {
		this.subscription = parts.server.principal?.onDidChange?.(() => {
			this.look();
		});
	}

	/** The client gets a list, or the next page of it. */
	note(tools: readonly ShownTool[], isNextPage: boolean): void {
		this.tools = isNextPage ? [...this.tools, ...tools].slice(-MAX_TOOLS) : tools;
	}

	dispose(): void {
		this.subscription?.dispose();
		this.changes.dispose();
		this.tools = [];
	}

	private look(): void {
		const { ports, session, server, review } = this.parts;
		try {
			if (
				server.principal?.current().pending === true ||
				this.tools.every(({ seen, again }) => seen === again())
			) {
				return;
			}
			// Until it asks again the client was told.
			this.tools = [];
			const { revision } = review;
			const known = { id: server.id, name: server.name, ...(revision !== undefined && { revision }) };
			noteEvent(
				ports,
				'list-changed',
				{
					...{ actor: 'firewall', session, method: TOOLS_CHANGED.method },
					server: known,
					detail: 'who the server is changes which of its tools are shown',
				},
				'written',
			);
			this.changes.fire();
		} catch (error) {
			ports.logger.error(`A client could not be told of other tools: ${errorText(error)}`);
		}
	}
}

const MAX_TOOLS = 10_000;
