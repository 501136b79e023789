import { describe, expect, it } from 'vitest';
import { type ApprovalRequest } from '../../../src/domain/approval/approval';
import { type ApprovalSurface, choicesOf, DENY, OpenQuestion } from '../../../src/vscode/openQuestion';
import { PanelQueue } from '../../../src/vscode/panelQueue';
import { anApprovalRequest } from '../support/approvalRequests';

/** A queue over these questions, and what the person was told and gave. */
function setUp(...questions: readonly OpenQuestion[]) {
	const told: boolean[] = [];
	const given: string[] = [];
	for (const question of questions) {
		question.onDidAnswer(outcome => given.push(`${question.current.id} ${outcome}`));
	}
	const queue = new PanelQueue({
		questions: () => questions,
		when: ({ answerBy }) => ({ now: 0, answerBy, more: questions.filter(({ isOver }) => !isOver).length - 1 }),
		tellOver: ({ wasAnswered }) => told.push(wasAnswered),
	});
	const shown = () => {
		const message = queue.state();
		return message.kind === 'waiting' ? message.question : undefined;
	};
	return { queue, shown, told, given };
}

const question = (id: string, surface: ApprovalSurface = 'panel', over: Partial<ApprovalRequest> = {}) =>
	new OpenQuestion(anApprovalRequest({ id, digest: `digest of ${id}`, ...over }), 60_000, surface);
const answer = (id: string, choice: 'deny' | number, digest = `digest of ${id}`) =>
	({ kind: 'answer', id, digest, choice }) as const;

describe('PanelQueue (issue 9.3)', () => {
	it('shows one question, the first that waits in the panel, with what waits behind it', () => {
		const { shown } = setUp(question('risky', 'modal'), question('a'), question('b'));
		expect(shown()).toMatchObject({ id: 'a', digest: 'digest of a' });
		expect(shown()?.answerBy).toMatch(/, else it is denied\. 2 more calls wait after this\.$/);
		expect(setUp().shown()).toBeUndefined();
	});

	it('an answer is taken, and the next question comes', () => {
		const { queue, shown, given } = setUp(question('a'), question('b'));
		expect(shown()?.choices.map(({ title }) => title)).toEqual(['Allow Once', 'Allow for Session']);
		queue.answer(answer('a', 1));
		expect(given).toEqual(['a allowed-session']);
		expect(shown()?.id).toBe('b');
		queue.answer(answer('b', 'deny'));
		expect(given).toEqual(['a allowed-session', 'b denied']);
		expect(shown()).toBeUndefined();
	});

	it.each([
		['the page was shown nothing', answer('a', 0), false],
		['another question is shown', answer('b', 0), true],
		['what would be sent is another', answer('a', 0, 'digest of b'), true],
		['it is a choice that is not offered', answer('a', 7), true],
		['the question is asked by modal', answer('risky', 0), true],
	])('INVARIANT 10: no answer counts where %s', (_why, given, look) => {
		const room = setUp(question('risky', 'modal'), question('a'), question('b'));
		if (look) {
			room.shown();
		}
		room.queue.answer(given);
		expect(room.given).toEqual([]);
	});

	it('a click on a question that was answered elsewhere, or has ended, is told so and changes nothing', () => {
		const [first, second, third] = [question('a'), question('b'), question('c')];
		const { queue, shown, told, given } = setUp(first, second, third);
		shown();
		first.take(DENY);
		queue.answer(answer('a', 0));
		expect([told, given]).toEqual([[true], ['a denied']]);
		expect(shown()?.id).toBe('b');
		second.end();
		expect(shown()?.id).toBe('c');
		queue.answer(answer('b', 0));
		expect([told, given]).toEqual([[true, false], ['a denied']]);
	});

	it('details are those of the question that is shown; it then leaves the panel', () => {
		const first = question('a');
		const { queue, shown } = setUp(first, question('b'));
		shown();
		queue.details('b');
		expect(first.surface).toBe('panel');
		queue.details('a');
		expect([first.surface, first.wantsDetails, shown()?.id]).toEqual(['modal', true, 'b']);
	});
});

describe('OpenQuestion', () => {
	it('takes one answer, the first', () => {
		const asked = question('a');
		const heard: string[] = [];
		asked.onDidAnswer(outcome => heard.push(outcome));
		const [once, session] = choicesOf(asked.current);
		expect([asked.take(session!), asked.take(once!), asked.take(DENY)]).toEqual([true, false, false]);
		expect([heard, asked.isOver, asked.wasAnswered]).toEqual([['allowed-session'], true, true]);
	});

	it('takes none once it ended, and then nobody answered it', () => {
		const asked = question('a');
		asked.end();
		expect([asked.take(DENY), asked.wasAnswered, asked.over.aborted]).toEqual([false, false, true]);
	});
});
