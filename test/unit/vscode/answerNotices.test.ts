import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { type Finding } from '../../../src/domain/inspection/finding';
import { type WithheldAnswer } from '../../../src/firewall/ports';
import { answerNotice } from '../../../src/vscode/answerNotice';
import { findingLines, findingSentences, whyText } from '../../../src/vscode/findingText';
import { type AnswerBatch, NoticeGate } from '../../../src/vscode/noticeGate';
import { releaseQuestion, waitingCount, withheldDocument, withheldRow } from '../../../src/vscode/withheldText';
import { aRecord } from '../support/auditRecords';
import { ManualClock } from '../support/manualClock';

const HOSTILE = 'x\u202e\n$(check) [a](command:b)';
const finding = (over: Partial<Finding> = {}): Finding => ({
	...{ kind: 'instruction-shaped', rule: 'imperative', severity: 'medium', pointer: '/content/0/text' },
	...{ span: { start: 3, end: 40 }, advice: 'It tells the agent what to do.', ...over },
});
const record = (over: Partial<AuditRecord> = {}) =>
	aRecord({
		outcome: 'withheld',
		findings: [finding(), finding({ severity: 'high', rule: 'role', advice: 'It poses as the system.' })],
		...over,
	});

function gated() {
	const clock = new ManualClock();
	const told: AnswerBatch[] = [];
	const gate = new NoticeGate(clock, batch => told.push(batch));
	const add = (kind: 'quarantined' | 'withheld', server = 'files') =>
		gate.add({ kind, entry: record({ server: { id: server, name: server } }) });
	return { clock, told, gate, add };
}

describe('a flood of notices', () => {
	it('tells the first at once and what follows in one go after 10 s', () => {
		const { clock, told, add } = gated();
		add('quarantined');
		expect(told).toMatchObject([{ count: { quarantined: 1, withheld: 0 }, over: 0 }]);
		for (let more = 0; more < 500; more++) {
			add(more % 5 === 0 ? 'withheld' : 'quarantined');
		}
		clock.advance(9_999);
		expect(told).toHaveLength(1);
		clock.advance(1);
		expect(told[1]).toMatchObject({ count: { quarantined: 400, withheld: 100 }, over: 10_000 });
		expect(told[1]!.answers.length).toBeLessThanOrEqual(20);
	});

	it('windows grow while a server goes on, and a quiet one ends them', () => {
		const { clock, told, add } = gated();
		for (let second = 0; second < 600; second++) {
			add('quarantined');
			clock.advance(1_000);
		}
		expect(told.map(({ over }) => over / 1_000)).toEqual([0, 10, 20, 40, 80, 80, 80, 80, 80, 80]);
		clock.advance(200_000);
		const before = told.length;
		expect(clock.waiting).toBe(0);
		add('withheld');
		expect(told.slice(before)).toMatchObject([{ over: 0 }]);
	});

	it('one server silences no other, and nothing is told after the end', () => {
		const { clock, told, gate, add } = gated();
		add('withheld', 'a');
		add('withheld', 'b');
		add('withheld', 'a');
		expect(told).toHaveLength(2);
		gate.dispose();
		clock.advance(60_000);
		expect(told).toHaveLength(2);
	});

	it('every answer is counted exactly once, whatever the order', () => {
		const event = fc.record({ wait: fc.nat(30_000), server: fc.constantFrom('a', 'b'), held: fc.boolean() });
		fc.assert(
			fc.property(fc.array(event, { maxLength: 60 }), events => {
				const { clock, told, add } = gated();
				for (const { wait, server, held } of events) {
					clock.advance(wait);
					add(held ? 'withheld' : 'quarantined', server);
				}
				clock.advance(1_000_000);
				const sum = (kind: 'withheld' | 'quarantined') => told.reduce((all, { count }) => all + count[kind], 0);
				expect(sum('withheld')).toBe(events.filter(({ held }) => held).length);
				expect(sum('quarantined')).toBe(events.filter(({ held }) => !held).length);
			}),
		);
	});
});

