import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readReviewAsk } from '../../../src/shared/readReviewAsk';

const APPROVE = { kind: 'approve', accepted: [0, 2], ceiling: 'internal', owner: 'dev' };

describe('readReviewAsk', () => {
	it.each([
		{ kind: 'ready' },
		{ kind: 'compare' },
		{ kind: 'pin' },
		{ kind: 'dismiss' },
		{ kind: 'show', item: 3 },
		{ kind: 'capability', item: 0, text: 'filesystem.read' },
		APPROVE,
		{ ...APPROVE, accepted: [] },
	])('reads %j', ask => {
		expect(readReviewAsk(ask)).toEqual(ask);
		expect(readReviewAsk({ ...ask, pins: ['mine'] })).toEqual(ask);
	});

	it.each([
		null,
		'approve',
		[],
		{},
		{ kind: 'Approve' },
		{ kind: 'show' },
		{ kind: 'show', item: -1 },
		{ kind: 'show', item: 1.5 },
		{ kind: 'show', item: '1' },
		{ kind: 'capability', item: 0 },
		{ kind: 'capability', item: 0, text: 'x'.repeat(257) },
		{ ...APPROVE, accepted: undefined },
		{ ...APPROVE, accepted: [0, 0] },
		{ ...APPROVE, accepted: [2, 0] },
		{ ...APPROVE, accepted: [0, '1'] },
		{ ...APPROVE, accepted: [0, null, 1] },
		{ ...APPROVE, accepted: Array.from({ length: 10_001 }, (_, at) => at) },
		{ ...APPROVE, ceiling: 'none' },
		{ ...APPROVE, ceiling: undefined },
		{ ...APPROVE, owner: 7 },
		{ ...APPROVE, owner: 'x'.repeat(257) },
	])('takes %j for nothing', value => {
		expect(readReviewAsk(value)).toBeUndefined();
	});

	it('never throws', () => {
		fc.assert(fc.property(fc.anything(), value => void readReviewAsk(value)));
	});
});
