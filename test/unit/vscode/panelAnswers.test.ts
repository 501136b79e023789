import { describe, expect, it } from 'vitest';
import { FirewallError } from '../../../src/base/errors';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { NO_FACETS } from '../../../src/domain/audit/auditFilter';
import { type PanelChain, type PanelMessage, type PanelRequest } from '../../../src/shared/panelProtocol';
import { answerPanel, type PanelActions } from '../../../src/vscode/panelAnswers';
import { PageStream } from '../../../src/vscode/pageStream';
import { PanelWork } from '../../../src/vscode/panelWork';
import { aRecord, chained } from '../support/auditRecords';
import { ManualClock } from '../support/manualClock';

const chain: PanelChain = { state: 'unknown', detail: 'Not verified yet.', entries: 0 };

function desk(
	over: {
		readonly verify?: () => Promise<never>;
		readonly entry?: () => Promise<AuditEntry>;
		readonly verdict?: AuditEntry;
	} = {},
) {
	const posted: PanelMessage[] = [];
	const done: string[] = [];
	const judgedBy: AuditEntry['facts'][] = [];
	const [entry] = chained([aRecord({ findings: [] })]) as [AuditEntry];
	const note = (what: string) => (about: unknown, more?: unknown) => {
		if (what === 'why') {
			judgedBy.push((about as AuditEntry).facts);
		}
		const id = (about as AuditEntry).id === entry.id ? 'the entry' : JSON.stringify(about);
		done.push([what, id, ...(more === undefined ? [] : [JSON.stringify(more)])].join(' '));
		return Promise.resolve();
	};
	const actions: PanelActions = {
		...{ why: note('why'), suppress: note('suppress'), withheld: note('withheld'), rule: note('rule') },
		...{ diff: note('diff'), exportTrail: note('export'), link: note('link') },
	};
	const overview = { total: 0, timeline: [], bucketMs: 0, top: { servers: [], tools: [], rules: [], refusals: [] } };
	const deps = {
		desk: {
			overview: () => Promise.resolve(overview),
			session: () => Promise.resolve({ entries: [entry], more: true as const }),
			entry: over.entry ?? (() => Promise.resolve(entry)),
			verdictOf: () => Promise.resolve(over.verdict),
		},
		pages: new PageStream(
			{
				page: () => Promise.resolve({ rows: [], total: 0, facets: NO_FACETS }),
				untilMore: () => Promise.resolve(),
				resume: () => undefined,
			},
			message => posted.push(message),
		),
		seal: { chain, chainOf: () => chain, verify: over.verify ?? (() => Promise.reject(new Error('unread'))) },
		work: new PanelWork(new ManualClock(), () => undefined),
		actions,
		waiting: {
			state: () => ({ kind: 'waiting' as const }),
			answer: ({ id, choice }: { readonly id: string; readonly choice: unknown }) =>
				void done.push(`answer ${id} ${JSON.stringify(choice)}`),
			details: (id: string) => void done.push(`details ${id}`),
		},
		post: (message: PanelMessage) => posted.push(message),
	};
	const ask = (request: PanelRequest) => answerPanel(deps, request);
	return { ask, posted, done, judgedBy };
}

