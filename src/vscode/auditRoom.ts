import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { readSqlWasm } from '../storage/sqlWasm';
import { followAuditLinks, copyAuditLink } from './auditLinks';
import { AuditPanel, type AuditPanelOptions } from './auditPanel';
import { panelViewType } from './contributions';
import { createRule } from './createRule';
import { type DetailDocuments } from './detailDocuments';
import { exportTrailHere } from './exportTrailHere';
import { type PanelActions } from './panelAnswers';
import { showEntryDiff } from './showEntryDiff';
import { suppressRule } from './suppressRule';
import { showWhy } from './why';
import { type WithheldDesk } from './withheldAnswers';
import { type WorkbenchParts } from './workbenchParts';

/** The panel, and what is done from it elsewhere too. */
export interface AuditRoom {
	readonly store: Disposable;
	readonly panel: AuditPanel;
	readonly exportTrail: PanelActions['exportTrail'];
}

/** Opens what shows the trail: the panel with its actions, links to it, and its return after the window was loaded anew. */
export function openAuditRoom(
	context: vscode.ExtensionContext,
	parts: WorkbenchParts,
	{
		documents,
		withheld,
		waiting,
	}: {
		readonly documents: DetailDocuments;
		readonly withheld: WithheldDesk;
		readonly waiting: AuditPanelOptions['waiting'];
	},
): AuditRoom {
	const { ports, journal, trailDirectory, policyTrust: trust, trustedTrailKeys, signer, anchor } = parts;
	const store = new DisposableStore();
	const loadWasm = () => readSqlWasm(vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath);
	const exportTrail: PanelActions['exportTrail'] = filter =>
		exportTrailHere({ ports, trailDirectory, loadWasm, count: all => panel.desk.count(all) }, filter);
	const panel = store.add(
		new AuditPanel({
			...{ extensionUri: context.extensionUri, trailDirectory, loadWasm, journal, waiting, clock: ports.clock },
			trust: {
				// A key that could not be remembered is this window's all the same.
				keys: () => [...new Set([...trustedTrailKeys(), signer.publicKey])],
				heads: () => anchor.heads(),
			},
			actions: {
				why: entry => showWhy({ ports, documents }, entry),
				suppress: (entry, rule) => suppressRule({ context, trust, clock: ports.clock }, entry, rule),
				withheld: id => withheld.open(id),
				rule: entry => createRule({ context, trust, ports }, entry),
				diff: entry => showEntryDiff(entry, documents),
				exportTrail,
				link: view => copyAuditLink(context.extension.id, view),
			},
		}),
	);
	store.add(vscode.window.registerWebviewPanelSerializer(panelViewType, panel));
	store.add(followAuditLinks(view => panel.openView(view)));
	return { store, panel, exportTrail };
}
