import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PANEL_PAGE_LIMIT, PANEL_TEXT_LIMIT } from '../../../src/shared/panelProtocol';
import { readFilter, readPanelRequest } from '../../../src/shared/readPanelRequest';

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
		expect(readPanelRequest({ kind: 'cancel', what: 'x' })).toEqual({ kind: 'cancel' });
		for (const kind of ['rule', 'diff']) {
			expect(readPanelRequest({ kind, id: 'a', effect: 'allow' })).toEqual({ kind, id: 'a' });
		}
		expect(readPanelRequest({ kind: 'overview', query: 2, filter: { tool: 't' }, limit: 1 })).toEqual({
			...{ kind: 'overview', query: 2, filter: { tool: 't' } },
		});
		expect(readPanelRequest({ kind: 'session', session: 's' })).toEqual({ kind: 'session', session: 's' });
		expect(readPanelRequest({ kind: 'export', filter: {}, out: '/etc/passwd' })).toEqual({
			...{ kind: 'export', filter: {} },
		});
		expect(readPanelRequest({ kind: 'link', filter: {}, session: 's' })).toEqual({
			...{ kind: 'link', filter: {}, session: 's' },
		});
		expect(readPanelRequest({ kind: 'link', filter: {}, session: 3 })).toEqual({ kind: 'link', filter: {} });
	});

	it('A9: reads every member of a filter, times as UTC, and nothing that is no time', () => {
		const texts = {
			...{ server: 's', tool: 't', capability: 'c', verdict: 'deny', rule: 'r', agent: 'a', review: 'approved' },
			...{ version: '1', label: 'secret', session: 'x', text: 'y' },
		};
		expect(readFilter({ ...texts, kind: 'events', findings: true })).toEqual({
			...{ ...texts, kind: 'events', findings: true },
		});
		expect(readFilter({ from: '2026-11-28T12:00:00+02:00', to: '2026-11-28T12:00:00.5Z' })).toEqual({
			...{ from: '2026-11-28T10:00:00.000Z', to: '2026-11-28T12:00:00.500Z' },
		});
		for (const from of ['yesterday', '2026', '2026-11-28', '2026-11-28T12:00:00', '2026-99-28T12:00:00Z', 5, '']) {
			expect(readFilter({ from, kind: 'all' })).toEqual({});
		}
		expect(readFilter(Object.create({ tool: 'inherited', kind: 'calls' }) as Record<string, unknown>)).toEqual({});
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
		[{ kind: 'overview', filter: {} }],
		[{ kind: 'overview', query: 1, filter: 'x' }],
		[{ kind: 'session', session: '' }],
		[{ kind: 'rule', id: {} }],
		[{ kind: 'diff' }],
		[{ kind: 'export' }],
		[{ kind: 'link', session: 's' }],
		[{ kind: 'toString' }],
	])('refuses %j', value => {
		expect(readPanelRequest(value)).toBeUndefined();
	});

	it('never throws, gives the same for its own outcome, and never passes on more than it promises', () => {
		const kinds = ['query', 'overview', 'open', 'why', 'withheld', 'rule', 'diff', 'suppress', 'session', 'export'];
		const member = fc.oneof(fc.string({ maxLength: 2000 }), fc.anything(), fc.constant('2026-11-28T12:00:00Z'));
		const filter = fc.dictionary(fc.constantFrom(...names, 'from', 'to', 'kind', 'findings', '__proto__'), member);
		const shaped = fc.record({
			...{
				kind: fc.constantFrom(...kinds, 'link', 'verify', 'cancel', 'waiting', 'answer', 'details'),
				id: member,
				rule: member,
				session: member,
				digest: member,
				choice: fc.oneof(fc.nat(20), fc.constant('deny'), member),
			},
			...{
				query: fc.oneof(fc.nat(), member),
				offset: fc.oneof(fc.nat(), member),
				limit: fc.oneof(fc.nat(), member),
			},
			filter: fc.oneof(filter, fc.anything()),
		});
		fc.assert(
			fc.property(fc.oneof(fc.anything(), shaped), value => {
				const request = readPanelRequest(value);
				expect(readPanelRequest(request)).toEqual(request);
				if (request?.kind === 'query') {
					expect(request.limit).toBeLessThanOrEqual(PANEL_PAGE_LIMIT);
				}
				const longest = JSON.stringify(request ?? {}, (_key, text: unknown) =>
					typeof text === 'string' ? text.slice(0, PANEL_TEXT_LIMIT) : text,
				);
				expect(longest).toBe(JSON.stringify(request ?? {}));
			}),
			{ numRuns: 500 },
		);
	});

	it('an answer to a question comes through whole or not at all (issue 9.3)', () => {
		const answer = { kind: 'answer', id: 'a', digest: 'd', choice: 0 };
		expect(readPanelRequest(answer)).toEqual(answer);
		expect(readPanelRequest({ ...answer, choice: 'deny', more: 1 })).toEqual({ ...answer, choice: 'deny' });
		expect(readPanelRequest({ kind: 'details', id: 'a', digest: 'd' })).toEqual({ kind: 'details', id: 'a' });
		expect(readPanelRequest({ kind: 'waiting', focus: true })).toEqual({ kind: 'waiting' });
		for (const choice of [undefined, null, -1, 0.5, 16, Number.NaN, '0', 'allow', true, [0], {}]) {
			expect(readPanelRequest({ ...answer, choice })).toBeUndefined();
		}
		for (const text of [undefined, '', 5, 'x'.repeat(513)]) {
			expect(readPanelRequest({ ...answer, id: text })).toBeUndefined();
			expect(readPanelRequest({ ...answer, digest: text })).toBeUndefined();
		}
	});
});

const names = [
	...[
		'server',
		'tool',
		'capability',
		'verdict',
		'rule',
		'agent',
		'review',
		'version',
		'trust',
		'label',
		'session',
		'text',
	],
];
