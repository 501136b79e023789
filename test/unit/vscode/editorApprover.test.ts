import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type ApprovalAnswer, type ApprovalRequest } from '../../../src/domain/approval/approval';
import { type ApprovalSurface } from '../../../src/vscode/openQuestion';
import { anApprovalRequest } from '../support/approvalRequests';
import { ManualClock } from '../support/manualClock';

/** A message on the screen. */
interface Shown {
	readonly text: string;
	readonly modal: boolean;
	readonly buttons: readonly string[];
	/** Clicks a button by its words, or closes it. */
	click(title?: string): void;
}

const screen = vi.hoisted(() => ({
	shown: [] as Shown[],
	told: [] as string[],
	/** Editors that are not open yet: called, one is. */
	opening: [] as (() => void)[],
}));

vi.mock('vscode', () => {
	type Button = string | { readonly title: string };
	const titleOf = (button: Button) => (typeof button === 'string' ? button : button.title);
	return {
		ProgressLocation: { Notification: 15 },
		window: {
			showWarningMessage: (text: string, ...rest: (Button | { readonly modal: boolean })[]) =>
				new Promise(resolve => {
					const modal = rest.some(each => typeof each === 'object' && 'modal' in each);
					const buttons = rest.filter(
						(each): each is Button => typeof each === 'string' || !('modal' in each),
					);
					screen.shown.push({
						...{ text, modal, buttons: buttons.map(titleOf) },
						click: title => {
							resolve(buttons.find(each => titleOf(each) === title));
						},
					});
				}),
			showInformationMessage: (text: string) => {
				screen.told.push(text);
				return Promise.resolve(undefined);
			},
			showTextDocument: () => new Promise<void>(resolve => screen.opening.push(resolve)),
			withProgress: (_options: unknown, run: (progress: unknown, token: unknown) => Promise<unknown>) =>
				run({}, { onCancellationRequested: () => ({ dispose: () => undefined }) }),
			tabGroups: { all: [], close: () => Promise.resolve(true) },
		},
	};
});

const { EditorApprover } = await import('../../../src/vscode/editorApprover');

beforeEach(() => {
	screen.shown.length = 0;
	screen.told.length = 0;
	screen.opening.length = 0;
});

/** An approver whose person wants to be asked there. */
function setUp(surface: ApprovalSurface) {
	const clock = new ManualClock();
	const approver = new EditorApprover({
		clock,
		documents: { add: () => undefined } as never,
		host: () => ({ workspaceFolders: ['/ws'], caseInsensitivePaths: false }),
		surface: () => surface,
	});
	const waiting: number[] = [];
	const inPanel: string[] = [];
	approver.onDidChangeWaiting(count => waiting.push(count));
	approver.onDidWaitInPanel(({ current }) => inPanel.push(current.id));
	const ask = (id: string, over: Partial<ApprovalRequest> = {}): Promise<ApprovalAnswer> =>
		approver.ask(
			anApprovalRequest({ id, digest: `of ${id}`, timeoutMs: 1_000, ...over }),
			new AbortController().signal,
		);
	return { approver, clock, ask, waiting, inPanel };
}

const settle = async () => {
	for (let turn = 0; turn < 6; turn++) await new Promise<void>(resolve => setImmediate(resolve));
};
const last = () => screen.shown.at(-1)!;

