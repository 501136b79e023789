import { errorText } from '../base/errors';
import { ApprovalDesk } from './approvalDesk';
import { RememberedAnswers } from './rememberedAnswers';
import { notePause } from './notePause';
import { type JsonObject } from '../base/json';
import { type MethodsRule } from '../domain/policy/policy';
import { type Draft, startDraft } from './ending';
import { narrowedNotification } from './narrowedNotification';
import { errorResponse, RPC_INTERNAL_ERROR, type RpcId, type Shape, shapeOf, type WireMessage } from './message';
import { route } from './methodTable';
import { asksForInput } from './inputRequired';
import { hearTask } from './hear';
import { isModern, readClientInfo } from './modern';
import { handleInspected, handlePassed, handleRefused, messageDraft } from './passing';
import { ContextLedger } from './contextLedger';
import { LIST_CHANGES, ListChangeNotes } from './listChanges';
import { newPathContext, type PathContext } from './pathContext';
import {
	type Answer,
	type FirewallPorts,
	type Forward,
	type GrantBook,
	type Passage,
	type SessionPath,
	type Waiting,
	type WithheldAnswers,
} from './ports';
import { type SessionPaths } from './sessionPaths';
import { maySpeak, recogniseServer } from './recognise';
import { handleResource } from './resource';
import { type Screened } from './screenAnswer';
import { schemaOf } from './schemaOf';
import { screenNotification } from './screenRequest';
import { HarmlessNotices } from './harmlessNotices';
import { SessionMemory } from './sessionMemory';
import { sturdyPorts } from './sturdyPorts';
import { handleToolCall } from './toolCall';
import { handleToolList } from './toolList';
import { SurfaceWatch } from './surfaceWatch';
import { ToldDrifts } from './toldDrifts';
import { WithheldBook } from './withheldBook';

type RequestShape = Extract<Shape, { kind: 'request' }>;

/** The path of messages for every session, over one set of ports. */
export class Firewall implements SessionPaths {
	private readonly ports: FirewallPorts;
	/** One for all servers of a window: labels flow from the results of one to the calls of another. */
	private readonly memory = new SessionMemory();
	private readonly ledger = new ContextLedger();
	private readonly told = new ToldDrifts();
	private readonly answers: RememberedAnswers;
	private readonly desk: ApprovalDesk;
	private readonly book: WithheldBook;

	constructor(ports: FirewallPorts) {
		this.ports = sturdyPorts(ports);
		const answers = (this.answers = new RememberedAnswers(this.ports, this.memory.suspensions));
		this.book = new WithheldBook(this.ports);
		this.desk = new ApprovalDesk(this.ports.clock, this.ports.ids, (outcome, calls) => {
			if (outcome === 'deny-all') {
				answers.suspend(calls.map(({ server, tool }) => ({ server: server.name, tool })));
			}
			notePause(this.ports, outcome, calls);
		});
	}

	/** What persons answered in this window: to be listed and taken back. */
	get grants(): GrantBook {
		return this.answers;
	}

	/** What this window keeps back, to be looked at and let go. */
	get withheld(): WithheldAnswers {
		return this.book;
	}

	open(...[server, approver, ask, client]: Parameters<SessionPaths['open']>): SessionPath {
		const { memory, answers, desk, ledger, told, book } = this;
		const own = { memory, answers, desk, ledger, told, book };
		return new Session(newPathContext(this.ports, server, approver, own, new SurfaceWatch(ask), client));
	}
}

/** One client, one upstream. Routes by the table of methods; the paths do the rest. */
class Session implements SessionPath {
	readonly id: string;
	readonly onDidChangeTools: PathContext['shown']['onDidChange'];
	private readonly harmless: HarmlessNotices;
	private readonly listChanges: ListChangeNotes;

	constructor(private readonly context: PathContext) {
		this.id = context.session;
		this.onDidChangeTools = context.shown.onDidChange;
		this.harmless = new HarmlessNotices(context.ports.clock);
		this.listChanges = new ListChangeNotes(context.ports.clock);
	}

