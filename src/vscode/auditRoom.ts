import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable';
import { followAuditLinks, copyAuditLink } from './auditLinks';
import { AuditPanel } from './auditPanel';
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
	{ documents, withheld }: { readonly documents: DetailDocuments; readonly withheld: WithheldDesk },
): AuditRoom {
	const { ports, journal, trailDirectory, policyTrust: trust } = parts;
	const store = new DisposableStore();
	const exportTrail: PanelActions['exportTrail'] = filter =>
		exportTrailHere({ ports, trailDirectory, count: all => panel.desk.count(all) }, filter);
	const panel = store.add(
		new AuditPanel({
			...{ extensionUri: context.extensionUri, trailDirectory, journal, clock: ports.clock },
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
