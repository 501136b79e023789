import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { factsOfEntry } from '../domain/audit/entryFacts';
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
import { say, sayPhrase } from './say';

/** What the command needs. */
export interface CreateRuleDeps {
	readonly context: vscode.ExtensionContext;
	readonly trust: PolicyTrust;
	readonly ports: Pick<FirewallPorts, 'policy' | 'host' | 'paths'>;
}

const CHOICES: readonly { readonly effect: Effect; readonly label: string }[] = [
	{
		effect: 'deny',
		get label() {
			return `$(circle-slash) ${say('Deny')}`;
		},
	},
	{
		effect: 'require_approval',
		get label() {
			return `$(question) ${say('Ask each time')}`;
		},
	},
	{
		effect: 'allow',
		get label() {
			return `$(check) ${say('Allow')}`;
		},
	},
];

/**
 * "Create Rule from This": proposes the narrowest sensible rule for a call of the trail, asks for effect and policy, and writes
 * it there in front of the person's eyes, unsaved: saving is the decision. A workspace's policy can only be tightened.
 */
export async function createRule(deps: CreateRuleDeps, entry: AuditRecord): Promise<void> {
	const target = { host: deps.ports.host(), taken: new Set<string>() };
	const now = await verdictNow(deps, entry);
	const name = quoteForLabel(entry.tool ?? entry.method ?? say('this call'), 60);
	const proposals = CHOICES.map(choice => ({ ...choice, proposal: ruleFromEntry(entry, choice.effect, target) }));
	const [first] = proposals;
	if (first !== undefined && proposals.every(({ proposal }) => proposal.kind === 'none')) {
		const why = first.proposal.kind === 'none' ? sayPhrase(first.proposal.why) : '';
		void vscode.window.showInformationMessage(say('MCP Firewall: no rule can be proposed. {0}', why));
		return;
	}
	// The panel, whose button asked for it, takes the focus back when it will, which would take each question away.
	const chosen = await vscode.window.showQuickPick(
		proposals.map(({ effect, label, proposal }) => ({
			...{ effect, label },
			detail:
				proposal.kind === 'none'
					? say('Not offered: {0}', sayPhrase(proposal.why))
					: [...proposal.notes.map(sayPhrase), ...beaten(effect, now)]
							.map(note => quoteForLabel(note, 300))
							.join(' '),
			offered: proposal.kind === 'rule',
		})),
		{
			title: say('Create Rule for {0}', name),
			placeHolder: say('What shall become of calls like this one?'),
			ignoreFocusOut: true,
		},
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
				say(
					'By itself it changes nothing: rule “{0}” ({1}) is stricter, and the stricter one wins.',
					winner.id,
					winner.effect,
				),
			]
		: [];
}

interface Place {
	readonly file: string;
	/** Of the workspace: only tightens. */
	readonly folder?: string;
}

async function choosePlace(deps: CreateRuleDeps, effect: Effect, name: string): Promise<Place | undefined> {
	const own = say('Your policy');
	const folders = effect === 'allow' ? [] : workspaceFolders();
	const items = [
		{ label: `$(account) ${own}`, description: say('for every workspace'), folder: undefined },
		...folders.map(folder => ({
			label: `$(folder) ${quoteForLabel(workspacePolicyFile, 60)}`,
			description: say('for whoever opens {0}; it can only tighten', quoteForLabel(folder, 120)),
			folder,
		})),
	];
	const chosen =
		items.length === 1
			? items[0]
			: await vscode.window.showQuickPick(items, {
					title: say('Create Rule for {0}', name),
					placeHolder: say('In which policy?'),
					ignoreFocusOut: true,
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
		say('A rule stands in your own policy, and a preset is none.'),
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
	if (edit !== undefined && !(await mayBeSaved(uri))) {
		return;
	}
	const written = edit !== undefined && (await applyTextEdit(document, edit));
	const line = new vscode.Position(written ? edit.line - 1 : 0, 0);
	await vscode.window.showTextDocument(document, { selection: new vscode.Range(line, line), preview: false });
	if (!written || proposal.kind === 'none') {
		void vscode.window.showErrorMessage(
			say(
				'MCP Firewall: nothing was written: the policy has an error, or is laid out so that other lines would change. Add the rule yourself, below “{0}:”.',
				effect,
			),
		);
		return;
	}
	const id = quoteForPerson(proposal.rule.id, 80);
	void vscode.window.showInformationMessage(
		document.isDirty
			? say(
					'MCP Firewall: rule “{0}” is written, but not saved. It counts once you save the file; undo takes it back.',
					id,
				)
			: say(
					'MCP Firewall: rule “{0}” is written, and your editor has saved it: it counts now. Undo and save to take it back.',
					id,
				),
	);
}

/** Saving is the decision. Where the editor saves by itself, the person decides before anything is written. */
async function mayBeSaved(uri: vscode.Uri): Promise<boolean> {
	const saves = vscode.workspace.getConfiguration('files', uri).get<string>('autoSave', 'off');
	if (saves === 'off' || uri.scheme === 'untitled') {
		return true;
	}
	const write = say('Write Rule');
	const choice = await vscode.window.showWarningMessage(
		say('Your editor saves files by itself. Write the rule?'),
		{
			modal: true,
			detail: say('It counts as soon as the policy is saved (setting files.autoSave). Undo takes it back.'),
		},
		write,
	);
	return choice === write;
}