	async clientRequest(
		message: WireMessage,
		forward: Forward,
		signal: AbortSignal,
		waiting?: Waiting,
	): Promise<Answer> {
		const shape = shapeOf(message.value);
		return shape.kind === 'request'
			? this.atTheDoor(shape.id, () => this.routeFromClient(shape, message, forward, signal, waiting))
			: { kind: 'none' };
	}

	async serverRequest(message: WireMessage, forward: Forward, signal: AbortSignal): Promise<Answer> {
		const shape = shapeOf(message.value);
		return shape.kind === 'request'
			? this.atTheDoor(shape.id, () => this.routeFromServer(shape, message, forward, signal))
			: { kind: 'none' };
	}

	async clientNotification(message: WireMessage): Promise<Passage> {
		const shape = shapeOf(message.value);
		if (shape.kind !== 'notification') {
			return { kind: 'drop' };
		}
		const routed = route(shape.method, 'client', 'notification', this.methods());
		if (routed.kind === 'refuse') {
			return this.dropped(message, 'client', `a notification that may not cross (${routed.why})`);
		}
		if (!recogniseServer(this.context).ok) {
			return { kind: 'drop' };
		}
		const draft = messageDraft(this.context, shape.method, message, 'client');
		const sent = await narrowedNotification(this.context, message, draft);
		if ('kind' in sent) {
			return this.dropped(message, 'client', 'a notification above the ceiling of its server', draft);
		}
		const passage: Passage = sent === message ? { kind: 'pass' } : { kind: 'rewritten', value: sent.value };
		return (routed.known && sent === message) || (await this.recorded(draft, 'passed'))
			? passage
			: { kind: 'drop' };
	}

	async serverNotification(message: WireMessage): Promise<Passage> {
		const shape = shapeOf(message.value);
		if (shape.kind !== 'notification') {
			return { kind: 'drop' };
		}
		const routed = route(shape.method, 'server', 'notification', this.methods());
		if (routed.kind === 'refuse') {
			return this.dropped(message, 'server', `a notification that may not cross (${routed.why})`);
		}
		const changed = LIST_CHANGES.get(shape.method);
		if (changed !== undefined) {
			this.listChanges.note(this.context, shape.method);
			await this.context.surface.changed(this.context, changed);
		}
		// INVARIANT: once all is stopped, or the server may not run, is not the reviewed one, or an impostor, it says nothing.
		if (!maySpeak(this.context, shape.method)) {
			return { kind: 'drop' };
		}
		const draft = messageDraft(this.context, shape.method, message, 'server');
		let screened: Screened | undefined;
		if (shape.method === 'notifications/tasks' && asksForInput(shape.params)) {
			// What it asks for is decided where the client fetches the task; a notification may be lost, and this one is.
			return this.dropped(message, 'server', 'a task that asks for input, which tasks/get tells as well');
		}
		const { digest = '', policyDigest = '' } = draft;
		// Only methods of the table: others leave an entry each.
		const repeatable = routed.known && shape.method !== 'notifications/tasks';
		if (repeatable && this.harmless.has(digest, policyDigest)) {
			return { kind: 'pass' };
		}
		try {
			screened = await screenNotification(this.context, message, shape.method, draft);
		} catch (error) {
			return this.dropped(message, 'server', `a notification that could not be screened (${errorText(error)})`);
		}
		if (shape.method === 'notifications/tasks') {
			hearTask(this.context, shape.params, message, draft.screened !== undefined, draft);
		}
		if (screened === undefined) {
			if (repeatable && draft.findings === undefined) {
				this.harmless.add(digest, policyDigest);
			}
			return routed.known || (await this.recorded(draft, 'passed')) ? { kind: 'pass' } : { kind: 'drop' };
		}
		return (await this.recorded(draft, screened.outcome === 'answered' ? 'passed' : screened.outcome))
			? { kind: 'rewritten', value: screened.value }
			: { kind: 'drop' };
	}

