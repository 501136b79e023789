import { errorText } from '../base/errors';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { type Drift, type Introduction, introductionDrift } from '../domain/registry/drift';
import { readIntroduction } from '../domain/registry/introduction';
import { ITEM_SHAPES } from '../domain/registry/listedItem';
import { type ServerEntry } from '../domain/registry/serverEntry';
import { type ListedItem } from '../domain/registry/surface';
import { type ToolDescriptor } from '../domain/registry/toolDescriptor';
import { noteDrift, tellDrift } from './driftNotes';
import { Listed } from './listed';
import { RPC_METHOD_NOT_FOUND } from './message';
import { askServer, OWN_REQUEST_MS, recordOwn } from './ownRequest';
import { type Part, type PathContext, type Surface } from './pathContext';
import { type AskServer } from './ports';
import { elementsOf, isLast, takeItems, takeTools } from './surfaceLists';

/** The request for each list, where its answer has it, and the capability without which a server has none. */
export const PARTS = {
	// Servers are asked for tools whether or not they say that they have any: some forget to.
	tools: { method: 'tools/list', list: 'tools', capability: undefined },
	prompts: { method: 'prompts/list', list: ITEM_SHAPES.prompt.list, capability: 'prompts' },
	templates: { method: 'resources/templates/list', list: ITEM_SHAPES.template.list, capability: 'resources' },
} as const;

const ALL: readonly Part[] = ['tools', 'prompts', 'templates'];
/** Pages of one list that are asked for. */
const MAX_PAGES = 100;
/** Items of one list that are looked at, and bytes of its pages together. */
const MAX_ITEMS = 20_000;
const MAX_BYTES = 32 * 1024 * 1024;
/** Milliseconds until a list that was too long is read again, whatever the server says meanwhile. */
const TOO_LONG_MS = 30_000;
/** How often a list is read that changes while it is read. */
const MAX_ROUNDS = 3;
/** Milliseconds between two lists that only a notification asks for: a server cannot make us fill the trail. */
const NOTIFIED_MS = 1_000;

interface PartState {
	/** Up with each sign that the list is another one. */
	version: number;
	/** The version that was compared. */
	compared: number | undefined;
	/** Not to be read again before this time, monotonic milliseconds: it is too long. */
	restsUntil: number;
	running: Promise<boolean> | undefined;
}

const newState = (): PartState => ({ version: 0, compared: undefined, restsUntil: -Infinity, running: undefined });

/**
 * What the upstream of one session says of itself, and whether all of it was held against the review. INVARIANT: no call of a
 * reviewed server is handed on before the lists of the process that would take it were compared; where the client has not
 * asked for them, we do. After `list_changed` they count as not compared.
 */
export class SurfaceWatch implements Surface {
	readonly tools = new Listed<ToolDescriptor>();
	readonly prompts = new Listed<ListedItem>();
	readonly templates = new Listed<ListedItem>();
	private hello: (Introduction & { readonly capabilities: JsonObject }) | undefined;
	private greeting: Promise<unknown> | undefined;
	private readonly parts: Readonly<Record<Part, PartState>> = {
		tools: newState(),
		prompts: newState(),
		templates: newState(),
	};
	private readonly over = new AbortController();
	private lastNotified = -Infinity;
	/** All lists were asked for once. */
	private begun = false;
	private meta: JsonObject = {};

	/** `ask` is absent where nobody can ask the server; then only what the client asked for is compared. */
	constructor(private readonly ask: AskServer | undefined) {}

	/** How the server's introduction differs from its review; empty while it has not introduced itself. */
	introductionDrift(entry: ServerEntry): readonly Drift[] {
		return this.hello === undefined ? [] : introductionDrift(entry, this.hello);
	}

	/** The server introduced itself. */
	introduced(result: JsonObject): void {
		const capabilities = isJsonObject(result.capabilities) ? result.capabilities : {};
		this.hello = { ...readIntroduction(result), capabilities };
	}

	/** The version of a list, to be noted before it is asked for. */
	versionOf(part: Part): number {
		return this.parts[part].version;
	}

	/** The client has got the whole list, and it was compared. */
	compared(part: Part, version: number): void {
		this.parts[part].compared = version;
	}

	/** The upstream's process is another one. */
	restarted(): void {
		ALL.forEach(part => this.parts[part].version++);
	}

	/**
	 * `list_changed`: what the lists said counts no more, at once. Resolves when those that were compared before are compared
	 * again, so that the suspension of what drifted is there before the client hears of the change.
	 */
	async changed(context: PathContext, part: Part): Promise<void> {
		const state = this.parts[part];
		state.version++;
		const now = context.ports.clock.monotonic();
		const { entry } = context.review.current();
		if (entry === undefined || state.compared === undefined || now - this.lastNotified < NOTIFIED_MS) {
			return;
		}
		this.lastNotified = now;
		await this.tryEnsure(context, entry, part);
	}

