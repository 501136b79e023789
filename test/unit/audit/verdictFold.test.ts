import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditEntry, type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { type Folded, VerdictFold } from '../../../src/domain/audit/verdictFold';
import { aRecord, chained } from '../support/auditRecords';

type Item = { readonly entry: AuditEntry };

function folded(records: readonly AuditRecord[]): Folded<Item>[] {
	const fold = new VerdictFold<Item>();
	const out = chained(records).flatMap(entry => [...fold.add({ entry })]);
	return [...out, ...fold.rest()];
}

const facts = { context: 'c', by: 'catalogue', labels: ['secret' as const] };

describe('verdicts and their outcomes', () => {
	it('count once, and the outcome has the facts of its verdict while its own entry stays as it is', () => {
		const call = aRecord({ outcome: 'answered' });
		const verdict = aRecord({ kind: 'verdict', outcome: 'pending', callId: call.id, facts });
		const [only, ...others] = folded([verdict, call]);
		expect(others).toEqual([]);
		expect(only?.entry).toMatchObject({ id: call.id, facts });
		expect(only?.item.entry.facts).toBeUndefined();
		expect(only?.verdict?.entry.id).toBe(verdict.id);
	});

	it('a verdict whose outcome nobody recorded stands alone, also where another one claims the same call', () => {
		const verdicts = [1, 2].map(() => aRecord({ kind: 'verdict', outcome: 'pending', callId: 'x' }));
		expect(folded(verdicts).map(({ entry }) => entry.id)).toEqual(verdicts.map(({ id }) => id));
	});

	it('no entry is lost and none counts twice, however many verdicts wait', () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(5)), { maxLength: 40 }), steps => {
				const records = steps.map(([isVerdict, call]) =>
					aRecord(
						isVerdict
							? { kind: 'verdict', outcome: 'pending', callId: `call-${String(call)}` }
							: { id: `call-${String(call)}` },
					),
				);
				const given = folded(records).flatMap(({ item, verdict }) => [item, ...(verdict ? [verdict] : [])]);
				expect(given.map(({ entry }) => entry.seq).sort((a, b) => a - b)).toEqual(records.map((_, at) => at));
			}),
		);
	});

	it('a forged flood of verdicts is let out again', () => {
		const fold = new VerdictFold<Item>();
		const [entry] = chained([aRecord({ kind: 'verdict', outcome: 'pending' })]);
		let out = 0;
		for (let at = 0; at < 10_050; at++) {
			out += fold.add({ entry: { ...entry!, callId: String(at) } }).length;
		}
		expect(out).toBe(50);
	});
});
