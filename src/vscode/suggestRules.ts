import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { factsOfEntry, ruleNow } from '../domain/audit/entryFacts';
import { promptGroups } from '../domain/audit/promptGroups';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { type WrittenRule } from '../domain/policy/ruleFromEntry';
import {
	openedBy,
	type RecordedCall,
	suggestRules as draftRules,
	type Suggestion,
	wasRefused,
} from '../domain/policy/suggestRules';
import { resolvePrefixes } from '../firewall/pathFacts';
import { type FirewallPorts } from '../firewall/ports';
import { commandIds } from './contributions';
import { closeDetails, type DetailDocuments } from './detailDocuments';
import { ownPolicyToEdit, policyFilesHere, showPolicy } from './openPolicy';
import { type PolicyTrust } from './policyTrust';
import { promptGroupRow } from './promptGroupText';
import { quoteForPerson } from './quote';
import { addRule } from './ruleEdit';
import { say } from './say';
import { workspaceFolders } from './servedServers';
import { decision, type Fixture, showDraft } from './suggestDraft';
import { draftTest } from './suggestFixture';
import { suggestionRow } from './suggestText';
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
		suggestions.map(suggestion => ({ ...suggestionRow(suggestion), suggestion, picked: true })),
		{
			title: say('Rules from What You Allowed'),
			placeHolder: say('The change is shown before it is written'),
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
	if (document.isDirty) {
		// Saving the rules would put in force what the person has not saved, and the change would not show it.
		tell(say('MCP Firewall: nothing was drafted: your policy has unsaved changes. Save or revert it first.'));
		await showPolicy({ file, line: 1 });
		return;
	}
	const held = await contentOf(document);
	const before = held.text;
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
	const shown = await showDraft(deps.documents, document.uri, after, { fixture, text: test.text });
	const apply = await decision(rules.length, shown);
	await closeDetails([shown.tests, shown.right]);
	if (!apply) {
		tell(say('MCP Firewall: your policy stays as it is.'));
		return;
	}
	if ((await contentOf(document)).digest !== held.digest) {
		tell(say('MCP Firewall: nothing was written: your policy was changed in the meantime. Run the command again.'));
		return;
	}
	await write(document, after, rules, { fixture, text: test.text });
}

/** The policy as the editor holds it and as it lies on the disk: what another program writes reaches the editor late. */
async function contentOf(document: vscode.TextDocument): Promise<{ readonly text: string; readonly digest: string }> {
	const bytes = await vscode.workspace.fs.readFile(document.uri).then(
		read => read,
		() => new Uint8Array(),
	);
	const text = document.getText();
	return { text, digest: JSON.stringify([document.isDirty, text, new TextDecoder().decode(bytes)]) };
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

async function write(
	policy: vscode.TextDocument,
	after: string,
	[first]: readonly WrittenRule[],
	{ fixture, text }: Fixture,
): Promise<void> {
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
	const before = after.slice(0, after.indexOf(first?.id ?? ''));
	await showPolicy({ file: policy.uri.fsPath, line: before.split('\n').length });
	const show = say('Show the Tests');
	const name = quoteForPerson(basename(fixture), 80);
	const done = say('MCP Firewall: your policy has the rules now. The recorded calls stand in {0}.', name);
	if ((await vscode.window.showInformationMessage(done, show)) === show) {
		await showPolicy({ file: fixture, line: 1 });
	}
}

function tell(text: string): void {
	void vscode.window.showInformationMessage(text);
}

async function showMostAsked(entries: readonly AuditEntry[], policy: FirewallPorts['policy']): Promise<void> {
	const groups = promptGroups(entries);
	if (groups.length === 0) {
		await tellNobodyAsked();
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

/** Says what to do first. */
async function tellNobodyAsked(): Promise<void> {
	const attempt = say('Try Tool Call…');
	const choice = await vscode.window.showInformationMessage(
		say(
			'MCP Firewall: you were not asked about a call yet, so there is nothing to suggest. What you allow twice or more in one folder can become a rule.',
		),
		attempt,
	);
	if (choice === attempt) {
		await vscode.commands.executeCommand(commandIds.tryToolCall);
	}
}
