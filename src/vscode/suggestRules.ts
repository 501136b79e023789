import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { factsOfEntry, ruleNow } from '../domain/audit/explainEntry';
import { promptGroups } from '../domain/audit/promptGroups';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { ruleLines, type WrittenRule } from '../domain/policy/ruleFromEntry';
import {
	openedBy,
	type RecordedCall,
	suggestRules as draftRules,
	type Suggestion,
	wasRefused,
} from '../domain/policy/suggestRules';
import { resolvePrefixes } from '../firewall/pathFacts';
import { type FirewallPorts } from '../firewall/ports';
import { type DetailDocuments } from './detailDocuments';
import { ownPolicyToEdit, policyFilesHere, showPolicy } from './openPolicy';
import { type PolicyTrust } from './policyTrust';
import { promptGroupRow } from './promptGroupText';
import { quoteForLabel, quoteForPerson } from './quote';
import { addRule } from './ruleEdit';
import { say, sayCount } from './say';
import { workspaceFolders } from './servedServers';
import { draftTest } from './suggestFixture';
import { type TrailDesk } from './trailDesk';
import { edited } from './yamlListEdit';

/** Calls of each kind that are looked at, newest first. */
const MOST_CALLS = 200;

/** What the command needs. */
export interface SuggestRulesDeps {
	readonly desk: Pick<TrailDesk, 'page' | 'entry' | 'verdictOf'>;
	readonly context: vscode.ExtensionContext;
	readonly trust: PolicyTrust;
	readonly ports: Pick<FirewallPorts, 'policy' | 'host' | 'paths'>;
	readonly documents: DetailDocuments;
}

/**
 * "Suggest Rules from My Trail…": drafts allows from what the person was asked about and allowed, lets them choose, shows the change of
 * their policy in the editor's diff with the recorded calls as tests, and writes both when they say so. Where nothing can be drafted, it
 * shows what they are asked about most.
 */
export async function suggestRules(deps: SuggestRulesDeps): Promise<void> {
	const asked = await entriesOf(deps.desk, 'require_approval');
	const calls = await callsOf(deps, [...asked, ...(await entriesOf(deps.desk, 'deny'))]);
	const { base } = policyFilesHere(deps.context.extensionPath, deps.trust);
	const suggestions = draftRules(calls, deps.ports.policy.current(), base);
	if (suggestions.length === 0) {
		await showMostAsked(asked, deps.ports.policy);
		return;
	}
	const chosen = await vscode.window.showQuickPick(
		suggestions.map(suggestion => ({ ...rowOf(suggestion), suggestion, picked: true })),
		{
			title: say('Rules from What You Allowed'),
			placeHolder: say('Choose the rules to draft; you see the change before anything is written'),
			canPickMany: true,
			matchOnDescription: true,
			matchOnDetail: true,
		},
	);
	if (chosen !== undefined && chosen.length > 0) {
		await propose(
			deps,
			chosen.map(({ suggestion }) => suggestion),
			calls,
		);
	}
}

async function entriesOf(desk: SuggestRulesDeps['desk'], verdict: string): Promise<readonly AuditEntry[]> {
	const { rows } = await desk.page({ kind: 'calls', verdict }, 0, MOST_CALLS);
	const entries: AuditEntry[] = [];
	for (const { id } of rows) {
		entries.push(await desk.entry(id));
	}
	return entries;
}

/** What went upstream has its facts in the entry of its verdict. */
async function callsOf(
	{ desk, ports }: SuggestRulesDeps,
	entries: readonly AuditEntry[],
): Promise<readonly RecordedCall[]> {
	const load = ports.policy.current();
	const host = ports.host();
	const prefixes = load.policy === undefined ? new Map() : await resolvePrefixes(load.policy, host, ports.paths);
	const calls: RecordedCall[] = [];
	for (const entry of entries) {
		const facts = (await desk.verdictOf(entry))?.facts ?? entry.facts;
		const known = factsOfEntry({ ...entry, ...(facts && { facts }) }, host, prefixes, load);
		if (known !== undefined) {
			calls.push({ entry, facts: known.facts, whole: known.gaps.length === 0 });
		}
	}
	return calls;
}

function rowOf({ rule, saved, of }: Suggestion): vscode.QuickPickItem {
	const [, , ...lines] = ruleLines(rule);
	return {
		label: quoteForLabel(rule.id, 100),
		description: sayCount(
			of,
			'would have saved {1} of your last {0} question',
			'would have saved {1} of your last {0} questions',
			saved.length,
		),
		detail: quoteForLabel(lines.map(line => line.trim()).join(' · '), 600),
	};
}

