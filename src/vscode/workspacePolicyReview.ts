import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../base/disposable';
import { errorText } from '../base/errors';
import { type FirewallPorts } from '../firewall/ports';
import { type PolicyLayerFile } from '../storage/policyChange';
import { type PolicyFiles } from '../storage/policyFiles';
import { nodeSha256 } from '../storage/system';
import { workspacePolicyFile } from './contributions';
import { closeDetails, type DetailDocuments } from './detailDocuments';
import { noteEvent } from '../firewall/noteEvent';
import { showPolicy } from './openPolicy';
import { type PolicyTrust } from './policyTrust';
import { quoteForLabel, quoteForPerson } from './quote';
import { manageTrust } from './restrictedWorkspace';
import { say, sayCount, sayPhrase } from './say';
import { type TrustChoice, trustRows } from './trustRows';
import { allowRules, trustDetail } from './trustText';

/** What the review needs. */
export interface WorkspacePolicyDeps {
	readonly policy: PolicyFiles;
	readonly trust: PolicyTrust;
	readonly documents: DetailDocuments;
	readonly ports: FirewallPorts;
	/** Puts what is trusted now in force. */
	readonly refollow: () => void;
}

/** A workspace file as it was read at one time: what is shown is what is trusted. */
type Shown = PolicyLayerFile & { readonly text: string };

interface ChoiceItem extends vscode.QuickPickItem {
	readonly choice?: TrustChoice;
}

const REVIEW = () => say('Review…');
const NEVER = () => say('Never for This File');

/** Asks the person about the allow rules of workspace policies: once for each digest by itself, and whenever asked to. */
export class WorkspacePolicyReview {
	constructor(private readonly deps: WorkspacePolicyDeps) {}

	/** Tells of allow rules that do not count yet, without a modal. Never in a restricted window, where none counts. */
	askAboutNew(): void {
		if (!vscode.workspace.isTrusted) {
			return;
		}
		for (const layer of this.deps.policy.layers()) {
			const { file, digest } = layer.load;
			const wants = layer.kind === 'workspace' && layer.power === 'tightens' && allowRules(layer.load).length > 0;
			// Asked is remembered before anything is shown. A question that the editor has put away is not waited for.
			if (wants && this.deps.trust.mayAsk(file, digest)) {
				this.ask(layer).catch((error: unknown) => this.deps.ports.logger.error(errorText(error)));
			}
		}
	}

	/** "Review Workspace Policy…": shows what a workspace's file wants to allow; trusts it, or takes the trust back. */
	async review(file?: string): Promise<void> {
		const layers = this.deps.policy.layers().filter(({ kind }) => kind === 'workspace');
		const layer = file === undefined ? await pick(layers) : layers.find(({ load }) => load.file === file);
		if (layer === undefined) {
			if (layers.length === 0 || file !== undefined) {
				void vscode.window.showInformationMessage(
					say('MCP Firewall: no open folder has a {0}, so there is nothing to review.', workspacePolicyFile),
				);
			}
			return;
		}
		const problem = layer.load.problems.find(({ severity }) => severity === 'error');
		if (layer.load.policy === undefined || !isShown(layer)) {
			const text = say(
				'MCP Firewall: this file cannot be used, so every call is refused: {0}',
				problem === undefined ? '' : quoteForPerson(sayPhrase(problem.said), 200),
			);
			const go = say('Go to Line');
			if ((await vscode.window.showErrorMessage(text, go)) === go) {
				await showPolicy(problem?.at ?? { file: layer.load.file, line: 1 });
			}
			return;
		}
		await this.decide(layer);
	}

	private async ask(layer: PolicyLayerFile): Promise<void> {
		const { trust } = this.deps;
		const { file, digest } = layer.load;
		await trust.noteAsked(file, digest);
		const again = trust.trusted(file) === undefined ? '' : ` ${say('It is not the file that you trusted before.')}`;
		const count = allowRules(layer.load).length;
		const choice = await vscode.window.showInformationMessage(
			sayCount(
				count,
				'MCP Firewall: this workspace’s policy ({1}) wants to allow {0} thing.{2} Nothing of it counts until you trust it; what it denies counts already.',
				'MCP Firewall: this workspace’s policy ({1}) wants to allow {0} things.{2} Nothing of it counts until you trust it; what it denies counts already.',
				quoteForPerson(placeOf(file), 80),
				again,
			),
			REVIEW(),
			say('Not Now'),
			NEVER(),
		);
		if (choice === REVIEW()) {
			await this.review(file);
		} else if (choice === NEVER()) {
			await trust.neverAsk(file);
		}
	}

