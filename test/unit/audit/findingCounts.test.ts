import { describe, expect, it } from 'vitest';
import { findingCounts } from '../../../src/domain/audit/findingCounts';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { type Finding } from '../../../src/domain/inspection/finding';

const finding = (over: Partial<Finding> = {}): Finding => ({
	...{ kind: 'instruction-shaped', rule: 'r', severity: 'low', pointer: '', span: { start: 0, end: 1 }, advice: 'a' },
	...over,
});

describe('findingCounts', () => {
	it('says nothing of an entry in which nothing was seen, whatever a forger wrote there', () => {
		expect(findingCounts({})).toBeUndefined();
		expect(findingCounts({ findings: [], suppressed: [], masked: 0 })).toBeUndefined();
		const forged = { findings: 'many', suppressed: { count: 1 }, masked: '9' } as unknown as AuditRecord;
		expect(findingCounts(forged)).toBeUndefined();
	});

	it('the gravest counts; a secret of the arguments is not what the server said', () => {
		const findings = [finding(), finding({ severity: 'medium' }), finding({ kind: 'secret', severity: 'high' })];
		expect(findingCounts({ findings })).toEqual({ found: 3, worst: 'medium', suppressed: 0, masked: 0 });
	});

	it('what is suppressed is counted and is not the gravest', () => {
		const findings = [finding({ rule: 'a', severity: 'high' }), finding({ rule: 'b' })];
		const suppressed = [{ rule: 'a', count: 7, reason: 'a manual' }];
		expect(findingCounts({ findings, suppressed, masked: 1 })).toEqual({
			...{ found: 2, worst: 'low', suppressed: 7, masked: 1 },
		});
	});
});
