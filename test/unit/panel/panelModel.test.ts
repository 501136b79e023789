import { beforeEach, describe, expect, it } from 'vitest';
import { type PanelRequest } from '../../../src/shared/panelProtocol';
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

	it('reads all again when the trail has become shorter', () => {
		host.entries.splice(0, 10);
		model.receive({ kind: 'grown' });
		expect(settle()).toEqual([{ kind: 'updated', by: -10 }]);
		expect(model.store.at(PAGE_ROWS)).toBeUndefined();
		expect(model.store.at(0)?.id).toBe(host.entries.at(-1)?.id);
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
});
