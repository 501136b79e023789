import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type Disposable } from '../base/disposable';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { type GrantBook, type Notice } from '../firewall/ports';
import { answerNotice } from './answerNotice';
import { commandIds, innerCommandIds, settingIds, SHOW_DIFFERENCE } from './contributions';
import { driftText, isDriftGrave } from './driftText';
import { type AnswerBatch, NoticeGate, type ToldAnswer } from './noticeGate';
import { quoteForPerson } from './quote';
import { denialsBehind, refusalText, reviewBehind, sourceText, wasDeniedBefore } from './refusalText';
import { setting } from './effectiveSettings';
import { say } from './say';
import { statusReasonText } from './statusReasonText';

const OPEN_PANEL = () => say('Open Audit Panel');
const SHOW = () => say('Show');
const WHY = () => say('Why?');
const REVIEW = () => say('Review Server…');
const SHOW_WHAT_CHANGED = () => say('Show Difference');
const ASK_AGAIN = () => say('Ask Again');
const GRANTS = () => say('Manage Grants…');
/** The reason of a call whose tool rests. */
const SUSPENDED = 'tool_suspended';
/** Milliseconds that the status bar says that the next call asks. */
const SAID_MS = 8_000;

/** Outcomes of an approval that a person has brought about. */
const ANSWERED: readonly string[] = ['denied', 'dismissed', 'cancelled'];

/** Shows what a person should know without being asked. Never awaited by the path of a call. */
export class Notices implements Disposable {
	private readonly gate: NoticeGate;

	constructor(clock: Clock) {
		this.gate = new NoticeGate(clock, batch => {
			void showAnswers(batch);
		});
	}

	show(notice: Notice, grants: GrantBook): void {
		if (!setting<boolean>(settingIds.notices, true)) {
			return;
		}
		if (notice.kind === 'quarantined' || notice.kind === 'withheld') {
			this.gate.add(notice);
		} else {
			void show(notice, grants);
		}
	}

	dispose(): void {
		this.gate.dispose();
	}
}

/** Answers that did not reach the agent as they came, of one server. */
async function showAnswers(batch: AnswerBatch): Promise<void> {
	const notice = answerNotice(batch);
	if (notice === undefined) {
		return;
	}
	const { message, show, panel, suppress } = notice;
	const buttons = [
		...(show === undefined ? [] : [SHOW()]),
		// What silences a finding does not come first: the first button is pressed without reading.
		OPEN_PANEL(),
		...(suppress === undefined ? [] : [suppress.button]),
	];
	const choice = await vscode.window.showWarningMessage(message, ...buttons);
	await runIf(choice === SHOW(), commandIds.withheldAnswers, show);
	await runIf(choice === OPEN_PANEL(), commandIds.openPanel, ...(panel === '' ? [] : [panel]));
	await runIf(choice !== undefined && choice === suppress?.button, innerCommandIds.suppressRule, suppress?.id);
}

async function show(notice: Exclude<Notice, ToldAnswer>, grants: GrantBook): Promise<void> {
	switch (notice.kind) {
		case 'refused': {
			const { entry } = notice;
			// Who said no, or cancelled the call, knows.
			if (entry.kind !== 'call' || ANSWERED.includes(entry.approval?.outcome ?? '')) {
				return;
			}
			const unreviewed = reviewBehind(entry);
			const buttons = [
				...(unreviewed === undefined ? [] : [REVIEW()]),
				...(wasDeniedBefore(entry) ? [ASK_AGAIN()] : entry.detail === SUSPENDED ? [GRANTS()] : [WHY()]),
				OPEN_PANEL(),
			];
			const choice = await vscode.window.showInformationMessage(refusalText(entry), ...buttons);
			if (choice === ASK_AGAIN()) {
				await forgetDenial(entry, grants);
			}
			await runIf(choice === REVIEW(), commandIds.reviewServer, unreviewed);
			await runIf(choice === GRANTS(), commandIds.manageGrants);
			await runIf(choice === OPEN_PANEL(), commandIds.openPanel, entry.id);
			await runIf(choice === WHY(), innerCommandIds.why, entry.id);
			return;
		}
		case 'drifted': {
			const { showWarningMessage, showInformationMessage } = vscode.window;
			const tell = isDriftGrave(notice) ? showWarningMessage : showInformationMessage;
			const choice = await tell(driftText(notice), REVIEW(), SHOW_WHAT_CHANGED());
			await runIf(choice === REVIEW(), commandIds.reviewServer, notice.serverId);
			await runIf(choice === SHOW_WHAT_CHANGED(), commandIds.reviewServer, notice.serverId, SHOW_DIFFERENCE);
			return;
		}
		case 'suspended': {
			const who = sourceText(notice.server.name, undefined);
			const choice = await vscode.window.showWarningMessage(
				say(
					'MCP Firewall suspended {0} before it was started: {1}.',
					who,
					quoteForPerson(statusReasonText(notice.reason), 300),
				),
				REVIEW(),
			);
			await runIf(choice === REVIEW(), commandIds.reviewServer, notice.server.id);
			return;
		}
	}
}

/** The call that was refused is over; what the agent sends next is asked about. */
async function forgetDenial(entry: AuditRecord, grants: GrantBook): Promise<void> {
	for (const { id } of denialsBehind(entry, await grants.list())) {
		await grants.revoke(id);
	}
	vscode.window.setStatusBarMessage(say('MCP Firewall: the next such call asks you again.'), SAID_MS);
}

async function runIf(condition: boolean, command: string, ...args: unknown[]): Promise<void> {
	if (condition) {
		await vscode.commands.executeCommand(command, ...args);
	}
}