	/**
	 * Makes sure that the server has introduced itself and that these lists were compared; with none of them, the introduction
	 * alone. The first time all lists are compared. False when it cannot be done. Rejects when the trail cannot be written.
	 */
	async ready(context: PathContext, entry: ServerEntry, parts: readonly Part[], meta: JsonObject): Promise<boolean> {
		if (this.ask === undefined) {
			return true;
		}
		this.meta = meta;
		await this.greet(context);
		if (this.hello === undefined) {
			return false;
		}
		if (parts.length === 0 || introductionDrift(entry, this.hello).some(({ severity }) => severity === 'high')) {
			return true;
		}
		const done = Promise.all(parts.map(part => this.ensure(context, entry, part)));
		if (!this.begun) {
			this.begun = true;
			// What the request at hand does not need may take its time.
			ALL.filter(part => !parts.includes(part)).forEach(part => void this.tryEnsure(context, entry, part));
		}
		return (await done).every(ok => ok);
	}

	/** True while these lists are known as they are now; always where nobody can ask for them. */
	isCompared(parts: readonly Part[]): boolean {
		return this.ask === undefined || parts.every(part => this.parts[part].compared === this.parts[part].version);
	}

	dispose(): void {
		this.over.abort();
		[this.tools, this.prompts, this.templates].forEach(list => list.clear());
	}

	/** In a session the client's `initialize` comes first; without one, we ask ourselves. */
	private async greet(context: PathContext): Promise<void> {
		if (this.hello !== undefined || this.ask === undefined || this.meta._meta === undefined) {
			return;
		}
		this.greeting ??= this.discover(context, this.ask).finally(() => (this.greeting = undefined));
		await this.greeting;
	}

	private async discover(context: PathContext, ask: AskServer): Promise<void> {
		const request = { method: 'server/discover', params: this.meta };
		const exchange = await askServer(context, ask, request, this.over.signal);
		if (exchange.outcome.kind === 'result') {
			this.introduced(exchange.outcome.result);
			const { entry } = context.review.current();
			noteDrift(context, exchange.draft, entry === undefined ? [] : this.introductionDrift(entry));
		}
		await recordOwn(context, exchange);
	}

	private async ensure(context: PathContext, entry: ServerEntry, part: Part): Promise<boolean> {
		const state = this.parts[part];
		for (let round = 0; round < MAX_ROUNDS && state.compared !== state.version; round++) {
			state.running ??= this.list(context, entry, part).finally(() => (state.running = undefined));
			if (!(await state.running)) {
				return false;
			}
		}
		return state.compared === state.version;
	}

	/** The same where nobody waits for whether it can be done. Never rejects. */
	private async tryEnsure(context: PathContext, entry: ServerEntry, part: Part): Promise<void> {
		try {
			await this.ensure(context, entry, part);
		} catch (error) {
			context.ports.logger.error(`A list could not be compared: ${errorText(error)}`);
		}
	}

	/** Reads a whole list and compares it, within the time that one answer may take. */
	private async list(context: PathContext, entry: ServerEntry, part: Part): Promise<boolean> {
		const { clock } = context.ports;
		if (clock.monotonic() < this.parts[part].restsUntil) {
			return false;
		}
		const late = new AbortController();
		const timer = clock.schedule(OWN_REQUEST_MS, () => late.abort());
		try {
			return await this.readList(context, entry, part, AbortSignal.any([this.over.signal, late.signal]));
		} finally {
			timer.dispose();
		}
	}

	private async readList(
		context: PathContext,
		entry: ServerEntry,
		part: Part,
		signal: AbortSignal,
	): Promise<boolean> {
		const { method, list, capability } = PARTS[part];
		const { version } = this.parts[part];
		const items: JsonValue[] = [];
		if (
			this.ask === undefined ||
			(capability !== undefined && this.hello?.capabilities[capability] === undefined)
		) {
			tellDrift(context, this.take(context, entry, part, items));
			this.compared(part, version);
			return true;
		}
		let cursor: JsonValue | undefined;
		let bytes = 0;
		const seen = new Set<JsonValue | undefined>();
		for (let page = 0; page < MAX_PAGES && items.length <= MAX_ITEMS && bytes <= MAX_BYTES; page++) {
			if (seen.has(cursor)) {
				break;
			}
			seen.add(cursor);
			const params = { ...this.meta, ...(cursor !== undefined && { cursor }) };
			const exchange = await askServer(context, this.ask, { method, params }, signal);
			const { outcome, draft } = exchange;
			bytes += draft.response?.bytes ?? 0;
			const none = outcome.kind === 'error' && outcome.code === RPC_METHOD_NOT_FOUND && page === 0;
			const last = none || (outcome.kind === 'result' && isLast(outcome.result));
			if (outcome.kind === 'result') {
				items.push(...elementsOf(outcome.result, list));
				cursor = outcome.result.nextCursor;
			}
			if (last) {
				noteDrift(context, draft, this.take(context, entry, part, items));
				this.compared(part, version);
			}
			await recordOwn(context, exchange);
			if (last || outcome.kind !== 'result') {
				return last;
			}
		}
		this.parts[part].restsUntil = context.ports.clock.monotonic() + TOO_LONG_MS;
		context.ports.logger.warn('A server lists more than can be compared with its review.');
		return false;
	}

	private take(context: PathContext, entry: ServerEntry, part: Part, items: readonly JsonValue[]): readonly Drift[] {
		switch (part) {
			case 'tools':
				return takeTools(this.tools, entry, items, true).drifts;
			case 'prompts':
				return takeItems('prompt', this.prompts, entry, items, true).drifts;
			case 'templates':
				return takeItems('template', this.templates, entry, items, true).drifts;
		}
	}
}
