import { type AuditEntry } from '../domain/audit/auditRecord';
import { type AuditFilter } from '../domain/audit/auditFilter';
import { findingCounts } from '../domain/audit/findingCounts';
import { type AuditView } from '../shared/auditLink';
import { type PanelMessage, type PanelRequest } from '../shared/panelProtocol';
import { type PageStream } from './pageStream';
import { isAborted, type PanelWork } from './panelWork';
import { failureText } from './problemText';
import { say } from './say';
import { type TrailDesk } from './trailDesk';
import { type TrailSeal } from './trailSeal';

/** What a person can do from the panel. Entries come from the trail, never from the webview. */
export interface PanelActions {
	readonly why: (entry: AuditEntry) => Promise<void>;
	/** Suppresses a rule for the server of an entry, if the person wants it. */
	readonly suppress: (entry: AuditEntry, rule: string) => Promise<void>;
	/** Shows the withheld answer of an entry. */
	readonly withheld: (entryId: string) => Promise<void>;
	/** Makes a rule for calls like this one, if the person wants it. */
	readonly rule: (entry: AuditEntry) => Promise<void>;
	/** Shows what a call would change, or changed. */
	readonly diff: (entry: AuditEntry) => Promise<void>;
	/** Gives somebody a copy of what matches. */
	readonly exportTrail: (filter: AuditFilter) => Promise<void>;
	/** Puts a link to a view into the clipboard. */
	readonly link: (view: AuditView) => Promise<void>;
}

/** The questions that wait for the person in the panel. */
export interface PanelWaiting {
	/** What the page is to show; from then on its answers are for that. */
	state(focus?: boolean): PanelMessage;
	answer(answer: Extract<PanelRequest, { kind: 'answer' }>): void;
	/** Opens the details of the question with this id, if it is the one that the page shows. */
	details(id: string): void;
}

/** What the answers are made of. */
export interface PanelAnswersDeps {
	readonly desk: Pick<TrailDesk, 'overview' | 'session' | 'entry' | 'verdictOf'>;
	readonly pages: Pick<PageStream, 'answer' | 'stop'>;
	readonly seal: Pick<TrailSeal, 'chain' | 'chainOf' | 'verify'>;
	readonly work: Pick<PanelWork, 'run' | 'cancel'>;
	readonly actions: PanelActions;
	readonly waiting: PanelWaiting;
	readonly post: (message: PanelMessage) => void;
}

/** Answers what the panel asks. The door of the panel: never rejects, what fails is shown there; what a person stopped is no failure. */
export async function answerPanel(deps: PanelAnswersDeps, request: PanelRequest): Promise<void> {
	try {
		await handle(deps, request);
	} catch (error) {
		if (!isAborted(error)) {
			deps.post({ kind: 'failed', why: failureText(error), request: request.kind });
		} else if (request.kind === 'verify') {
			// The panel waits for how the trail stands: as before.
			deps.post({ kind: 'chain', chain: deps.seal.chain });
		}
	}
}

async function handle(
	{ desk, pages, seal, work, actions, waiting, post }: PanelAnswersDeps,
	request: PanelRequest,
): Promise<void> {
	switch (request.kind) {
		case 'query': {
			if (request.offset === 0) {
				post({ kind: 'chain', chain: seal.chain });
			}
			await pages.answer(request);
			return;
		}
		case 'overview':
			post({ kind: 'overview', query: request.query, overview: await desk.overview(request.filter) });
			return;
		case 'session':
			post({ kind: 'session', session: request.session, ...(await desk.session(request.session)) });
			return;
		case 'open': {
			const entry = await desk.entry(request.id);
			const verdict = await desk.verdictOf(entry);
			const findings = findingCounts(entry);
			post({
				...{ kind: 'entry', entry, chain: seal.chainOf(entry) },
				...(verdict !== undefined && { verdict }),
				...(findings !== undefined && { findings }),
			});
			return;
		}
		case 'verify':
			await work.run(say('Verifying the trail'), (signal, onProgress) => seal.verify(signal, onProgress));
			return;
		case 'why':
			await actions.why(await withFacts(desk, request.id));
			return;
		case 'suppress':
			await actions.suppress(await desk.entry(request.id), request.rule);
			return;
		case 'rule':
			await actions.rule(await withFacts(desk, request.id));
			return;
		case 'diff':
			await actions.diff(await desk.entry(request.id));
			return;
		case 'withheld':
			await actions.withheld(request.id);
			return;
		case 'export':
			await actions.exportTrail(request.filter);
			return;
		case 'link':
			await actions.link({
				filter: request.filter,
				...(request.session !== undefined && { session: request.session }),
			});
			return;
		case 'waiting':
			post(waiting.state());
			return;
		case 'answer':
			waiting.answer(request);
			return;
		case 'details':
			waiting.details(request.id);
			return;
		case 'cancel':
			pages.stop();
			work.cancel();
	}
}

/** An entry with what its verdict rested on, wherever that was written. Rejects where there is no such entry. */
export async function withFacts(desk: Pick<TrailDesk, 'entry' | 'verdictOf'>, id: string): Promise<AuditEntry> {
	const entry = await desk.entry(id);
	const facts = (await desk.verdictOf(entry))?.facts;
	return facts === undefined ? entry : { ...entry, facts };
}