	/** The file beside what was trusted before, its allow rules in a list, and the questions that change something. */
	private async decide(layer: Shown): Promise<void> {
		const { trust, documents } = this.deps;
		const { load, text } = layer;
		const before = trust.trusted(load.file);
		// INVARIANT: what is shown is what is trusted.
		if (nodeSha256(text) !== load.digest) {
			throw new Error(say('The text of the policy and its digest do not belong together; nothing was trusted.'));
		}
		const name = basename(load.file);
		const then = documents.add(`${name} trusted.yaml`, before?.text ?? '');
		const now = documents.add(`${name} now.yaml`, text);
		const title =
			before === undefined
				? say('{0}: nothing trusted ↔ to be reviewed', name)
				: say('{0}: trusted ↔ to be reviewed', name);
		try {
			await vscode.commands.executeCommand('vscode.diff', then, now, title, { preview: false });
			for (;;) {
				const choice = await choose(layer, before?.digest);
				if (choice?.kind === 'line') {
					const at = new vscode.Range(choice.line - 1, 0, choice.line - 1, 0);
					await vscode.commands.executeCommand('vscode.diff', then, now, title, {
						preview: false,
						selection: at,
					});
				} else if (choice?.kind === 'trust') {
					if (await this.confirm(layer, before !== undefined)) {
						return;
					}
				} else {
					if (choice?.kind === 'withdraw') {
						await this.withdraw(layer);
					} else if (choice?.kind === 'manage') {
						await vscode.commands.executeCommand(manageTrust().command);
					}
					return;
				}
			}
		} finally {
			await closeDetails([now]);
		}
	}

	/** True when the person decided, either way; false leads back to the file. */
	private async confirm({ load, text }: Shown, changed: boolean): Promise<boolean> {
		const { trust, ports, refollow } = this.deps;
		// The first button has the focus: Enter alone must not trust.
		const back = say('Show the File');
		const yes = say('Trust These Rules');
		const answer = await vscode.window.showWarningMessage(
			say('Trust this file’s allow rules?'),
			{ modal: true, detail: trustDetail(load, changed) },
			back,
			yes,
		);
		if (answer === yes) {
			const before = trust.trusted(load.file)?.digest;
			await trust.trust(load.file, load.digest, text, new Date(ports.clock.now()).toISOString());
			noteEvent(ports, 'policy-trusted', {
				...{ actor: 'person', policyDigest: load.digest, after: load.digest, detail: load.file },
				...(before !== undefined && { before }),
			});
			refollow();
			this.tellOutcome(load.file, load.digest);
		}
		return answer !== back;
	}

	private async withdraw({ load }: Shown): Promise<void> {
		const { trust, ports, refollow } = this.deps;
		const digest = trust.trusted(load.file)?.digest;
		await trust.withdraw(load.file);
		noteEvent(ports, 'policy-trust-withdrawn', {
			actor: 'person',
			...(digest !== undefined && { policyDigest: digest, before: digest }),
			detail: load.file,
		});
		refollow();
		void vscode.window.showInformationMessage(
			say('MCP Firewall: this workspace’s allow rules no longer count. What it denies still does.'),
		);
	}

	/** The file may have changed while the person read; then the new text does not count, and that is told. */
	private tellOutcome(file: string, digest: string): void {
		const layer = this.deps.policy.layers().find(({ kind, load }) => kind === 'workspace' && load.file === file);
		if (layer?.load.digest === digest && layer.power === 'grants') {
			void vscode.window.showInformationMessage(
				say('MCP Firewall: this workspace’s allow rules count from now on.'),
			);
			return;
		}
		const why = vscode.workspace.isTrusted
			? say('The file has changed since, so its allow rules do not count. Review it again.')
			: say('This window is restricted, so they do not count before you trust the workspace.');
		void vscode.window.showWarningMessage(`${say('MCP Firewall: what you saw is trusted.')} ${why}`);
	}
}

async function pick(layers: readonly PolicyLayerFile[]): Promise<PolicyLayerFile | undefined> {
	if (layers.length <= 1) {
		return layers[0];
	}
	const items = layers.map(layer => ({
		label: quoteForLabel(placeOf(layer.load.file), 80),
		description: sayCount(allowRules(layer.load).length, 'wants to allow {0} thing', 'wants to allow {0} things'),
		detail: quoteForLabel(layer.load.file, 200),
		layer,
	}));
	return (await vscode.window.showQuickPick(items, { title: say('Which workspace policy?') }))?.layer;
}

/** The list stays open while the person reads the file behind it. */
async function choose(layer: Shown, trusted: string | undefined): Promise<TrustChoice | undefined> {
	const store = new DisposableStore();
	const picker = store.add(vscode.window.createQuickPick<ChoiceItem>());
	try {
		picker.title = say('What {0} wants to allow', quoteForPerson(placeOf(layer.load.file), 80));
		picker.placeholder = say('Read the file below; a rule leads to its line. Escape changes nothing');
		picker.ignoreFocusOut = true;
		picker.items = choices(layer, trusted);
		return await new Promise<TrustChoice | undefined>(resolve => {
			store.add(picker.onDidAccept(() => resolve(picker.selectedItems[0]?.choice)));
			store.add(picker.onDidHide(() => resolve(undefined)));
			picker.show();
		});
	} finally {
		store.dispose();
	}
}

function choices({ load, power }: Shown, trusted: string | undefined): ChoiceItem[] {
	const { isTrusted } = vscode.workspace;
	return trustRows({ load, power, trusted, isTrusted }).map(({ isSeparator, ...row }) => ({
		...row,
		...(isSeparator === true && { kind: vscode.QuickPickItemKind.Separator }),
	}));
}

function isShown(layer: PolicyLayerFile): layer is Shown {
	return layer.text !== undefined;
}

/** `folder/.vscode/mcp-firewall.yaml` for a workspace's file. */
function placeOf(file: string): string {
	return `${basename(dirname(dirname(file)))}/${workspacePolicyFile}`;
}
