import * as vscode from 'vscode';
import { type Disposable } from '../base/disposable';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { type Inventory, NO_INVENTORY } from '../domain/registry/inventory';
import { commandIds } from './contributions';
import { coverageSentence, uncoveredLines } from './coverageText';

/** What the item says. */
export interface StatusFacts {
	/** Every server that is known of, as far as it counts. */
	readonly inventory: Inventory;
	readonly waiting: number;
	readonly stopped: boolean;
	readonly policyBroken: boolean;
}

/** Verdicts the tooltip recalls. */
const RECENT = 5;

/** The status bar item: guarded servers, waiting approvals, stop state, last verdicts. */
export class StatusBar implements Disposable {
	private readonly item = vscode.window.createStatusBarItem('mcpFirewall.status', vscode.StatusBarAlignment.Left, 50);
	private readonly recent: string[] = [];
	private facts: StatusFacts = { inventory: NO_INVENTORY, waiting: 0, stopped: false, policyBroken: false };

	constructor() {
		this.item.name = 'MCP Firewall';
		this.item.command = commandIds.showMenu;
		this.render();
		this.item.show();
	}

	update(facts: StatusFacts): void {
		this.facts = facts;
		this.render();
	}

	/** Notes a call for the tooltip. */
	note(entry: AuditEntry): void {
		if (entry.kind !== 'call') {
			return;
		}
		const time = new Date(entry.at).toLocaleTimeString();
		this.recent.unshift(`${time} ${entry.outcome} ${entry.tool ?? ''} (${entry.server?.name ?? ''})`);
		this.recent.splice(RECENT);
		this.render();
	}

	dispose(): void {
		this.item.dispose();
	}

	private render(): void {
		const { stopped, policyBroken, waiting, inventory } = this.facts;
		this.item.text = this.text();
		this.item.backgroundColor =
			stopped || policyBroken
				? new vscode.ThemeColor('statusBarItem.errorBackground')
				: waiting > 0
					? new vscode.ThemeColor('statusBarItem.warningBackground')
					: undefined;
		const state = stopped
			? 'Stopped: every call is refused.'
			: policyBroken
				? 'The policy has an error: every call is refused.'
				: waiting > 0
					? `${String(waiting)} ${waiting === 1 ? 'call waits' : 'calls wait'} for your answer. Click to give it.`
					: coverageSentence(inventory);
		const uncovered = uncoveredLines(inventory);
		// Plain text, never markdown: names of servers and tools are not ours.
		this.item.tooltip = ['MCP Firewall', state, ...uncovered, ...this.recent].join('\n');
		this.item.accessibilityInformation = {
			label: ['MCP Firewall.', state, ...uncovered].join(' '),
			role: 'button',
		};
	}

	private text(): string {
		const { stopped, policyBroken, waiting, inventory } = this.facts;
		if (stopped) {
			return '$(stop-circle) MCP stopped';
		}
		if (policyBroken) {
			return '$(error) MCP policy error';
		}
		if (waiting > 0) {
			return `$(bell-dot) MCP ${String(waiting)} waiting`;
		}
		const { guarded, total } = inventory;
		return total === 0 ? '$(shield) MCP' : `$(shield) MCP ${String(guarded)}/${String(total)} guarded`;
	}
}
