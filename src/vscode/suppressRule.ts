import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { isWithin } from '../storage/originFile';
import { applyTextEdit } from './applyTextEdit';
import { rulesOf, saidFindings } from './findingText';
import { ownPolicyToEdit, showPolicy } from './openPolicy';
import { type PolicyTrust } from './policyTrust';
import { quoteForLabel, quoteForPerson } from './quote';
import { saveDocument } from './saveDocument';
import { say, sayCount } from './say';
import { workspaceFolders } from './servedServers';
import { addSuppressions, type WrittenSuppression } from './suppressionEdit';
import { clockText } from './timeText';
import { edited, type TextEdit } from './yamlListEdit';

/** What the command needs. */
export interface SuppressDeps {
	readonly context: vscode.ExtensionContext;
	readonly trust: PolicyTrust;
	readonly clock: Clock;
}

const DAY_MS = 24 * 3600 * 1000;
/** How long a suppression may hold. One that is never looked at again is a hole. */
const DAYS = [1, 7, 30];
/** As the parser of policies has it. */
const LONGEST_REASON = 200;

/**
 * "Suppress This Rule for SERVER…": asks for the rules, how long and why, and writes that into the person's own policy with
 * one edit, in front of their eyes. Never into a file of a workspace. `rule` is taken only where the entry has a finding of it.
 */
export async function suppressRule(deps: SuppressDeps, entry: AuditRecord, rule?: string): Promise<void> {
	const server = entry.server?.name;
	const rules = rulesOf(saidFindings(entry));
	if (server === undefined || rules.length === 0) {
		void vscode.window.showInformationMessage(say('MCP Firewall: no rule of inspection found anything there.'));
		return;
	}
	const asked = await ask(deps.clock, server, rule !== undefined && rules.includes(rule) ? [rule] : rules);
	if (asked === undefined) {
		return;
	}
	const file = await ownPolicyToEdit(
		deps.context,
		deps.trust,
		say('A suppression stands in your own policy, and a preset is none.'),
	);
	if (file !== undefined) {
		await write(file, asked, deps.clock);
	}
}

/** One suppression for each rule that the person wants quiet, all with the same end and reason; undefined where they do not. */
async function ask(
	clock: Clock,
	server: string,
	found: readonly string[],
): Promise<readonly WrittenSuppression[] | undefined> {
	const shown = quoteForLabel(server, 60);
	const title = found.length === 1 ? say('Suppress a Rule for {0}', shown) : say('Suppress Rules for {0}', shown);
	const rules = found.length === 1 ? found : await pickRules(title, found);
	if (rules === undefined) {
		return undefined;
	}
	if (rules.length === 0) {
		void vscode.window.showInformationMessage(say('MCP Firewall: no rule was ticked, so none is suppressed.'));
		return undefined;
	}
	const what = rulesText(rules);
	const days = await vscode.window.showQuickPick(
		DAYS.map(count => ({ label: sayCount(count, '{0} day', '{0} days'), count })),
		{
			title,
			placeHolder: say('For how long shall findings of {0} be noted and no more?', what),
			ignoreFocusOut: true,
		},
	);
	const reason =
		days &&
		(await vscode.window.showInputBox({
			title,
			prompt: say(
				'Why are findings of {0} harmless in what this server says? The reason is recorded each time.',
				what,
			),
			ignoreFocusOut: true,
			validateInput: text =>
				text.trim() === ''
					? say('A reason is needed.')
					: text.length > LONGEST_REASON
						? say('At most {0} characters.', LONGEST_REASON)
						: undefined,
		}));
	if (days === undefined || reason === undefined || reason.trim() === '') {
		return undefined;
	}
	const until = new Date(clock.now() + days.count * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z');
	return rules.map(rule => ({ server, rule, until, reason: reason.trim() }));
}

/** None is ticked beforehand: each rule that goes quiet is one that the person chose. */
async function pickRules(title: string, rules: readonly string[]): Promise<readonly string[] | undefined> {
	const placeHolder = say('Findings of which rules are harmless here? Tick them.');
	return vscode.window.showQuickPick([...rules], { title, placeHolder, canPickMany: true, ignoreFocusOut: true });
}

function rulesText([first = '', ...others]: readonly string[]): string {
	const name = quoteForPerson(first, 80);
	return others.length === 0
		? name
		: sayCount(others.length, '{1} and {0} more rule', '{1} and {0} more rules', name);
}

async function write(file: string, added: readonly WrittenSuppression[], clock: Clock): Promise<void> {
	const { showErrorMessage, showInformationMessage, showWarningMessage } = vscode.window;
	const [first] = added;
	const byHand =
		added.length === 1
			? say('Add the suppression yourself, below “inspection:” and “suppress:”.')
			: say('Add the suppressions yourself, below “inspection:” and “suppress:”.');
	for (const folder of workspaceFolders()) {
		if (await isWithin(file, folder)) {
			await showPolicy({ file, line: 1 });
			void showErrorMessage(
				say(
					'MCP Firewall: your policy lies in this workspace, where others may write too, so nothing is written into it. {0}',
					byHand,
				),
			);
			return;
		}
	}
	const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
	const text = document.getText();
	const found = addSuppressions(text, added);
	const unsaved = document.isDirty;
	if (
		first === undefined ||
		found === undefined ||
		!stillParses(text, found, file) ||
		!(await applyTextEdit(document, found))
	) {
		await showPolicy({ file, line: 1 });
		void showErrorMessage(
			say(
				'MCP Firewall: nothing was written: the policy has an error, or is laid out so that other lines would change. {0}',
				byHand,
			),
		);
		return;
	}
	// What the person had not saved is theirs to save.
	const saved = unsaved ? !document.isDirty : await saveDocument(document, clock);
	await showPolicy({ file, line: found.line });
	if (saved) {
		const until = clockText(Date.parse(first.until), clock.now());
		void showInformationMessage(
			sayCount(
				added.length,
				'MCP Firewall: until {1}, what {2} finds in answers of {3} is noted and no more. Take the lines out to end it.',
				'MCP Firewall: until {1}, what {2} find in answers of {3} is noted and no more. Take the lines out to end it.',
				until,
				rulesText(added.map(({ rule }) => rule)),
				quoteForPerson(first.server, 60),
			),
		);
	} else {
		void showWarningMessage(
			say('MCP Firewall: what you suppress is written but not saved. It holds once you save.'),
		);
	}
}

/** A policy with an error denies everything: no odd name may bring that about. */
function stillParses(text: string, edit: TextEdit, file: string): boolean {
	return parsePolicy(edited(text, edit), file).policy !== undefined;
}
