import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditFilter, FACETS } from '../../../src/domain/audit/auditFilter';
import { auditQuery, readAuditQuery } from '../../../src/shared/auditLink';
import { PANEL_TEXT_LIMIT } from '../../../src/shared/panelProtocol';

describe('audit links', () => {
	it.each([
		['', {}],
		['?&&==', {}],
		['command=workbench.action.quit&open=1&__proto__=x&toString=y', {}],
		['kind=all&from=yesterday&findings=true&findings=0', {}],
		['tool=%E0%A4%A', { tool: '\ufffd%A' }],
		['tool=a&tool=b', { tool: 'b' }],
		['tool=a+b%26c&findings=1', { tool: 'a b&c', findings: true }],
	])('of %j only filters are read', (query, filter) => {
		expect(readAuditQuery(query)).toEqual({ filter });
	});

	it('a long one is cut', () => {
		const { filter } = readAuditQuery(`text=${'x'.repeat(100_000)}&tool=t`);
		expect(filter).toEqual({ text: 'x'.repeat(PANEL_TEXT_LIMIT) });
	});

	it('a view comes back as it was', () => {
		const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
		const time = fc
			.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
			.map(date => date.toISOString());
		const texts = Object.fromEntries(FACETS.map(name => [name, text]));
		const filter = fc.record(
			{
				...{ ...texts, session: text, text, from: time, to: time },
				...{ kind: fc.constantFrom('calls', 'events'), findings: fc.constant(true) },
			},
			{ requiredKeys: [] },
		) as fc.Arbitrary<AuditFilter>;
		fc.assert(
			fc.property(filter, fc.option(text, { nil: undefined }), (wanted, session) => {
				const view = { filter: wanted, ...(session !== undefined && { session }) };
				expect(readAuditQuery(auditQuery(view))).toEqual(view);
			}),
		);
	});

	it('never throws', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), query => {
				readAuditQuery(query);
			}),
		);
	});
});
