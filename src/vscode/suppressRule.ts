import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { counted } from '../base/counted';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { isWithin } from '../storage/originFile';
import { applyTextEdit } from './applyTextEdit';
import { rulesOf, saidFindings } from './findingText';
import { ownPolicyToEdit, showPolicy } from './openPolicy';
import { type PolicyTrust } from './policyTrust';
import { quoteForLabel, quoteForPerson } from './quote';
import { saveDocument } from './saveDocument';
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
		void vscode.window.showInformationMessage('MCP Firewall: no rule of inspection found anything there.');
		return;
	}
	const asked = await ask(deps.clock, server, rule !== undefined && rules.includes(rule) ? [rule] : rules);
	if (asked === undefined) {
		return;
	}
	const file = await ownPolicyToEdit(
		deps.context,
		deps.trust,
		'A suppression stands in your own policy, and a preset is none.',
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
	const title = `Suppress ${found.length === 1 ? 'a Rule' : 'Rules'} for ${quoteForLabel(server, 60)}`;
	const rules = found.length === 1 ? found : await pickRules(title, found);
	if (rules === undefined) {
		return undefined;
	}
	if (rules.length === 0) {
		void vscode.window.showInformationMessage('MCP Firewall: no rule was ticked, so none is suppressed.');
		return undefined;
	}
	const what = rulesText(rules);
	const days = await vscode.window.showQuickPick(
		DAYS.map(count => ({ label: counted(count, 'day'), count })),
		{
			title,
			placeHolder: `For how long shall findings of ${what} be noted and no more?`,
		},
	);
	const reason =
		days &&
		(await vscode.window.showInputBox({
			title,
			prompt: `Why are findings of ${what} harmless in what this server says? The reason is recorded each time.`,
			ignoreFocusOut: true,
			validateInput: text =>
				text.trim() === ''
					? 'A reason is needed.'
					: text.length > LONGEST_REASON
						? `At most ${String(LONGEST_REASON)} characters.`
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
	const placeHolder = 'Findings of which rules are harmless here? Tick them.';
	return vscode.window.showQuickPick([...rules], { title, placeHolder, canPickMany: true });
}

function rulesText([first = '', ...others]: readonly string[]): string {
	const name = quoteForPerson(first, 80);
	return others.length === 0 ? name : `${name} and ${counted(others.length, 'more rule')}`;
}

async function write(file: string, added: readonly WrittenSuppression[], clock: Clock): Promise<void> {
	const { showErrorMessage, showInformationMessage, showWarningMessage } = vscode.window;
	const [first] = added;
	const what = added.length === 1 ? 'suppression' : 'suppressions';
	const byHand = `Add the ${what} yourself, below “inspection:” and “suppress:”.`;
	for (const folder of workspaceFolders()) {
		if (await isWithin(file, folder)) {
			await showPolicy({ file, line: 1 });
			void showErrorMessage(
				`MCP Firewall: your policy lies in this workspace, where others may write too, so nothing is written into it. ${byHand}`,
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
			`MCP Firewall: nothing was written: the policy has an error, or is laid out so that other lines would change. ${byHand}`,
		);
		return;
	}
	// What the person had not saved is theirs to save.
	const saved = unsaved ? !document.isDirty : await saveDocument(document, clock);
	await showPolicy({ file, line: found.line });
	if (saved) {
		const until = clockText(Date.parse(first.until), clock.now());
		void showInformationMessage(
			`MCP Firewall: until ${until}, what ${rulesText(added.map(({ rule }) => rule))} ${added.length === 1 ? 'finds' : 'find'} in answers of ${quoteForPerson(first.server, 60)} is noted and no more. Take the lines out to end it.`,
		);
	} else {
		void showWarningMessage('MCP Firewall: what you suppress is written but not saved. It holds once you save.');
	}
}

/** A policy with an error denies everything: no odd name may bring that about. */
function stillParses(text: string, edit: TextEdit, file: string): boolean {
	return parsePolicy(edited(text, edit), file).policy !== undefined;
}