async function propose(
	deps: SuggestRulesDeps,
	chosen: readonly Suggestion[],
	calls: readonly RecordedCall[],
): Promise<void> {
	const rules = chosen.map(({ rule }) => rule);
	const file = await ownPolicyToEdit(
		deps.context,
		deps.trust,
		say('Rules stand in your own policy, and a preset is none.'),
	);
	if (file === undefined) {
		return;
	}
	const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
	const before = document.getText();
	const after = withRules(before, rules, file);
	const draft = after === undefined ? undefined : parsePolicy(after, file);
	if (after === undefined || draft?.policy === undefined) {
		tell(
			say(
				'MCP Firewall: nothing was written: your policy has an error, or is laid out so that other lines would change. Open it and mend it first.',
			),
		);
		return;
	}
	const fixture = freeFixture(file);
	const test = await draftTest(
		{
			saved: chosen.flatMap(({ saved }) => saved),
			refused: calls.filter(({ entry }) => wasRefused(entry)),
		},
		parsePolicy(before, file),
		draft,
		{ file: fixture, policyName: basename(file), workspace: workspaceFolders()[0] },
	);
	if (openedBy(rules, calls, deps.ports.policy.current()).length > 0 || test.failing.length > 0) {
		const [first] = test.failing;
		tell(
			first === undefined
				? say(
						'MCP Firewall: nothing was written: with these rules together a recorded call does not come out as it did. Choose fewer of them.',
					)
				: say(
						'MCP Firewall: nothing was written: with these rules together a recorded call does not come out as it did ({0}). Choose fewer of them.',
						quoteForPerson(first, 120),
					),
		);
		return;
	}
	await showDraft(deps.documents, document.uri, after, { fixture, text: test.text });
	if (!(await isWanted(rules.length))) {
		tell(say('MCP Firewall: nothing was changed.'));
		return;
	}
	if (document.getText() !== before) {
		tell(say('MCP Firewall: nothing was written: your policy was changed in the meantime. Run the command again.'));
		return;
	}
	await write(document, after, { fixture, text: test.text });
}

/** The policy's text with these allows; undefined where one cannot be added without changing other lines. */
function withRules(text: string, rules: readonly WrittenRule[], file: string): string | undefined {
	let after = text;
	for (const rule of rules) {
		const edit = addRule(after, 'allow', rule, file);
		if (edit === undefined) {
			return undefined;
		}
		after = edited(after, edit);
	}
	return after;
}

/** A fixture that is there already is never overwritten. */
function freeFixture(policy: string): string {
	const stem = join(dirname(policy), basename(policy).replace(/\.ya?ml$/, ''));
	let file = `${stem}.policy-test.yaml`;
	for (let count = 2; existsSync(file); count++) {
		file = `${stem}-${String(count)}.policy-test.yaml`;
	}
	return file;
}

interface Fixture {
	readonly fixture: string;
	readonly text: string;
}

async function showDraft(
	documents: DetailDocuments,
	policy: vscode.Uri,
	after: string,
	{ fixture, text }: Fixture,
): Promise<void> {
	const tests = documents.add(basename(fixture), text);
	await vscode.window.showTextDocument(tests, { preview: false, preserveFocus: true });
	const right = documents.add(basename(policy.fsPath), after);
	await vscode.commands.executeCommand('vscode.diff', policy, right, say('Your policy ↔ with the suggested rules'), {
		preview: false,
	});
}

async function isWanted(count: number): Promise<boolean> {
	const apply = say('Apply');
	const question = sayCount(
		count,
		'MCP Firewall: write {0} rule into your policy? Its tests passed and stand in the other tab.',
		'MCP Firewall: write {0} rules into your policy? Its tests passed and stand in the other tab.',
	);
	return (await vscode.window.showInformationMessage(question, apply, say('Discard'))) === apply;
}

async function write(policy: vscode.TextDocument, after: string, { fixture, text }: Fixture): Promise<void> {
	const edit = new vscode.WorkspaceEdit();
	const whole = new vscode.Range(policy.positionAt(0), policy.positionAt(policy.getText().length));
	edit.replace(policy.uri, whole, after);
	edit.createFile(vscode.Uri.file(fixture), { overwrite: false, contents: new TextEncoder().encode(text) });
	const written = (await vscode.workspace.applyEdit(edit)) && (await policy.save());
	if (!written) {
		void vscode.window.showErrorMessage(
			say('MCP Firewall: the policy could not be written. Look whether the file may be changed.'),
		);
		return;
	}
	tell(
		say(
			'MCP Firewall: your policy has the rules now. The recorded calls stand in {0}.',
			quoteForPerson(basename(fixture), 80),
		),
	);
}

function tell(text: string): void {
	void vscode.window.showInformationMessage(text);
}

async function showMostAsked(entries: readonly AuditEntry[], policy: FirewallPorts['policy']): Promise<void> {
	const groups = promptGroups(entries);
	if (groups.length === 0) {
		tell(
			say(
				'MCP Firewall: nobody was asked about a call yet, so there is nothing to suggest. Rules are suggested from what you were asked.',
			),
		);
		return;
	}
	const chosen = await vscode.window.showQuickPick(
		groups.map(group => ({ ...promptGroupRow(group), group })),
		{
			title: say('What You Are Asked About Most'),
			placeHolder: say(
				'No rule is safe to suggest yet. Choose one to see the rule that asks; nothing is changed',
			),
			matchOnDescription: true,
			matchOnDetail: true,
		},
	);
	const place = chosen && ruleNow(chosen.group.latest, policy.current());
	if (place !== undefined) {
		await showPolicy(place);
	}
}
