import * as vscode from 'vscode';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { ruleNow } from '../domain/audit/explainEntry';
import { promptGroups } from '../domain/audit/promptGroups';
import { type FirewallPorts } from '../firewall/ports';
import { showPolicy } from './openPolicy';
import { promptGroupRow } from './promptGroupText';
import { type TrailDesk } from './trailDesk';

/** Calls that were asked about and are looked at, newest first. */
const MOST_CALLS = 200;

/**
 * "Suggest Rules from My Trail…": shows what the person was asked about most, and what can be done about each; choosing one leads to
 * the rule that asks. It writes nothing.
 */
export async function suggestRules(
	desk: Pick<TrailDesk, 'page' | 'entry'>,
	policy: FirewallPorts['policy'],
): Promise<void> {
	const { rows } = await desk.page({ kind: 'calls', verdict: 'require_approval' }, 0, MOST_CALLS);
	const entries: AuditEntry[] = [];
	for (const { id } of rows) {
		entries.push(await desk.entry(id));
	}
	const groups = promptGroups(entries);
	if (groups.length === 0) {
		void vscode.window.showInformationMessage(
			'MCP Firewall: nobody was asked about a call yet, so there is nothing to suggest. Rules are suggested from what you were asked.',
		);
		return;
	}
	const chosen = await vscode.window.showQuickPick(
		groups.map(group => ({ ...promptGroupRow(group), group })),
		{
			title: 'What You Are Asked About Most',
			placeHolder: 'Choose one to see the rule that asks; nothing is changed',
			matchOnDescription: true,
			matchOnDetail: true,
		},
	);
	const place = chosen && ruleNow(chosen.group.latest, policy.current());
	if (place !== undefined) {
		await showPolicy(place);
	}
}
