import { describe, expect, it } from 'vitest';
import { approvalWord, eventWord, rowReason, statusOf, verdictWord } from '../../../src/webview/words';

const call = { kind: 'call', outcome: 'answered' } as const;
const verdict = { effect: 'allow', reason: 'policy_allow' } as const;

describe('words', () => {
	it.each([
		['Allowed', { ...call, verdict }],
		['Approved', { ...call, verdict: { ...verdict, effect: 'require_approval' } }],
		['Would deny', { ...call, verdict: { ...verdict, observed: 'deny' } }],
		['Would ask', { ...call, verdict: { ...verdict, observed: 'require_approval' } }],
		['Denied', { ...call, outcome: 'refused', verdict: { ...verdict, effect: 'deny' } }],
		['Not approved', { ...call, outcome: 'refused', verdict: { ...verdict, effect: 'require_approval' } }],
		['Quoted', { ...call, outcome: 'quarantined', verdict }],
		['Withheld', { ...call, outcome: 'withheld', verdict }],
		['Released', { ...call, outcome: 'quarantined', verdict, released: 'one' }],
		['Released', { ...call, verdict, released: 'one' }],
		['Withheld', { ...call, outcome: 'withheld', verdict, released: 'one' }],
		['Failed', { ...call, outcome: 'failed', verdict, released: 'one' }],
		['Notice', { ...call, verdict, findings: { worst: 'medium' } }],
		['Notice', { ...call, verdict: { ...verdict, effect: 'require_approval' }, findings: { worst: 'high' } }],
		['Would deny', { ...call, verdict: { ...verdict, observed: 'deny' }, findings: { worst: 'high' } }],
		['Allowed', { ...call, verdict, findings: { worst: 'low' } }],
		['Allowed', { ...call, verdict, findings: {} }],
		['Failed', { ...call, outcome: 'failed', verdict }],
		['Cancelled', { ...call, outcome: 'cancelled', verdict }],
		['Pending', { kind: 'verdict', outcome: 'pending', verdict }],
		['Passed', { kind: 'message', outcome: 'passed' }],
		['Answered', { kind: 'list', outcome: 'answered' }],
		['Event', { kind: 'lifecycle', outcome: 'noted', event: 'policy-loaded' }],
	] as const)('%s, of %j', (word, row) => {
		expect(statusOf(row).word).toBe(word);
	});

	it('alarms at alarming events', () => {
		expect(statusOf({ kind: 'lifecycle', outcome: 'noted', event: 'server-drifted' }).tone).toBe('warn');
		expect(statusOf({ kind: 'lifecycle', outcome: 'noted', event: 'policy-loaded' }).tone).toBe('event');
	});

	it('passes on words that it does not know, also those of Object.prototype', () => {
		expect(verdictWord('constructor')).toBe('constructor');
		expect(approvalWord('toString')).toBe('toString');
		expect(eventWord('novel')).toBe('novel');
	});

	it('says why in the list without saying it twice', () => {
		const rule = { id: 'allow[0]', file: 'p.yaml', line: 3 };
		expect(rowReason({ ...verdict, rule })).toBeUndefined();
		expect(rowReason({ ...verdict, rule, reason: 'reads are fine' })).toBe('reads are fine');
		expect(rowReason({ effect: 'deny', reason: 'policy_default_deny' })).toBe('No rule matched, so denied');
	});
});
