import * as vscode from 'vscode';
import { type Disposable } from '../base/disposable';
import { type AuditEntry } from '../domain/audit/auditRecord';
import { NO_INVENTORY } from '../domain/registry/inventory';
import { commandIds } from './contributions';
import { uncoveredLines } from './coverageText';
import { quoteForPerson } from './quote';
import { type StatusFacts, statusLook } from './statusText';

/** Verdicts the tooltip recalls. */
const RECENT = 5;

/** The status bar item: guarded servers, waiting approvals, stop state, last verdicts. */
export class StatusBar implements Disposable {
	private readonly item = vscode.window.createStatusBarItem('mcpFirewall.status', vscode.StatusBarAlignment.Left, 50);
	private readonly recent: string[] = [];
	private facts: StatusFacts = {
		...{ inventory: NO_INVENTORY, waiting: 0, stopped: false },
		...{ policyBroken: false, registryBroken: false, restricted: false },
	};

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
		const who = `${quoteForPerson(entry.tool ?? '', 80)} (${quoteForPerson(entry.server?.name ?? '', 60)})`;
		this.recent.unshift(`${time} ${entry.outcome} ${who}`);
		this.recent.splice(RECENT);
		this.render();
	}

	dispose(): void {
		this.item.dispose();
	}

	private render(): void {
		const { text, state, level } = statusLook(this.facts);
		this.item.text = text;
		this.item.backgroundColor =
			level === 'plain' ? undefined : new vscode.ThemeColor(`statusBarItem.${level}Background`);
		const uncovered = uncoveredLines(this.facts.inventory);
		// Plain text, never markdown: names of servers and tools are not ours.
		this.item.tooltip = ['MCP Firewall', state, ...uncovered, ...this.recent].join('\n');
		this.item.accessibilityInformation = {
			label: ['MCP Firewall.', state, ...uncovered].join(' '),
			role: 'button',
		};
	}
}
