import { counted } from '../base/counted';
import * as vscode from 'vscode';
import { type AuditFilter } from '../domain/audit/auditFilter';
import { type ExportFormat } from '../domain/audit/export/trailFormat';
import { maskText } from '../domain/inspection/maskSecrets';
import { type EventPorts, noteEvent } from '../firewall/noteEvent';
import { exportTrail } from '../storage/exportTrail';
import { quoteForPerson } from './quote';
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
	{ format: 'jsonl', ending: 'jsonl', label: 'JSON Lines', detail: 'Every entry whole, one JSON object a line.' },
	{ format: 'csv', ending: 'csv', label: 'CSV', detail: 'A table for spreadsheets: one row for each call or event.' },
	{ format: 'sarif', ending: 'sarif', label: 'SARIF', detail: 'Findings alone, for code scanning tools.' },
	{ format: 'rfc006', ending: 'jsonl', label: 'RFC-006 Evidence', detail: 'Evidence records of calls, one a line.' },
	{
		format: 'otlp',
		ending: 'json',
		label: 'OpenTelemetry (OTLP/JSON)',
		detail: 'Sessions as traces, calls as spans.',
	},
	{ format: 'sqlite', ending: 'sqlite', label: 'SQLite', detail: 'A database file for any tool.' },
];

/** "Export Audit Trail…": asks for form and place, writes a copy of what matches with progress, and records that it was given out. */
export async function exportTrailHere(deps: ExportTrailDeps, filter: AuditFilter): Promise<void> {
	const narrowed = Object.keys(filter).length > 0;
	const form = await vscode.window.showQuickPick(FORMS, {
		title: `Export ${narrowed ? 'What the Filter Shows' : 'the Audit Trail'}`,
		placeHolder: 'In which form? Secrets are masked in the trail, and so in every copy of it.',
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
			saveLabel: 'Export',
			title: 'Export Audit Trail',
		}));
	if (form === undefined || place === undefined) {
		return;
	}
	const result = await withTrailProgress('exporting the audit trail', async (signal, onProgress) => {
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
		void vscode.window.showInformationMessage('MCP Firewall: the export was stopped, and no file is left of it.');
		return;
	}
	const detail = `${form.format}, ${counted(result.entries, 'entry', 'entries')}, ${narrowed ? `filter ${maskText(JSON.stringify(filter))}` : 'the whole trail'}`;
	noteEvent(deps.ports, 'trail-exported', { actor: 'person', detail });
	const show = 'Open File';
	const skipped = result.skipped > 0 ? ` ${String(result.skipped)} could not be written.` : '';
	const choice = await vscode.window.showInformationMessage(
		`MCP Firewall: ${counted(result.entries, 'entry', 'entries')} exported to ${quoteForPerson(place.fsPath, 200)}.${skipped}`,
		...(form.format === 'sqlite' ? [] : [show]),
	);
	if (choice === show) {
		await vscode.window.showTextDocument(place, { preview: false });
	}
}
