import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PANEL_PAGE_LIMIT, PANEL_TEXT_LIMIT } from '../../../src/shared/panelProtocol';
import { readPanelRequest } from '../../../src/shared/readPanelRequest';

const query = { kind: 'query', query: 1, filter: {}, offset: 0, limit: 50 };

describe('readPanelRequest', () => {
	it('reads each kind', () => {
		expect(readPanelRequest(query)).toEqual(query);
		expect(readPanelRequest({ kind: 'open', id: 'a' })).toEqual({ kind: 'open', id: 'a' });
		expect(readPanelRequest({ kind: 'why', id: 'a' })).toEqual({ kind: 'why', id: 'a' });
		expect(readPanelRequest({ kind: 'withheld', id: 'a' })).toEqual({ kind: 'withheld', id: 'a' });
		expect(readPanelRequest({ kind: 'suppress', id: 'a', rule: 'r', until: 'x' })).toEqual({
			...{ kind: 'suppress', id: 'a', rule: 'r' },
		});
		expect(readPanelRequest({ ...query, filter: { findings: true } })).toMatchObject({
			filter: { findings: true },
		});
		expect(readPanelRequest({ kind: 'verify' })).toEqual({ kind: 'verify' });
	});

	it('clamps the page size', () => {
		expect(readPanelRequest({ ...query, limit: 1e9 })).toMatchObject({ limit: PANEL_PAGE_LIMIT });
		expect(readPanelRequest({ ...query, limit: 0 })).toMatchObject({ limit: 1 });
	});

	it('cuts texts and drops members that it does not know', () => {
		const filter = { text: 'x'.repeat(5000), server: '', tool: 7, other: 'y', findings: 'yes' };
		expect(readPanelRequest({ ...query, filter, extra: 1 })).toEqual({
			...query,
			filter: { text: 'x'.repeat(PANEL_TEXT_LIMIT) },
		});
	});

	it.each([
		[null],
		[[]],
		['query'],
		[{ kind: 'erase' }],
		[{ kind: 'open' }],
		[{ kind: 'open', id: 3 }],
		[{ kind: 'open', id: '' }],
		[{ kind: 'suppress', id: 'a' }],
		[{ kind: 'suppress', rule: 'r' }],
		[{ kind: 'suppress', id: 'a', rule: ['r'] }],
		[{ ...query, offset: -1 }],
		[{ ...query, offset: 0.5 }],
		[{ ...query, query: '1' }],
		[{ ...query, limit: Infinity }],
		[{ ...query, filter: [] }],
		[{ ...query, filter: undefined }],
	])('refuses %j', value => {
		expect(readPanelRequest(value)).toBeUndefined();
	});

	it('never throws and never passes on more than it promises', () => {
		fc.assert(
			fc.property(
				fc.oneof(fc.anything(), fc.record({ kind: fc.constant('query'), filter: fc.anything() })),
				value => {
					const request = readPanelRequest(value);
					if (request?.kind === 'query') {
						expect(request.limit).toBeLessThanOrEqual(PANEL_PAGE_LIMIT);
					}
				},
			),
		);
	});
});