	async noteMalformed(from: 'client' | 'server', why: string, id?: RpcId): Promise<void> {
		const draft = startDraft(this.context, 'message', '(malformed)');
		draft.from = from;
		draft.detail = id === undefined ? why : `${why} (id of type ${typeof id})`;
		await this.recorded(draft, 'refused');
	}

	schemaOf(tool: string): JsonObject | undefined {
		return schemaOf(this.context, tool);
	}

	upstreamRestarted(): void {
		this.context.surface.restarted();
	}

	dispose(): void {
		this.context.answers.endSession(this.id);
		this.context.surface.dispose();
		this.context.shown.dispose();
	}

	private routeFromClient(
		shape: RequestShape,
		message: WireMessage,
		forward: Forward,
		signal: AbortSignal,
		waiting: Waiting | undefined,
	): Promise<Answer> {
		const modern = isModern(shape.params);
		// INVARIANT: a request without a session is judged by the registry as it is when it comes.
		const context = modern
			? { ...this.context, client: readClientInfo(shape.params), review: this.context.review.live }
			: this.context;
		const routed = route(shape.method, 'client', 'request', this.methods(), modern);
		if (routed.kind === 'refuse') {
			return handleRefused(context, { id: shape.id, from: 'client' }, message, routed.why);
		}
		if (shape.method === 'initialize') {
			context.client = readClientInfo(shape.params);
		}
		switch (routed.step) {
			case 'call':
				return handleToolCall(context, shape.id, shape.params, message, forward, signal, waiting);
			case 'list':
				return handleToolList(context, shape.id, shape.params, message, forward, signal);
			case 'resource':
				return handleResource(context, shape, message, forward, signal, waiting);
			case 'inspect':
				return handleInspected(context, { ...shape, from: 'client' }, message, forward, signal);
			case 'pass':
				return handlePassed(context, { ...shape, from: 'client' }, message, forward, signal);
		}
	}

	private routeFromServer(
		shape: RequestShape,
		message: WireMessage,
		forward: Forward,
		signal: AbortSignal,
	): Promise<Answer> {
		const routed = route(shape.method, 'server', 'request', this.methods());
		if (routed.kind === 'refuse') {
			return handleRefused(this.context, { id: shape.id, from: 'server' }, message, routed.why);
		}
		const handle = routed.step === 'pass' ? handlePassed : handleInspected;
		return handle(this.context, { ...shape, from: 'server' }, message, forward, signal);
	}

	/** INVARIANT: trouble of any kind is a refusal. The paths keep this themselves; here ends what even they cannot. */
	private async atTheDoor(id: RpcId, run: () => Promise<Answer>): Promise<Answer> {
		try {
			return await run();
		} catch (error) {
			this.context.ports.logger.error(`The path of a message failed: ${errorText(error)}`);
			const value = errorResponse(id, RPC_INTERNAL_ERROR, 'MCP Firewall could not judge this request.');
			return { kind: 'rewritten', value };
		}
	}

	private async dropped(
		message: WireMessage,
		from: 'client' | 'server',
		why: string,
		draft = messageDraft(this.context, '(notification)', message, from),
	): Promise<Passage> {
		draft.detail = `dropped: ${why}`;
		await this.recorded(draft, 'refused');
		return { kind: 'drop' };
	}

	private async recorded(draft: Draft, outcome: 'quarantined' | 'withheld' | 'refused' | 'passed'): Promise<boolean> {
		const record = { ...draft, outcome };
		try {
			await this.context.ports.trail.append(record, 'written');
		} catch (error) {
			this.context.ports.logger.error(`The audit trail cannot be written: ${errorText(error)}`);
			return false;
		}
		if (outcome === 'quarantined' || outcome === 'withheld') {
			this.context.ports.notify({ kind: outcome, entry: record });
		}
		return true;
	}

	private methods(): MethodsRule {
		return this.context.ports.policy.current().policy?.methods ?? 'strict';
	}
}
