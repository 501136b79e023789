import { describe, expect, it } from 'vitest';
import { promptLine, promptPoints, promptRate } from '../../../src/webview/promptRate';

const counts = { allow: 0, require_approval: 0, deny: 0, none: 0 };
const top = { servers: [], tools: [], rules: [], refusals: [] };

describe('prompts per 100 calls (issue 9, item 2)', () => {
	it('says nothing where there were no calls, or the host does not tell', () => {
		const timeline = [{ from: '2026-11-28T10:00:00.000Z', counts }];
		expect(promptRate([])).toBeUndefined();
		expect(promptPoints(undefined)).toEqual([]);
		expect(promptPoints({ total: 1, timeline, bucketMs: 1000, top })).toEqual([]);
		expect(promptPoints({ total: 1, timeline, bucketMs: 1000, top, prompts: [{ calls: 0, prompts: 0 }] })).toEqual(
			[],
		);
	});

	it.each([
		[[{ calls: 3, prompts: 0 }], '0'],
		[[{ calls: 1000, prompts: 7 }], '0.7'],
		[[{ calls: 3, prompts: 1 }], '33'],
		[
			[
				{ calls: 1, prompts: 1 },
				{ calls: 3, prompts: 1 },
			],
			'50',
		],
	])('%j is %s', (given, rate) => {
		expect(promptRate(given)).toBe(rate);
	});

	it('draws one stretch as a level line and more from edge to edge', () => {
		const at = (calls: number, prompts: number) => ({ from: '', calls, prompts });
		expect(promptLine([at(2, 1)], 100, 22)).toBe('M0 11.0H100');
		expect(promptLine([at(1, 1), at(1, 0)], 100, 22)).toBe('M0.0 1.0L100.0 21.0');
	});
});
