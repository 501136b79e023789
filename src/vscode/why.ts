import * as vscode from 'vscode';
import { baseName } from '../base/baseName';
import { samePath } from '../base/samePath';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { factsOfEntry, type RuleNow, ruleNow } from '../domain/audit/entryFacts';
import { explainEntry } from '../domain/audit/explainEntry';
import { type PolicyLoad } from '../domain/policy/policy';
import { resolvePrefixes } from '../firewall/pathFacts';
import { type FirewallPorts } from '../firewall/ports';
import { type DetailDocuments } from './detailDocuments';
import { showPolicy } from './openPolicy';
import { quoteForPerson } from './quote';
import { hintText } from './refusalText';
import { say, sayPhrase } from './say';
import { wayToChange } from './wayToChange';

/** Milliseconds for which the rule is highlighted. */
const HIGHLIGHT_MS = 2500;

/** What the answer to "Why?" is made of. */
export interface WhyDeps {
	readonly ports: Pick<FirewallPorts, 'paths' | 'host' | 'clock' | 'policy'>;
	readonly documents: DetailDocuments;
}

/** "Why?": leads to the rule that decided a call; where none did, or it is gone, shows how near each rule is. */
export async function showWhy(deps: WhyDeps, entry: AuditRecord): Promise<void> {
	const load = deps.ports.policy.current();
	const now = ruleNow(entry, load);
	if (now !== undefined && (await leadTo(deps, entry, now))) {
		return;
	}
	await explain(deps, entry, load);
}

/** True when the rule is shown. What has to be said besides is said in a message, which nobody waits for. */
async function leadTo(deps: WhyDeps, entry: AuditRecord, now: RuleNow): Promise<boolean> {
	const rule = entry.verdict?.rule;
	if (rule === undefined) {
		return false;
	}
	const then = [quoteForPerson(rule.id, 120), rule.line, quoteForPerson(baseName(rule.file), 120)] as const;
	if (now.kind === 'gone') {
		offerExplanation(
			deps,
			entry,
			say(
				'MCP Firewall: The policy has changed since this call: rule “{0}” was then at line {1} of {2}, and is not there any more.',
				...then,
			),
		);
		return false;
	}
	await showPolicy(now);
	highlight(deps, now);
	if (now.kind === 'moved') {
		offerExplanation(
			deps,
			entry,
			now.line === rule.line
				? say(
						'MCP Firewall: The policy has changed since this call. Rule “{0}” was then at line {1} of {2}, as it is now; what it says may differ.',
						...then,
					)
				: say(
						'MCP Firewall: The policy has changed since this call. Rule “{0}” was then at line {1} of {2}.',
						...then,
					),
		);
	}
	return true;
}

function offerExplanation(deps: WhyDeps, entry: AuditRecord, message: string): void {
	const button = say('Explain');
	void vscode.window.showInformationMessage(message, button).then(async choice => {
		if (choice === button) {
			await explain(deps, entry, deps.ports.policy.current());
		}
	});
}

async function explain({ ports, documents }: WhyDeps, entry: AuditRecord, load: PolicyLoad): Promise<void> {
	const host = ports.host();
	const prefixes = load.policy === undefined ? new Map() : await resolvePrefixes(load.policy, host, ports.paths);
	const text = explainEntry(entry, load, factsOfEntry(entry, host, prefixes, load), {
		quote: quoteForPerson,
		say: sayPhrase,
		hint: refused => [hintText(refused), wayToChange(refused) ?? ''].join(' ').trim(),
	});
	const uri = documents.add('Why.txt', text);
	await vscode.window.showTextDocument(uri, { preview: true });
}

/** Marks the rule's line for a moment, so that the eye finds it. */
function highlight({ ports }: WhyDeps, { file, line }: RuleNow): void {
	const editor = vscode.window.visibleTextEditors.find(({ document }) => samePath(document.uri.fsPath, file));
	if (editor === undefined) {
		return;
	}
	const mark = vscode.window.createTextEditorDecorationType({
		isWholeLine: true,
		backgroundColor: new vscode.ThemeColor('editor.findMatchHighlightBackground'),
		overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.findMatchForeground'),
	});
	editor.setDecorations(mark, [new vscode.Range(line - 1, 0, line - 1, 0)]);
	ports.clock.schedule(HIGHLIGHT_MS, () => {
		mark.dispose();
	});
}
