import { counted } from '../base/counted';
import * as vscode from 'vscode';
import { type AuditFilter } from '../domain/audit/auditFilter';
import { type ExportFormat } from '../domain/audit/export/trailFormat';
import { maskText } from '../domain/inspection/maskSecrets';
import { type EventPorts, noteEvent } from '../firewall/noteEvent';
import { exportTrail } from '../storage/exportTrail';
import { quoteForPerson } from './quote';
import { say, sayCount } from './say';
import { withTrailProgress } from './trailProgress';

/** What an export needs. */
export interface ExportTrailDeps {
	readonly ports: EventPorts;
	readonly trailDirectory: string;
	/** Gives the bytes of `sql-wasm.wasm`. */
	readonly loadWasm: () => Promise<Uint8Array>;
	/** How many entries match, for the progress. */
	readonly count: (filter: AuditFilter) => Promise<number>;
}

interface Form extends vscode.QuickPickItem {
	readonly format: ExportFormat;
	readonly ending: string;
}

const FORMS: readonly Form[] = [
	{
		format: 'jsonl',
		ending: 'jsonl',
		label: 'JSON Lines',
		get detail() {
			return say('Every entry whole, one JSON object a line.');
		},
	},
	{
		format: 'csv',
		ending: 'csv',
		label: 'CSV',
		get detail() {
			return say('A table for spreadsheets: one row for each call or event.');
		},
	},
	{
		format: 'sarif',
		ending: 'sarif',
		label: 'SARIF',
		get detail() {
			return say('Findings alone, for code scanning tools.');
		},
	},
	{
		format: 'rfc006',
		ending: 'jsonl',
		label: 'RFC-006 Evidence',
		get detail() {
			return say('Evidence records of calls, one a line.');
		},
	},
	{
		format: 'otlp',
		ending: 'json',
		label: 'OpenTelemetry (OTLP/JSON)',
		get detail() {
			return say('Sessions as traces, calls as spans.');
		},
	},
	{
		format: 'sqlite',
		ending: 'sqlite',
		label: 'SQLite',
		get detail() {
			return say('A database file for any tool.');
		},
	},
];

/** "Export Audit Trail…": asks for form and place, writes a copy of what matches with progress, and records that it was given out. */
export async function exportTrailHere(deps: ExportTrailDeps, filter: AuditFilter): Promise<void> {
	const narrowed = Object.keys(filter).length > 0;
	const form = await vscode.window.showQuickPick(FORMS, {
		title: narrowed ? say('Export What the Filter Shows') : say('Export the Audit Trail'),
		placeHolder: say('In which form? Secrets are masked in the trail, and so in every copy of it.'),
		// The panel, whose button asked for it, takes the focus back when it will.
		ignoreFocusOut: true,
	});
	const day = new Date(deps.ports.clock.now()).toISOString().slice(0, 10);
	const place =
		form &&
		(await vscode.window.showSaveDialog({
			...(vscode.workspace.workspaceFolders?.[0] && {
				defaultUri: vscode.Uri.joinPath(
					vscode.workspace.workspaceFolders[0].uri,
					`audit-${day}.${form.ending}`,
				),
			}),
			filters: { [form.label]: [form.ending] },
			saveLabel: say('Export'),
			title: say('Export Audit Trail'),
		}));
	if (form === undefined || place === undefined) {
		return;
	}
	const result = await withTrailProgress(say('exporting the audit trail'), async (signal, onProgress) => {
		const total = Math.max(await deps.count(filter), 1);
		return exportTrail({
			...{ dir: deps.trailDirectory, filter, format: form.format, out: place.fsPath, signal },
			loadWasm: deps.loadWasm,
			// The editor's own dialog has asked.
			overwrite: true,
			onProgress: done => {
				onProgress(done / total);
			},
		});
	});
	if (result === undefined) {
		void vscode.window.showInformationMessage(
			say('MCP Firewall: the export was stopped, and no file is left of it.'),
		);
		return;
	}
	const detail = `${form.format}, ${counted(result.entries, 'entry', 'entries')}, ${narrowed ? `filter ${maskText(JSON.stringify(filter))}` : 'the whole trail'}`;
	noteEvent(deps.ports, 'trail-exported', { actor: 'person', detail });
	const show = say('Open File');
	const skipped = result.skipped > 0 ? ` ${say('{0} could not be written.', result.skipped)}` : '';
	const choice = await vscode.window.showInformationMessage(
		sayCount(
			result.entries,
			'MCP Firewall: {0} entry exported to {1}.{2}',
			'MCP Firewall: {0} entries exported to {1}.{2}',
			quoteForPerson(place.fsPath, 200),
			skipped,
		),
		...(form.format === 'sqlite' ? [] : [show]),
	);
	if (choice === show) {
		await vscode.window.showTextDocument(place, { preview: false });
	}
}