describe('EditorApprover (issue 9.3)', () => {
	it('asks by notification about a calm call; a click is the answer, bound to the digest', async () => {
		const { ask, waiting } = setUp('notification');
		const answer = ask('a');
		await settle();
		expect([last().modal, last().buttons]).toEqual([false, ['Show Details', 'Allow Once', 'More…', 'Deny']]);
		last().click('Allow Once');
		expect(await answer).toEqual({ requestId: 'a', digest: 'of a', outcome: 'allowed-once' });
		expect(waiting.at(-1)).toBe(0);
	});

	it.each(['notification', 'panel'] as const)(
		'a risky call is a modal where the person chose the %s',
		async surface => {
			const { ask, inPanel } = setUp(surface);
			const answer = ask('a', { capability: 'shell.execute' });
			await settle();
			expect([last().modal, last().buttons.at(0), last().buttons.at(-1), inPanel]).toEqual([
				true,
				'Show Details',
				'Deny',
				[],
			]);
			last().click('Deny');
			expect((await answer).outcome).toBe('denied');
		},
	);

	it('a calm call that waits keeps no risky one from being asked about', async () => {
		const { ask } = setUp('notification');
		void ask('calm');
		const risky = ask('risky', { capability: 'shell.execute' });
		await settle();
		expect(screen.shown.map(({ modal }) => modal)).toEqual([false, true]);
		last().click('Allow Once');
		expect((await risky).outcome).toBe('allowed-once');
	});

	it('INVARIANT 3: a notification that is closed is no answer: the call waits on, until silence is deny', async () => {
		const { ask, clock, waiting } = setUp('notification');
		const answer = ask('a');
		await settle();
		last().click();
		await settle();
		expect([screen.shown.length, waiting.at(-1)]).toEqual([1, 1]);
		clock.advance(1_000);
		expect((await answer).outcome).toBe('timeout');
	});

	it.each([
		['notification', {}, 'Allow Once'],
		['notification', {}, undefined],
		['modal', {}, 'Allow Once'],
		['panel', { capability: 'shell.execute' }, 'Allow Once'],
	] as const)(
		'%s: one question at a time; the next comes where a double click cannot answer it',
		async (surface, over, click) => {
			const { ask, clock } = setUp(surface);
			const [first, second] = [ask('a', over), ask('b', over)];
			await settle();
			expect(screen.shown).toHaveLength(1);
			last().click(click);
			await settle();
			clock.advance(499);
			await settle();
			expect(screen.shown).toHaveLength(1);
			clock.advance(1);
			await settle();
			expect(screen.shown).toHaveLength(2);
			last().click('Deny');
			expect((await second).outcome).toBe('denied');
			if (click !== undefined) expect((await first).outcome).toBe('allowed-once');
		},
	);

	it('recalled, it is a modal; what is clicked on its notification afterwards changes nothing and is told', async () => {
		const { ask, approver } = setUp('notification');
		const answer = ask('a');
		await settle();
		const [toast] = screen.shown;
		expect(approver.recall()).toBe(true);
		await settle();
		expect(last().modal).toBe(true);
		last().click('Deny');
		expect((await answer).outcome).toBe('denied');
		toast?.click('Allow Once');
		await settle();
		expect(screen.told).toEqual([expect.stringMatching(/You had answered this question already/)]);
		expect(approver.recall()).toBe(false);
	});

	it('More… leads to the modal with every answer', async () => {
		const { ask } = setUp('notification');
		const answer = ask('a');
		await settle();
		last().click('More…');
		await settle();
		expect([last().modal, last().buttons.includes('Allow for Session')]).toEqual([true, true]);
		last().click('Allow for Session');
		expect((await answer).outcome).toBe('allowed-session');
	});

	it('a late click on the notification of a call that timed out says that nothing was sent', async () => {
		const { ask, clock } = setUp('notification');
		const answer = ask('a');
		await settle();
		clock.advance(1_000);
		expect((await answer).outcome).toBe('timeout');
		last().click('Allow Once');
		await settle();
		expect(screen.told).toEqual([expect.stringMatching(/had ended before you answered\. Nothing was sent\./)]);
	});

	it('in the panel it waits without a word on the screen, and can be answered there or, recalled, by modal', async () => {
		const { ask, approver, inPanel } = setUp('panel');
		const [first, second] = [ask('a'), ask('b')];
		await settle();
		expect([inPanel, screen.shown]).toEqual([['a', 'b'], []]);
		expect(approver.panel.state()).toMatchObject({ question: { id: 'a' } });
		approver.panel.answer({ kind: 'answer', id: 'a', digest: 'of a', choice: 0 });
		expect((await first).outcome).toBe('allowed-once');
		expect(approver.recall()).toBe(true);
		await settle();
		expect(approver.panel.state()).toEqual({ kind: 'waiting' });
		last().click('Allow Once');
		expect(await second).toMatchObject({ requestId: 'b', outcome: 'allowed-once' });
	});

	it('who wants to answer while the details still open is asked when they are', async () => {
		const { approver, ask } = setUp('modal');
		const answer = ask('a', { paths: [] });
		await settle();
		const openAll = async () => {
			for (let next = screen.opening.shift(); next !== undefined; next = screen.opening.shift()) {
				next();
				await settle();
			}
		};
		last().click('Show Details');
		await settle();
		expect(screen.opening.length).toBe(1);
		const before = screen.shown.length;
		expect(approver.recall()).toBe(true);
		await openAll();
		expect(screen.shown.length).toBe(before + 1);
		last().click('Allow Once');
		expect((await answer).outcome).toBe('allowed-once');
	});

	it('what the modal has no room for cannot be allowed before the details are open, however the person hurries', async () => {
		const { approver, ask } = setUp('modal');
		const answer = ask('a', { paths: [], argumentsText: JSON.stringify({ path: 'x'.repeat(5_000) }) });
		await settle();
		expect(last().buttons).not.toContain('Allow Once');
		last().click('Show Details');
		await settle();
		approver.recall();
		const before = screen.shown.length;
		for (let next = screen.opening.shift(); next !== undefined; next = screen.opening.shift()) {
			next();
			await settle();
		}
		expect(screen.shown.length).toBe(before);
		approver.recall();
		await settle();
		last().click('Allow Once');
		expect((await answer).outcome).toBe('allowed-once');
	});

	it('Escape in a modal is no yes', async () => {
		const { ask } = setUp('modal');
		const answer = ask('a');
		await settle();
		last().click();
		expect((await answer).outcome).toBe('dismissed');
	});
});
