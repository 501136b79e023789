import { beforeEach, describe, expect, it } from 'vitest';
import { type PanelMessage, type PanelRequest } from '../../../src/shared/panelProtocol';
import { PanelModel } from '../../../src/webview/panelModel';
import { PAGE_ROWS, type RowChange } from '../../../src/webview/rowStore';
import { FakeHost, makeEntries, makeEntry } from '../../panel/entries';

let host: FakeHost;
let asked: PanelRequest[];
let model: PanelModel;

/** Answers every open request, in order. */
function settle(): (RowChange | undefined)[] {
	return asked.splice(0).map(request => {
		const answer = host.answer(request);
		return answer && model.receive(answer);
	});
}

function grow(count: number): void {
	for (let added = 0; added < count; added++) {
		host.entries.push(makeEntry(host.entries.length, 0));
	}
	model.receive({ kind: 'grown' });
}

beforeEach(() => {
	host = new FakeHost(makeEntries(1000, 0));
	asked = [];
	model = new PanelModel(request => asked.push(request));
	model.setFilter({});
	expect(settle()).toEqual([{ kind: 'replaced' }]);
});

describe('PanelModel', () => {
	it('asks for the newest page, then for what comes into view, once', () => {
		expect(model.store.total).toBe(1000);
		expect(model.store.at(0)?.id).toBe(host.entries.at(-1)?.id);
		model.store.need(90, 210);
		model.store.need(95, 215);
		expect(asked.map(request => request.kind === 'query' && request.offset)).toEqual([PAGE_ROWS, 2 * PAGE_ROWS]);
		settle();
		expect(model.store.at(250)?.id).toBe(host.entries.at(-251)?.id);
		model.store.need(0, 250);
		expect(asked).toEqual([]);
	});

	it('keeps rows and the active one in place while the trail grows', () => {
		model.store.need(500, 520);
		settle();
		const id = model.activate(510);
		grow(7);
		expect(settle()).toEqual([{ kind: 'updated', by: 7 }]);
		expect(model.active).toEqual({ index: 517, id });
		expect(model.store.at(517)?.id).toBe(id);
		expect(model.store.at(0)?.id).toBe(host.entries.at(-1)?.id);
	});

	it('asks at most once more however often the trail grows', () => {
		grow(1);
		grow(1);
		grow(1);
		expect(asked.length).toBe(1);
		settle();
		expect(asked.length).toBe(1);
		settle();
		expect(asked).toEqual([]);
	});

	it('keeps its place when retention takes the oldest entries away', () => {
		const id = model.activate(40);
		host.entries.splice(0, 950);
		model.receive({ kind: 'grown' });
		expect(settle()).toEqual([{ kind: 'updated', by: 0 }]);
		expect(model.store.total).toBe(50);
		expect(model.active).toEqual({ index: 40, id });
		expect(model.store.at(60)).toBeUndefined();
	});

	it('reads all again when the newest row is gone: a pending call whose outcome stands elsewhere', () => {
		model.store.need(100, 120);
		settle();
		host.entries.pop();
		model.receive({ kind: 'grown' });
		expect(settle()).toEqual([{ kind: 'updated', by: -1 }]);
		expect(model.store.at(PAGE_ROWS)).toBeUndefined();
		expect(model.store.at(0)?.id).toBe(host.entries.at(-1)?.id);
	});

	it('takes what older segments hold at the end of the list, and moves nothing', () => {
		const filter = { server: 'github' };
		model.setFilter(filter);
		const [asked0] = asked.splice(0);
		const page = asked0 && host.answer(asked0);
		if (page?.kind !== 'page') {
			throw new Error('no page');
		}
		const few = { ...page, rows: page.rows.slice(0, 10), total: 10, more: true as const };
		expect(model.receive(few)).toEqual({ kind: 'replaced' });
		expect([model.store.total, model.store.more, model.store.replacing]).toEqual([10, true, false]);
		const id = model.activate(9);
		expect(model.receive(page)).toEqual({ kind: 'updated', by: 0 });
		expect([model.store.total, model.store.more]).toEqual([page.total, false]);
		expect(model.active).toEqual({ index: 9, id });
		expect(model.receive(page)).toBeUndefined();
	});

	it('a search through older segments that is stopped keeps what was found, and can grow again', () => {
		model.setFilter({ server: 'github' });
		const page = host.answer(asked.splice(0)[0]!);
		model.receive({ ...page, more: true } as PanelMessage);
		model.cancel();
		expect(model.store.more).toBe(false);
		expect(model.receive(page!)).toBeUndefined();
		expect(asked.splice(0)).toEqual([{ kind: 'cancel' }]);
		grow(1);
		expect(asked.length).toBe(1);
	});

	it('drops answers to a filter that is no longer set', () => {
		model.setFilter({ server: 'github' });
		const stale = asked.splice(0)[0];
		model.setFilter({ server: 'fetch' });
		const answer = stale && host.answer(stale);
		expect(answer && model.receive(answer)).toBeUndefined();
		expect(settle()).toEqual([{ kind: 'replaced' }]);
		expect(model.store.at(0)?.serverName).toBe('fetch');
	});

	it('stops asking after a failure until it is told to go on', () => {
		host.failing = true;
		grow(1);
		settle();
		expect(model.failure).toContain('could not be read');
		model.store.need(300, 320);
		expect(asked).toEqual([]);
		host.failing = false;
		model.retry();
		settle();
		expect(model.failure).toBeUndefined();
		expect(model.store.total).toBe(1001);
	});

	it('opens, ignores entries it did not ask for, and asks why one ended as it did', () => {
		const [first, second] = [host.entries[3], host.entries[4]];
		model.open(first?.id ?? '');
		model.open(second?.id ?? '');
		settle();
		expect(model.entry).toBe(second);
		model.ask({ kind: 'why', id: first?.id ?? '' });
		expect(asked).toEqual([{ kind: 'why', id: first?.id }]);
		expect(model.openId).toBe(second?.id);
		model.close();
		expect([model.openId, model.entry]).toEqual([undefined, undefined]);
	});

	it('opens an entry that the host brings of its own accord, but no answer that comes too late', () => {
		const [first, second, third] = host.entries.slice(-3);
		const late = { kind: 'open', id: first?.id ?? '' } as const;
		model.open(late.id);
		model.open(second?.id ?? '');
		model.receive(host.answer(late)!);
		expect(model.openId).toBe(second?.id);
		expect(model.entry).toBeUndefined();
		model.receive(host.answer({ kind: 'open', id: third?.id ?? '' })!);
		expect(model.entry).toBe(third);
		expect(model.active).toEqual({ index: 0, id: third?.id });
	});

	it('closes an entry that is not there, and keeps the list', () => {
		model.open('no-such-id');
		settle();
		expect(model.openId).toBeUndefined();
		expect(model.failure).toBe('This entry is not in the trail.');
		model.store.need(300, 320);
		expect(asked.length).toBe(1);
	});

	it('verifies', () => {
		model.verify();
		expect(model.verifying).toBe(true);
		host.broken = true;
		settle();
		expect(model.verifying).toBe(false);
		expect(model.chain.state).toBe('broken');
		expect(model.entryChain.state).toBe('broken');
	});

	it('keeps a bounded number of rows', () => {
		host = new FakeHost(makeEntries(9000, 0));
		model.setFilter({});
		settle();
		for (let index = 0; index < 9000; index += 50) {
			model.store.need(index, index + 50);
			settle();
		}
		expect(model.store.at(0)).toBeUndefined();
		expect(model.store.at(8999)).toBeDefined();
		model.store.need(0, 50);
		settle();
		expect(model.store.at(0)?.id).toBe(host.entries.at(-1)?.id);
	});

	it('asks for the overview only while it is shown, with the filter of the list, one question at a time', () => {
		const overviews = () => asked.splice(0).filter(request => request.kind === 'overview');
		model.refresh();
		expect(overviews()).toEqual([]);
		model.overview.show(true);
		const [first] = overviews();
		expect(first?.filter).toEqual({});
		model.refresh();
		model.refresh();
		expect(overviews()).toEqual([]);
		model.setFilter({ server: 'fetch' });
		const [second] = overviews();
		expect(second?.filter).toEqual({ server: 'fetch' });
		model.receive(host.answer(first!)!);
		expect(model.overview.overview).toBeUndefined();
		model.receive(host.answer(second!)!);
		expect(model.overview.overview?.top.servers.map(({ value }) => value)).toEqual(['fetch']);
		expect(overviews()).toEqual([]);
	});

	it('shows a session, drops the answer to another, and goes back', () => {
		const [one, other] = [host.entries[0]?.session ?? '', host.entries.at(-1)?.session ?? ''];
		model.session.open(one);
		model.session.open(other);
		const [first, second] = asked.splice(0);
		model.receive(host.answer(first!)!);
		expect(model.session.story).toBeUndefined();
		model.receive(host.answer(second!)!);
		expect(model.session.story?.steps.length).toBeGreaterThan(0);
		model.refresh();
		model.refresh();
		expect(asked.splice(0).length).toBe(1);
		model.session.close();
		expect([model.session.id, model.session.story]).toEqual([undefined, undefined]);
	});

	it('does not stay in a session that the host cannot read', () => {
		model.session.open('s');
		model.receive({ kind: 'failed', why: 'The trail could not be read.', request: 'session' });
		expect(model.session.id).toBeUndefined();
		expect(model.failure).toBe('The trail could not be read.');
	});

	it('shows the view that a link or a command names', () => {
		model.session.open('s');
		asked.splice(0);
		model.receive({ kind: 'show', filter: { verdict: 'deny' } });
		expect(model.session.id).toBeUndefined();
		expect(asked[0]).toMatchObject({ kind: 'query', filter: { verdict: 'deny' }, offset: 0 });
		model.receive({ kind: 'show', filter: {}, session: 't' });
		expect(asked.at(-1)).toEqual({ kind: 'session', session: 't' });
	});

	it('tells how far long work is, that it is being cancelled, and when it is over', () => {
		model.receive({ kind: 'progress', what: 'Building the index', done: 0.2 });
		model.cancel();
		expect(asked.splice(0)).toEqual([{ kind: 'cancel' }]);
		model.receive({ kind: 'progress', what: 'Building the index', done: 0.4 });
		expect(model.progress).toEqual({ what: 'Building the index', done: 0.4, cancelling: true });
		model.receive({ kind: 'progress', what: 'Building the index', done: 1 });
		expect(model.progress).toBeUndefined();
		model.receive({ kind: 'progress', what: 'Exporting', done: -3 });
		expect(model.progress).toEqual({ what: 'Exporting', done: 0, cancelling: false });
	});
});
