import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { factsOfEntry } from '../domain/audit/explainEntry';
import { decide } from '../domain/policy/decide';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { type Effect } from '../domain/policy/policy';
import { ruleFromEntry } from '../domain/policy/ruleFromEntry';
import { type Verdict } from '../domain/policy/verdict';
import { resolvePrefixes } from '../firewall/pathFacts';
import { type FirewallPorts } from '../firewall/ports';
import { workspacePolicyFile } from './contributions';
import { ownPolicyToEdit } from './openPolicy';
import { type PolicyTrust } from './policyTrust';
import { quoteForLabel, quoteForPerson } from './quote';
import { addRule } from './ruleEdit';
import { workspaceFolders } from './servedServers';
import { applyTextEdit } from './applyTextEdit';

/** What the command needs. */
export interface CreateRuleDeps {
	readonly context: vscode.ExtensionContext;
	readonly trust: PolicyTrust;
	readonly ports: Pick<FirewallPorts, 'policy' | 'host' | 'paths'>;
}

const CHOICES: readonly { readonly effect: Effect; readonly label: string }[] = [
	{ effect: 'deny', label: '$(circle-slash) Deny' },
	{ effect: 'require_approval', label: '$(question) Ask each time' },
	{ effect: 'allow', label: '$(check) Allow' },
];

/**
 * "Create Rule from This": proposes the narrowest sensible rule for a call of the trail, asks for effect and policy, and writes
 * it there in front of the person's eyes, unsaved: saving is the decision. A workspace's policy can only be tightened.
 */
export async function createRule(deps: CreateRuleDeps, entry: AuditRecord): Promise<void> {
	const target = { host: deps.ports.host(), taken: new Set<string>() };
	const now = await verdictNow(deps, entry);
	const name = quoteForLabel(entry.tool ?? entry.method ?? 'this call', 60);
	const proposals = CHOICES.map(choice => ({ ...choice, proposal: ruleFromEntry(entry, choice.effect, target) }));
	const [first] = proposals;
	if (first !== undefined && proposals.every(({ proposal }) => proposal.kind === 'none')) {
		const why = first.proposal.kind === 'none' ? first.proposal.why : '';
		void vscode.window.showInformationMessage(`MCP Firewall: no rule can be proposed. ${why}`);
		return;
	}
	const chosen = await vscode.window.showQuickPick(
		proposals.map(({ effect, label, proposal }) => ({
			...{ effect, label },
			detail:
				proposal.kind === 'none'
					? `Not offered: ${proposal.why}`
					: [...proposal.notes, ...beaten(effect, now)].map(note => quoteForLabel(note, 300)).join(' '),
			offered: proposal.kind === 'rule',
		})),
		{ title: `Create Rule for ${name}`, placeHolder: 'What shall become of calls like this one?' },
	);
	if (chosen?.offered !== true) {
		return;
	}
	const place = await choosePlace(deps, chosen.effect, name);
	if (place !== undefined) {
		await write(entry, chosen.effect, place, target.host);
	}
}

/** What the policy of now says of the call, as far as its entry tells. */
async function verdictNow({ ports }: CreateRuleDeps, entry: AuditRecord): Promise<Verdict | undefined> {
	const load = ports.policy.current();
	const host = ports.host();
	const prefixes = load.policy === undefined ? new Map() : await resolvePrefixes(load.policy, host, ports.paths);
	const known = factsOfEntry(entry, host, prefixes, load);
	return known && decide(load, known.facts);
}

/** A rule that another one beats lets nothing pass: said before it is written. */
function beaten(effect: Effect, now: Verdict | undefined): readonly string[] {
	const winner = now?.rule;
	const stricter =
		winner?.effect === 'deny' ? effect !== 'deny' : winner?.effect === 'require_approval' && effect === 'allow';
	return winner !== undefined && stricter
		? [
				`By itself it changes nothing: rule “${winner.id}” (${winner.effect}) is stricter, and the stricter one wins.`,
			]
		: [];
}

interface Place {
	readonly file: string;
	/** Of the workspace: only tightens. */
	readonly folder?: string;
}

async function choosePlace(deps: CreateRuleDeps, effect: Effect, name: string): Promise<Place | undefined> {
	const own = 'Your policy';
	const folders = effect === 'allow' ? [] : workspaceFolders();
	const items = [
		{ label: `$(account) ${own}`, description: 'for every workspace', folder: undefined },
		...folders.map(folder => ({
			label: `$(folder) ${quoteForLabel(workspacePolicyFile, 60)}`,
			description: `for whoever opens ${quoteForLabel(folder, 120)}; it can only tighten`,
			folder,
		})),
	];
	const chosen =
		items.length === 1
			? items[0]
			: await vscode.window.showQuickPick(items, {
					title: `Create Rule for ${name}`,
					placeHolder: 'In which policy?',
				});
	if (chosen === undefined) {
		return undefined;
	}
	if (chosen.folder !== undefined) {
		return { file: join(chosen.folder, workspacePolicyFile), folder: chosen.folder };
	}
	const file = await ownPolicyToEdit(
		deps.context,
		deps.trust,
		'A rule stands in your own policy, and a preset is none.',
	);
	return file === undefined ? undefined : { file };
}

async function write(
	entry: AuditRecord,
	effect: Effect,
	{ file, folder }: Place,
	host: ReturnType<FirewallPorts['host']>,
): Promise<void> {
	const onDisk = vscode.Uri.file(file);
	// What does not exist yet opens as a new file of this name, that nobody has saved.
	const uri = folder !== undefined && !existsSync(file) ? onDisk.with({ scheme: 'untitled' }) : onDisk;
	const document = await vscode.workspace.openTextDocument(uri);
	const text = document.getText();
	const taken = new Set(parsePolicy(text, file).policy?.rules.map(({ id }) => id) ?? []);
	const proposal = ruleFromEntry(entry, effect, { host, taken, ...(folder !== undefined && { folders: [folder] }) });
	const edit = proposal.kind === 'rule' ? addRule(text, effect, proposal.rule, file) : undefined;
	const written = edit !== undefined && (await applyTextEdit(document, edit));
	const line = new vscode.Position(written ? edit.line - 1 : 0, 0);
	await vscode.window.showTextDocument(document, { selection: new vscode.Range(line, line), preview: false });
	if (!written || proposal.kind === 'none') {
		void vscode.window.showErrorMessage(
			`MCP Firewall: nothing was written: the policy has an error, or is laid out so that other lines would change. Add the rule yourself, below “${effect}:”.`,
		);
		return;
	}
	const id = `rule “${quoteForPerson(proposal.rule.id, 80)}” is written`;
	void vscode.window.showInformationMessage(
		document.isDirty
			? `MCP Firewall: ${id}, but not saved. It counts once you save the file; undo takes it back.`
			: `MCP Firewall: ${id}, and your editor has saved it: it counts now. Undo and save to take it back.`,
	);
}