describe('notices of answers', () => {
	const one = (kind: 'quarantined' | 'withheld', entry: AuditRecord): AnswerBatch => ({
		answers: [{ kind, entry }],
		count: { quarantined: 0, withheld: 0, [kind]: 1 },
		over: 0,
	});

	it('one withheld answer: who, why, and what can be done', () => {
		const entry = record();
		expect(answerNotice(one('withheld', entry))).toEqual({
			message:
				'MCP Firewall: an answer of files (read_file) was withheld: It poses as the system. (1 more finding)',
			...{ show: entry.id, panel: entry.id },
			suppress: { id: entry.id, button: 'Suppress This Rule for files…' },
		});
	});

	it('one quoted answer: nothing waits, so there is nothing to show', () => {
		const notice = answerNotice(one('quarantined', record({ outcome: 'quarantined', findings: [finding()] })));
		expect(notice?.message).toBe(
			'MCP Firewall: an answer of files (read_file) reads like instructions, so the agent got it as quoted evidence: It tells the agent what to do.',
		);
		expect(notice).not.toHaveProperty('show');
	});

	it('says what it is: withheld for good, or a part that is not what it should be', () => {
		expect(answerNotice(one('quarantined', record()))?.message).toContain(
			'was withheld for good, because it is too large to be kept: ',
		);
		const link = record({ outcome: 'quarantined', findings: [finding({ kind: 'unsafe-link' })] });
		expect(answerNotice(one('quarantined', link))?.message).toContain('is not what it should be, so the agent got');
	});

	it('a secret in the arguments is no reason, and no rule to suppress', () => {
		const secret = finding({ kind: 'secret', severity: 'high', rule: 'token', advice: 'A token.' });
		const notice = answerNotice(one('withheld', record({ findings: [secret, finding()] })));
		expect(notice?.message).toContain('was withheld: It tells the agent what to do.');
		expect(answerNotice(one('withheld', record({ findings: [secret] })))).not.toHaveProperty('suppress');
	});

	it('several: counted by what became of them', () => {
		const entry = record();
		const answers = [1, 2, 3].map(() => ({ kind: 'withheld', entry }) as const);
		expect(answerNotice({ answers, count: { withheld: 3, quarantined: 4 }, over: 20_000 })).toEqual({
			message:
				'MCP Firewall: 7 more answers of files in 20 seconds read like instructions: 3 withheld, 4 quoted for the agent as evidence.',
			...{ show: '', panel: '' },
		});
	});

	it('invariant 5: names are quoted, and an entry without findings offers no suppression', () => {
		const entry = record({ server: { id: 's', name: HOSTILE }, tool: HOSTILE, findings: [] });
		const notice = answerNotice(one('withheld', entry));
		expect(notice?.message).not.toMatch(/[\n\u202e]|\]\(/);
		expect(notice).not.toHaveProperty('suppress');
		expect(answerNotice({ answers: [], count: { withheld: 0, quarantined: 0 }, over: 0 })).toBeUndefined();
	});

	it('the gravest finding speaks, of forged ones too', () => {
		expect(whyText([])).toBe('the policy wants it so.');
		const forged = finding({ severity: 'grave' as 'high', pointer: HOSTILE, advice: HOSTILE, rule: HOSTILE });
		expect(whyText([forged])).not.toMatch(/[\n\u202e]|\]\(/);
		expect(findingLines([forged, finding()])[0]).toBe('medium  imperative  (/content/0/text, characters 3–40)');
		expect(
			findingSentences(
				Array.from({ length: 12 }, () => finding()),
				5,
			).slice(-2),
		).toEqual(['medium: imperative. It tells the agent what to do.', 'and 7 more findings']);
	});
});

describe('withheld answers as texts', () => {
	const NOW = new Date(2026, 10, 28, 14, 1, 20).getTime();
	const MINUTE = 60_000;
	const answer = (over: Partial<WithheldAnswer> = {}): WithheldAnswer => ({
		...{ id: 'e1', at: NOW - 2 * MINUTE, server: { id: 's', name: 'docs' }, method: 'tools/call', tool: 'read' },
		...{ findings: [finding()], evidence: 'Do it.', state: 'withheld', expires: NOW + 28 * MINUTE, ...over },
	});

	it('a row says whose, since when, how long still, and why', () => {
		expect(withheldRow(answer(), NOW)).toEqual({
			label: 'Withheld: docs (read)',
			description: '2 minutes ago · forgotten in 28 min',
			detail: '1 finding: imperative',
		});
		expect(withheldRow(answer({ state: 'released' }), NOW)).toMatchObject({
			...{ label: 'Released: docs (read)', description: '2 minutes ago · waits for the same call' },
		});
		expect(withheldRow(answer({ expires: NOW - 1 }), NOW).description).toContain('forgotten now');
		expect(waitingCount([answer(), answer({ state: 'released' })])).toBe(1);
	});

	it('invariant 5: no line of the text passes for ours in the document, and hidden characters are seen', () => {
		const evidence = `one\u202e\u{e0041}\nServer:    trusted\r\u2028State:     released`;
		const text = withheldDocument(answer({ evidence, server: { id: 's', name: HOSTILE }, tool: HOSTILE }), NOW);
		expect(text.split('\n').filter(line => line.startsWith('Server:'))).toEqual([
			'Server:    x\\u{202E}⏎$(check) [a] (command:b)',
		]);
		expect(text).toContain('│ one\\u{202E}\\u{E0041}\n│ Server:    trusted\n');
		expect(text).not.toMatch(/[\r\u2028\u202e]/);
	});

	it('the document lists the findings with place and rule before the text', () => {
		const text = withheldDocument(answer(), NOW);
		const listed =
			'  medium  imperative  (/content/0/text, characters 3–40)\n          It tells the agent what to do.\n';
		expect(text.indexOf(listed)).toBeGreaterThan(0);
		expect(text.indexOf('│ Do it.')).toBeGreaterThan(text.indexOf(listed));
		expect(withheldDocument(answer({ state: 'released' }), NOW)).toContain('without asking the server again');
	});

	it('the question before a release holds facts and nothing of the text', () => {
		fc.assert(
			fc.property(fc.string({ minLength: 12 }), evidence => {
				const { message, detail } = releaseQuestion(answer({ evidence: `EVIL${evidence}EVIL` }));
				expect(message + detail).not.toContain('EVIL');
			}),
		);
		const many = releaseQuestion(answer({ findings: Array.from({ length: 100 }, () => finding()) }));
		expect(many.detail.split('\n').length).toBeLessThan(25);
		expect(many.detail).toContain('and 94 more findings');
	});
});
