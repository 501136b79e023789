import { describe, expect, it } from 'vitest';
import { listDigest } from '../../../src/proxy/life/clientScript';
import { OwnRequests } from '../../../src/proxy/relay/ownRequests';
import { wire } from '../../path/support/wire';

const request = (id: string) => wire({ jsonrpc: '2.0', id, method: 'tools/list', params: {} });
const answer = (id: string, extra = {}) => wire({ jsonrpc: '2.0', id, result: {}, ...extra });
const never = new AbortController().signal;

/** Requests to an upstream that takes everything. */
function open(sent = true) {
	const lines: string[] = [];
	const own = new OwnRequests(bytes => {
		lines.push(Buffer.from(bytes).toString());
		return Promise.resolve(sent);
	});
	return { own, lines };
}

describe('OwnRequests', () => {
	it('sends the very bytes that were judged, and takes only its own answers', async () => {
		const { own, lines } = open();
		const asked = own.ask(request('a'), never);
		expect(own.settle('b', answer('b'))).toBe(false);
		const given = answer('a');
		expect(own.settle('a', given)).toBe(true);
		expect(await asked).toEqual({ kind: 'answered', message: given });
		expect(lines).toEqual([Buffer.from(request('a').bytes).toString()]);
		expect(own.settle('a', given)).toBe(false);
	});

	it('a late answer to one that was given up is still nobody else’s', async () => {
		const { own } = open();
		const late = new AbortController();
		const asked = own.ask(request('a'), late.signal);
		late.abort();
		expect(await asked).toEqual({ kind: 'failed', why: 'cancelled' });
		expect(own.awaits('a')).toBe(true);
		expect(own.settle('a', answer('a'))).toBe(true);
		expect(own.awaits('a')).toBe(false);
	});

	it.each([
		['no usable answer', (own: OwnRequests) => own.settle('a', answer('a', { error: { code: 1, message: 'x' } }))],
		['one that could not be read', (own: OwnRequests) => own.settle('a', undefined)],
		['a process that is gone', (own: OwnRequests) => own.lost()],
		['the end of the session', (own: OwnRequests) => own.close()],
	])('%s fails it', async (_name, happens) => {
		const { own } = open();
		const asked = own.ask(request('a'), never);
		happens(own);
		expect((await asked).kind).toBe('failed');
	});

	it('nothing is asked of an upstream that is gone, nor after the end', async () => {
		expect(await open(false).own.ask(request('a'), never)).toEqual({ kind: 'failed', why: 'exited' });
		const { own, lines } = open();
		own.close();
		expect(await own.ask(request('a'), never)).toEqual({ kind: 'failed', why: 'unavailable' });
		expect(lines).toEqual([]);
	});
});

describe('C6: what a process that takes over must list', () => {
	const [one, two] = [{ name: 'one', inputSchema: { type: 'object' } }, { name: 'two' }];

	it('the same tools in another order are the same list; anything else is another one', () => {
		const list = listDigest({ tools: [one, two] });
		expect(listDigest({ tools: [two, { inputSchema: { type: 'object' }, name: 'one' }] })).toBe(list);
		for (const other of [[one], [one, two, two], [one, { ...two, description: '' }], []]) {
			expect(listDigest({ tools: other })).not.toBe(list);
		}
		expect(listDigest({ tools: [one, two], _meta: {} })).not.toBe(list);
	});
});