describe('answerPanel', () => {
	it('hands entries from the trail to what a person can do, never what the webview says of them', async () => {
		const { ask, posted, done } = desk();
		for (const kind of ['why', 'rule', 'diff'] as const) {
			await ask({ kind, id: 'x' });
		}
		await ask({ kind: 'suppress', id: 'x', rule: 'r' });
		await ask({ kind: 'withheld', id: 'x' });
		await ask({ kind: 'export', filter: { tool: 't' } });
		await ask({ kind: 'link', filter: {}, session: 's' });
		expect(done).toEqual([
			...['why the entry', 'rule the entry', 'diff the entry', 'suppress the entry "r"', 'withheld "x"'],
			...['export {"tool":"t"}', 'link {"filter":{},"session":"s"}'],
		]);
		expect(posted).toEqual([]);
	});

	it('answers with what was asked for, and with how the trail stands beside the first page', async () => {
		const { ask, posted } = desk();
		await ask({ kind: 'query', query: 3, filter: {}, offset: 0, limit: 1 });
		await ask({ kind: 'query', query: 4, filter: {}, offset: 1, limit: 1 });
		await ask({ kind: 'overview', query: 5, filter: {} });
		await ask({ kind: 'session', session: 's' });
		await ask({ kind: 'open', id: 'x' });
		expect(posted.map(({ kind }) => kind)).toEqual(['chain', 'page', 'page', 'overview', 'session', 'entry']);
		expect(posted[1]).toMatchObject({ query: 3, offset: 0, total: 0 });
		expect(posted[4]).toMatchObject({ session: 's', more: true });
	});

	it('AUD-10: what a call was judged by comes with it, also where it stands in the entry before it was handed on', async () => {
		const facts = { by: 'reviewed', labels: ['untrusted'] } as unknown as NonNullable<AuditEntry['facts']>;
		const [verdict] = chained([aRecord({ kind: 'verdict', outcome: 'pending' })]) as [AuditEntry];
		const { ask, posted, judgedBy } = desk({ verdict: { ...verdict, facts } });
		await ask({ kind: 'open', id: 'x' });
		expect(posted).toMatchObject([{ kind: 'entry', verdict: { id: verdict.id, facts } }]);
		await ask({ kind: 'why', id: 'x' });
		expect(judgedBy).toEqual([facts]);
	});

	it('what fails is told in the panel, by the kind of its request', async () => {
		const { ask, posted } = desk({ entry: () => Promise.reject(new Error('There is no such entry.')) });
		await ask({ kind: 'rule', id: 'x' });
		await ask({ kind: 'verify' });
		expect(posted).toEqual([
			{ kind: 'failed', why: 'There is no such entry.', request: 'rule' },
			{ kind: 'failed', why: 'unread', request: 'verify' },
		]);
	});

	it('a verification that was stopped is no failure: the trail stands as before', async () => {
		const { ask, posted } = desk({ verify: () => Promise.reject(new FirewallError('aborted', 'stopped')) });
		await ask({ kind: 'verify' });
		await ask({ kind: 'cancel' });
		expect(posted).toEqual([{ kind: 'chain', chain }]);
	});
});

describe('PageStream', () => {
	it('gives the same page again until it is whole, and stops where another filter is asked for', async () => {
		const posted: PanelMessage[] = [];
		const waits: (() => void)[] = [];
		let total = 0;
		const page = ({ tool }: { readonly tool?: string }) =>
			Promise.resolve({
				rows: [],
				total: total++,
				facets: NO_FACETS,
				...(tool === 'slow' && { more: true as const }),
			});
		const untilMore = () => new Promise<void>(resolve => waits.push(resolve));
		let resumed = 0;
		const pages = new PageStream({ page, untilMore, resume: () => resumed++ }, message => posted.push(message));
		const ask = (query: number, tool: string) =>
			pages.answer({ kind: 'query', query, filter: { tool }, offset: 0, limit: 10 });
		const slow = ask(1, 'slow');
		await expect.poll(() => waits.length).toBe(1);
		waits[0]!();
		await expect.poll(() => waits.length).toBe(2);
		await ask(2, 'quick');
		waits[1]!();
		await slow;
		expect(posted.map(message => message.kind === 'page' && [message.query, message.total])).toEqual([
			...[
				[1, 0],
				[1, 1],
				[2, 2],
			],
		]);
		expect(resumed).toBe(2);
	});

	it('stops where nobody waits any more', async () => {
		const posted: PanelMessage[] = [];
		const page = () => Promise.resolve({ rows: [], total: 0, facets: NO_FACETS, more: true as const });
		const untilMore = () => {
			stream.stop();
			return Promise.resolve();
		};
		const stream = new PageStream({ page, untilMore, resume: () => undefined }, message => posted.push(message));
		await stream.answer({ kind: 'query', query: 1, filter: {}, offset: 0, limit: 10 });
		expect(posted).toHaveLength(1);
	});
});
