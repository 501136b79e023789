import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseParser } from '../../../src/proxy/upstream/sseParser';

function parser(cap = 1024) {
	const seen = {
		events: [] as string[],
		types: [] as string[],
		oversize: [] as string[],
		retries: [] as number[],
		runaways: 0,
	};
	const budget = { held: 0, limit: 1 << 20 };
	const sse = new SseParser(
		{
			event: (data, type) => {
				seen.events.push(Buffer.from(data).toString('utf8'));
				seen.types.push(type);
			},
			oversize: head => seen.oversize.push(Buffer.from(head).toString('utf8')),
			runaway: () => seen.runaways++,
			retry: ms => seen.retries.push(ms),
		},
		budget,
		cap,
	);
	return { sse, seen, budget, push: (text: string) => sse.push(Buffer.from(text, 'utf8')) };
}

describe('SseParser (WHATWG HTML §9.2)', () => {
	it.each([
		['LF', '\n'],
		['CR only', '\r'],
		['CRLF', '\r\n'],
	])('joins data over several lines, line ends %s', (_, end) => {
		const { push, seen } = parser();
		push(['event: message', 'data: {"a":', 'data:1}', '', ''].join(end));
		expect(seen.events).toEqual(['{"a":\n1}']);
		expect(seen.types).toEqual(['message']);
	});

	it('says nothing for comments, unknown fields, and an event without data; keeps its id (priming, SEP-1699)', () => {
		const { push, seen, sse } = parser();
		push(': keepalive\n\nfoo: bar\nid: e-1\nretry: 500\ndata: \n\n');
		expect(seen.events).toEqual([]);
		expect(seen.retries).toEqual([500]);
		expect(sse.lastEventId).toBe('e-1');
	});

	it('strips a BOM, and only at the start', () => {
		const { push, seen } = parser();
		push('\ufeffdata: 1\n\n\ufeffdata: 2\n\n');
		expect(seen.events).toEqual(['1']);
	});

	it('drops what the end of the stream cuts off', () => {
		const { push, seen, sse, budget } = parser();
		push('data: 1\n\nid: late\ndata: 2\n');
		sse.end();
		expect(seen.events).toEqual(['1']);
		expect(sse.lastEventId).toBeUndefined();
		expect(budget.held).toBe(0);
	});

	it.each(['id: a\0b', 'id: ä', `id: ${'x'.repeat(2000)}`])('takes no id that cannot be sent back: %j', line => {
		const { push, sse } = parser(4096);
		push(`${line}\ndata: 1\n\n`);
		expect(sse.lastEventId).toBeUndefined();
	});

	it('takes no retry that is no whole number', () => {
		const { push, seen } = parser();
		push('retry: -1\nretry: 1e3\nretry: \nretry: 99999999999\ndata: 1\n\n');
		expect(seen.retries).toEqual([]);
	});

	it('an event over the cap is told once and dropped, and the next one arrives', () => {
		const { push, seen, budget } = parser(100);
		push(`data: {"id":7,${'x'.repeat(60)}\ndata: ${'y'.repeat(60)}\ndata: z\n\ndata: next\n\n`);
		expect(seen.oversize).toHaveLength(1);
		expect(seen.oversize[0]).toMatch(/^\{"id":7,/);
		expect(seen.events).toEqual(['next']);
		expect(budget.held).toBe(0);
	});

	it('one line over the cap, in small pieces, is dropped up to the blank line', () => {
		const { push, seen } = parser(100);
		push('data: {"id":8');
		for (let count = 0; count < 50; count++) {
			push('xxxxx');
		}
		push('\nmore\n');
		push('\ndata: next\n\n');
		expect(seen.oversize).toEqual([contains('{"id":8')]);
		expect(seen.events).toEqual(['next']);
	});

	it('tells of an event that does not end', () => {
		const { push, seen } = parser(100);
		push('data: ');
		for (let count = 0; count < 100; count++) {
			push('x'.repeat(10));
		}
		expect(seen.runaways).toBe(1);
	});

	it('does not hold more than the budget that streams share', () => {
		const { push, seen, budget } = parser(1 << 20);
		budget.held = budget.limit - 50;
		push(`data: ${'x'.repeat(100)}`);
		expect(seen.oversize).toHaveLength(1);
		expect(budget.held).toBe(budget.limit - 50);
	});

	it('reads the same events however the bytes are cut (split SSE, UTF-8 over chunks)', () => {
		const text =
			'\ufeffid: 1\r\ndata: grüße 🎉\r\ndata: zwei\r\r: c\n\nevent: x\rdata:三\r\n\r\nretry: 7\ndata\n\ndata:  b\n\n';
		const whole = parser();
		whole.push(text);
		expect(whole.seen.events).toEqual(['grüße 🎉\nzwei', '三', ' b']);
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: Buffer.byteLength(text) }), { maxLength: 40 }), cuts => {
				const bytes = Buffer.from(text);
				const { sse, seen } = parser();
				const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
				at.slice(1).forEach((end, index) => sse.push(bytes.subarray(at[index], end)));
				expect(seen).toEqual(whole.seen);
				expect(sse.lastEventId).toBe('1');
			}),
		);
	});

	it('takes linear time for a large event in tiny pieces', () => {
		const { sse, seen } = parser(1 << 20);
		const piece = Buffer.from('x'.repeat(16));
		sse.push(Buffer.from('data: '));
		for (let count = 0; count < 60_000; count++) {
			sse.push(piece);
		}
		sse.push(Buffer.from('\n\n'));
		expect(seen.events[0]).toHaveLength(960_000);
	});
});

function contains(part: string): unknown {
	return expect.stringContaining(part);
}
