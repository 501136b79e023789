import { type Disposable } from '../base/disposable';
import { Emitter, type Event } from '../base/event';
import { errorText } from '../base/errors';
import { type Presentation } from '../domain/registry/annotations';
import { noteEvent } from './noteEvent';
import { type FirewallPorts, type GuardedServer } from './ports';
import { type SessionClient } from './sessionPaths';
import { type Review } from './review';

/** What tells a client that it has to ask for the tools anew (MCP 2025-11-25 server/tools#list-changed-notification). */
export const TOOLS_CHANGED = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' } as const;

/** How a tool stands in a list, or that it is kept from it. */
export type ShownAs = Presentation | 'hidden';

/** One page of a list that the client got: its tools in their order, and those that were kept from it. */
export interface ShownPage {
	/** How the client got to see them. */
	readonly as: readonly ShownAs[];
	/** How it would now. */
	readonly again: () => readonly ShownAs[];
}

interface ShownParts {
	readonly ports: FirewallPorts;
	readonly session: string;
	readonly server: GuardedServer;
	readonly review: Review;
	readonly editor: SessionClient | undefined;
}

/**
 * The tools as the client of one session was shown them. A client that got its list before it was known who the server is asks
 * anew once that is known, where the list would be another one. While it is not known nothing is said: a server that starts
 * and ends makes no list come and go. A client that was told that its own questions are not needed is told at once when they are.
 */
export class ShownTools implements Disposable {
	private pages: readonly ShownPage[] = [];
	private readonly changes = new Emitter<void>();
	private readonly subscriptions: readonly (Disposable | undefined)[];
	/** Monotonic milliseconds since which the client has a whole list in which all tools are as they are. */
	private truthSince: number | undefined;
	/** The client has all pages so far of one list that nothing has made out of date since. */
	private isFromStart = false;
	/** Of that list more was shown than is kept. */
	private isCut = false;
	private readonly corrections = new Set<string>();

	/** The list that the client has is not the one that it would get. */
	readonly onDidChange: Event<void> = this.changes.event;

	constructor(private readonly parts: ShownParts) {
		const { server, editor } = parts;
		this.subscriptions = [
			server.principal?.onDidChange?.(() => {
				if (server.principal?.current().pending !== true) {
					this.look('who the server is changes which of its tools are shown');
				}
			}),
			editor?.onDidChange(() => {
				this.look('the policy, or who asks before a call, changes how its tools are presented');
			}),
		];
	}

	/** The client gets a list, or the next page of it; `isLast`: with this page it has all of it. */
	note(page: ShownPage, { isNext, isLast }: { readonly isNext: boolean; readonly isLast: boolean }): void {
		const pages = isNext ? [...this.pages, page] : [page];
		this.pages = lastOf(pages);
		const isCut = this.pages.length < pages.filter(({ as }) => as.length > 0).length;
		this.isCut = isCut || (this.isCut && isNext);
		this.isFromStart ||= !isNext;
		const isTrue =
			this.isFromStart && isLast && !this.isCut && this.pages.every(({ as }) => !as.includes('decided'));
		this.truthSince = isTrue ? (this.truthSince ?? this.parts.ports.clock.monotonic()) : undefined;
	}

	/**
	 * Whether the client has had the tools as they are for long enough that it goes by them. One that has just been told, or
	 * that asked for no list yet, may still call by what it was told before, also by what it keeps of an earlier session.
	 */
	get areKnownAsTheyAre(): boolean {
		const { truthSince, parts } = this;
		return truthSince !== undefined && parts.ports.clock.monotonic() - truthSince >= SETTLED_MS;
	}

	/** True the first time that something about the tools of this session is to be recorded. */
	isNews(mark: string): boolean {
		const news = !this.corrections.has(mark) && this.corrections.size < MAX_TOOLS;
		this.corrections.add(mark);
		return news;
	}

	dispose(): void {
		this.subscriptions.forEach(subscription => subscription?.dispose());
		this.changes.dispose();
		this.pages = [];
	}

	private look(why: string): void {
		const { ports, session, server, review } = this.parts;
		try {
			// Of pages that are forgotten nobody knows whether they would be the same.
			if (!this.isCut && !this.pages.some(isOther)) {
				return;
			}
			// Until it asks again the client was told.
			this.isCut = false;
			this.pages = [];
			this.truthSince = undefined;
			this.isFromStart = false;
			const { revision } = review;
			const known = { id: server.id, name: server.name, ...(revision !== undefined && { revision }) };
			noteEvent(
				ports,
				'list-changed',
				{
					...{ actor: 'firewall', session, method: TOOLS_CHANGED.method },
					...{ server: known, detail: why },
				},
				'written',
			);
			this.changes.fire();
		} catch (error) {
			ports.logger.error(`A client could not be told of other tools: ${errorText(error)}`);
		}
	}
}

function isOther({ as, again }: ShownPage): boolean {
	const now = again();
	return as.some((before, at) => before !== now[at]);
}

/** The last pages, of which there is not too much to keep; one without tools has nothing to be shown otherwise. */
function lastOf(pages: readonly ShownPage[]): readonly ShownPage[] {
	let count = 0;
	const isKept = ({ as }: ShownPage) => {
		count += as.length;
		return as.length > 0 && (count <= MAX_TOOLS || count === as.length);
	};
	return [...pages].reverse().filter(isKept).reverse();
}

const MAX_TOOLS = 10_000;
/**
 * After a list a call that was decided on before it comes at once: nobody was asked about it. A person who is asked takes
 * longer than that from the list to the call.
 */
const SETTLED_MS = 2_000;
