import * as vscode from 'vscode';
import { type Clock } from '../base/clock';
import { type Disposable, DisposableStore } from '../base/disposable';
import { type Event } from '../base/event';
import { type TreeNode } from './treeNode';

/** Changes within so many milliseconds become one refresh. */
const REFRESH_PAUSE_MS = 150;

/** Shows nodes in a view. The roots are made anew at each refresh, what lies below when it is unfolded. */
export class TreeProvider implements vscode.TreeDataProvider<TreeNode>, Disposable {
	private readonly changed = new vscode.EventEmitter<undefined>();
	private pending: Disposable | undefined;

	readonly onDidChangeTreeData = this.changed.event;

	constructor(
		private readonly clock: Clock,
		private readonly roots: () => readonly TreeNode[] | Promise<readonly TreeNode[]>,
	) {}

	/** Shows what is now, soon. */
	refresh(): void {
		this.pending ??= this.clock.schedule(REFRESH_PAUSE_MS, () => {
			this.pending = undefined;
			this.changed.fire(undefined);
		});
	}

	async getChildren(node?: TreeNode): Promise<TreeNode[]> {
		return [...(node === undefined ? await this.roots() : (node.children?.() ?? []))];
	}

	getTreeItem(node: TreeNode): vscode.TreeItem {
		const item = new vscode.TreeItem(node.label, foldOf(node));
		item.id = node.key;
		item.description = node.description;
		// A string, never markdown: names of servers and tools are not ours.
		item.tooltip = node.tooltip;
		item.contextValue = node.context;
		if (node.opens !== undefined) {
			item.command = { ...node.opens, arguments: [node] };
		}
		item.accessibilityInformation = { label: node.accessible };
		item.iconPath =
			node.color === undefined
				? new vscode.ThemeIcon(node.icon)
				: new vscode.ThemeIcon(node.icon, new vscode.ThemeColor(node.color));
		return item;
	}

	dispose(): void {
		this.pending?.dispose();
		this.changed.dispose();
	}
}

/** A view whose nodes come from `roots`, refreshed after each of the events. */
export function openTree(
	viewId: string,
	clock: Clock,
	roots: () => readonly TreeNode[] | Promise<readonly TreeNode[]>,
	events: readonly Event<unknown>[],
): { readonly store: DisposableStore; readonly view: vscode.TreeView<TreeNode>; readonly provider: TreeProvider } {
	const store = new DisposableStore();
	const provider = store.add(new TreeProvider(clock, roots));
	const view = store.add(vscode.window.createTreeView(viewId, { treeDataProvider: provider, showCollapseAll: true }));
	for (const event of events) {
		store.add(
			event(() => {
				provider.refresh();
			}),
		);
	}
	return { store, view, provider };
}

function foldOf({ children, expanded }: TreeNode): vscode.TreeItemCollapsibleState {
	if (children === undefined) {
		return vscode.TreeItemCollapsibleState.None;
	}
	return expanded === true ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}
