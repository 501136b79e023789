import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { isPinnedCapability } from '../domain/registry/readServerEntry';
import { capabilityWords } from './capabilityWords';
import { type DetailDocuments } from './detailDocuments';
import { type ReviewRequest, type ToolReview } from './guardPorts';
import { pinsOf } from './listForReview';
import { quoteForLabel, quoteForPerson, visibleJson } from './quote';

interface ToolItem extends vscode.QuickPickItem {
	readonly review?: ToolReview;
}

type Step = { readonly kind: 'accept' | 'cancel' } | { readonly kind: 'capability'; readonly review: ToolReview };

const CAPABILITY: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('edit'), tooltip: 'Change capability' };
const DIFF: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('diff'), tooltip: 'Show what changed' };
const TEXT: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('eye'), tooltip: 'Show this tool' };
const PINS: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('pin'), tooltip: 'What will be pinned' };

/** Has the person admit tools, one by one, and correct what they count as. Undefined when it was dismissed. */
export async function reviewTools(
	request: ReviewRequest,
	documents: DetailDocuments,
): Promise<readonly ToolReview[] | undefined> {
	let tools = request.tools;
	for (;;) {
		const { step, admitted } = await ask({ ...request, tools }, documents);
		tools = tools.map(review => ({ ...review, admitted: admitted.has(review.tool.name) }));
		switch (step.kind) {
			case 'accept':
				return tools;
			case 'cancel':
				return undefined;
			case 'capability': {
				const { tool } = step.review;
				const capability = await askCapability(step.review);
				tools = tools.map(review => (review.tool.name === tool.name ? { ...review, capability } : review));
			}
		}
	}
}

async function ask(
	request: ReviewRequest,
	documents: DetailDocuments,
): Promise<{ readonly step: Step; readonly admitted: ReadonlySet<string> }> {
	const store = new DisposableStore();
	const picker = store.add(vscode.window.createQuickPick<ToolItem>());
	const admitted = () => new Set(picker.selectedItems.flatMap(({ review }) => review?.tool.name ?? []));
	try {
		picker.title = `Admit tools of “${quoteForPerson(request.serverName, 60)}”`;
		picker.placeholder = 'Checked tools are pinned as they are now; the others are hidden';
		picker.canSelectMany = true;
		picker.ignoreFocusOut = true;
		picker.buttons = [PINS];
		picker.items = itemsOf(request);
		picker.selectedItems = picker.items.filter(({ review }) => review?.admitted === true);
		const step = await new Promise<Step>(resolve => {
			store.add(picker.onDidAccept(() => resolve({ kind: 'accept' })));
			store.add(picker.onDidHide(() => resolve({ kind: 'cancel' })));
			store.add(picker.onDidTriggerButton(() => void showPins(request, admitted(), documents)));
			store.add(
				picker.onDidTriggerItemButton(({ button, item }) => {
					if (item.review !== undefined && button === CAPABILITY) {
						resolve({ kind: 'capability', review: item.review });
					} else if (item.review !== undefined) {
						void showTool(item.review, documents);
					}
				}),
			);
			picker.show();
		});
		return { step, admitted: admitted() };
	} finally {
		store.dispose();
	}
}

function itemsOf({ tools, removed, surface }: ReviewRequest): ToolItem[] {
	const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
	const group = (state: ToolReview['state'], label: string) => {
		const members = tools.filter(review => review.state === state);
		return members.length === 0 ? [] : [separator(label), ...members.map(itemOf)];
	};
	const says = `${surface.serverInfo.name} ${surface.serverInfo.version}`.trim();
	return [
		...group('drifted', 'Changed since the last review'),
		...group('unreviewed', 'New'),
		...group('pinned', 'As reviewed'),
		...(removed.length > 0 ? [separator(`No longer there: ${quoteForLabel(removed.join(', '), 200)}`)] : []),
		...(says === '' ? [] : [separator(`The server calls itself ${quoteForLabel(says, 80)}`)]),
	];
}

function itemOf(review: ToolReview): ToolItem {
	const { tool, state } = review;
	const { description, because } = capabilityWords(review);
	const says = `The server says: ${quoteForLabel(tool.description ?? 'nothing', 200)}`;
	return {
		label: quoteForLabel(tool.name, 128),
		description,
		detail: because === undefined ? says : `${because} ${says}`,
		buttons: [CAPABILITY, state === 'drifted' ? DIFF : TEXT],
		review,
	};
}

async function askCapability(review: ToolReview): Promise<string> {
	const { tool, capability } = review;
	const { because } = capabilityWords(review, '');
	const answer = await vscode.window.showInputBox({
		title: `What does ${quoteForPerson(tool.name, 128)} do?`,
		prompt: `${because === undefined ? '' : `${because} `}Write resource.action, for example filesystem.read, shell.execute, network.request`,
		value: capability,
		ignoreFocusOut: true,
		validateInput: text => (isPinnedCapability(text) ? undefined : 'Write it as resource.action, in lower case'),
	});
	return answer ?? capability;
}

const BESIDE: vscode.TextDocumentShowOptions = { preview: true, preserveFocus: true };

async function showTool({ tool, before }: ToolReview, documents: DetailDocuments): Promise<void> {
	const now = documents.add(`${tool.name}.json`, visibleJson(tool));
	if (before === undefined) {
		await vscode.window.showTextDocument(now, BESIDE);
		return;
	}
	const then = documents.add(`${tool.name} reviewed.json`, visibleJson(before));
	const title = `${quoteForPerson(tool.name, 128)}: reviewed ↔ now`;
	await vscode.commands.executeCommand('vscode.diff', then, now, title, BESIDE);
}

async function showPins(
	request: ReviewRequest,
	admitted: ReadonlySet<string>,
	documents: DetailDocuments,
): Promise<void> {
	const chosen = request.tools.map(review => ({ ...review, admitted: admitted.has(review.tool.name) }));
	const hidden = chosen.filter(review => !review.admitted).map(({ tool }) => tool.name);
	const text = visibleJson({ server: request.serverName, pinned: pinsOf(chosen), hidden });
	await vscode.window.showTextDocument(documents.add('What will be pinned.json', text), BESIDE);
}
