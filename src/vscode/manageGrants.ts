import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type RememberedAnswer } from '../domain/approval/grant';
import { type GrantBook } from '../firewall/ports';
import { commandIds } from './contributions';
import { type DetailDocuments } from './detailDocuments';
import { answerRow, grantRuleDocument, newestFirst, revokeTitle, ruleEntry } from './grantText';
import { type GrantUses } from './grantUses';
import { say, sayCount } from './say';

/** What the command needs. */
export interface ManageGrantsOptions {
	readonly grants: GrantBook;
	readonly uses: Pick<GrantUses, 'of'>;
	readonly documents: DetailDocuments;
	readonly clock: Clock;
}

interface Item extends vscode.QuickPickItem {
	/** Absent in the row that says that there is nothing. */
	readonly answer?: RememberedAnswer;
}

const TRASH = new vscode.ThemeIcon('trash');
const SHOW_RULE: vscode.QuickInputButton = {
	iconPath: new vscode.ThemeIcon('law'),
	get tooltip() {
		return say('Show the rule that this grant amounts to');
	},
};
const REVOKE_ALL: vscode.QuickInputButton = {
	iconPath: new vscode.ThemeIcon('clear-all'),
	get tooltip() {
		return say('Revoke all: every such call asks again');
	},
};

/**
 * "Manage Grants…": everything a person answered that still counts, each to be taken back, which can only bring more
 * questions. The list follows what happens while it is open, in other windows too.
 */
export function manageGrants(options: ManageGrantsOptions): Promise<void> {
	const { grants } = options;
	const pick = vscode.window.createQuickPick<Item>();
	pick.title = say('Manage Grants');
	pick.matchOnDescription = true;
	pick.matchOnDetail = true;
	pick.busy = true;
	const refresh = async () => {
		const answers = newestFirst(await grants.list());
		pick.items = answers.length === 0 ? [NOTHING] : answers.map(answer => itemOf(answer, options));
		pick.buttons = answers.length === 0 ? [] : [REVOKE_ALL];
		pick.placeholder =
			answers.length === 0
				? say('There is nothing to take back')
				: say('Enter shows the rule of a grant, or offers to forget a no; the bin takes an answer back');
		pick.busy = false;
	};
	return new Promise((resolve, reject) => {
		const follow = grants.onDidChange(() => void refresh());
		pick.onDidTriggerItemButton(({ item: { answer }, button }) => {
			if (answer?.kind === 'grant' && button === SHOW_RULE) {
				pick.hide();
				showRule(answer.rule, options.documents).catch(reject);
			} else if (answer !== undefined) {
				revoke(grants, answer).then(refresh, reject);
			}
		});
		pick.onDidTriggerButton(() => {
			revokeAll(grants).then(refresh, reject);
		});
		pick.onDidAccept(() => {
			const answer = pick.selectedItems[0]?.answer;
			pick.hide();
			if (answer?.kind === 'grant') {
				showRule(answer.rule, options.documents).catch(reject);
			} else if (answer !== undefined) {
				offerToForget(grants, answer, options.clock).catch(reject);
			}
		});
		pick.onDidHide(() => {
			follow.dispose();
			pick.dispose();
			resolve();
		});
		pick.show();
		refresh().catch(reject);
	});
}

const NOTHING: Item = {
	get label() {
		return say('Nothing is remembered');
	},
	get detail() {
		return say(
			'What you answer with Allow for Session, Allow in Workspace or Deny is listed here while it counts.',
		);
	},
	alwaysShow: true,
};

function itemOf(answer: RememberedAnswer, { uses, clock }: ManageGrantsOptions): Item {
	const remove: vscode.QuickInputButton = { iconPath: TRASH, tooltip: revokeTitle(answer) };
	return {
		...answerRow(answer, clock.now(), uses.of(answer.id)),
		buttons: answer.kind === 'grant' ? [SHOW_RULE, remove] : [remove],
		answer,
	};
}

async function revoke(grants: GrantBook, answer: RememberedAnswer): Promise<void> {
	if (await grants.revoke(answer.id)) {
		return;
	}
	// It may have ended meanwhile, and then all is well.
	if ((await grants.list()).some(({ id }) => id === answer.id)) {
		void vscode.window.showErrorMessage(
			say(
				'MCP Firewall: this grant could not be taken back, so it still holds. "MCP Firewall: Stop All Guarded Servers" refuses every call; "MCP Firewall: Show Log" says what went wrong.',
			),
		);
	}
}

async function revokeAll(grants: GrantBook): Promise<void> {
	const count = await grants.revokeAll();
	const left = (await grants.list()).length;
	void (left === 0
		? vscode.window.showInformationMessage(
				sayCount(count, 'MCP Firewall: {0} answer taken back.', 'MCP Firewall: {0} answers taken back.'),
			)
		: vscode.window.showErrorMessage(
				sayCount(
					left,
					'MCP Firewall: {0} answer could not be taken back. "MCP Firewall: Show Log" says why.',
					'MCP Firewall: {0} answers could not be taken back. "MCP Firewall: Show Log" says why.',
				),
			));
}

async function offerToForget(grants: GrantBook, answer: RememberedAnswer, clock: Clock): Promise<void> {
	const { label, detail } = answerRow(answer, clock.now(), 0);
	const forget = say('Ask Again');
	const choice = await vscode.window.showInformationMessage(label, { modal: true, detail }, forget);
	if (choice === forget) {
		await revoke(grants, answer);
	}
}

/** Shows the rule of a grant, and offers the way from a grant that ends to a rule that stays. */
async function showRule(rule: string, documents: DetailDocuments): Promise<void> {
	const uri = documents.add('grant.yaml', grantRuleDocument(rule));
	await vscode.window.showTextDocument(uri, { preview: true });
	const copy = say('Copy and Open Policy');
	const choice = await vscode.window.showInformationMessage(
		say('MCP Firewall: to keep this grant for good, put its rule below “allow:” in your policy.'),
		copy,
	);
	if (choice === copy) {
		await vscode.env.clipboard.writeText(ruleEntry(rule));
		await vscode.commands.executeCommand(commandIds.openPolicy);
	}
}
