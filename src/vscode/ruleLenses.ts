import { dirname, relative, join } from 'node:path';
import * as vscode from 'vscode';
import { baseName } from '../base/baseName';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable';
import { parsePolicy } from '../domain/policy/parsePolicy';
import { rulesIn } from '../domain/policy/policyOutline';
import { innerCommandIds } from './contributions';
import { FixtureRuns } from './fixtureRuns';
import { FIXTURE_GLOB, fixtureNameFor } from './policyDocument';
import { isPolicy, POLICY_SELECTOR, type PolicyAuthorDeps } from './policyLanguage';
import { quoteForLabel } from './quote';
import { appendCase, caseDetail, caseFor, casesOf, type JudgedCase, lensTitle, newFixture } from './ruleTests';
import { say } from './say';

const NO_CASES = () => say('no case tests this policy: add one');

/** Milliseconds that the text must rest before its cases are judged. */
const REST_MS = 400;

class RuleLens extends vscode.CodeLens {
	constructor(
		range: vscode.Range,
		readonly document: vscode.TextDocument,
		readonly version: number,
		readonly ruleId: string,
	) {
		super(range);
	}
}

/** One run over the cases of one version of a policy; the lenses of its rules share it. */
interface Run {
	readonly version: number;
	readonly outcome: Promise<readonly JudgedCase[] | undefined>;
	readonly stop: AbortController;
}

/** "tested by N cases" above each rule. Lenses stand at once and are filled in when the text has rested. */
class RuleLenses implements vscode.CodeLensProvider<RuleLens>, Disposable {
	private readonly changed = new vscode.EventEmitter<void>();
	readonly onDidChangeCodeLenses = this.changed.event;
	private readonly store = new DisposableStore();
	private readonly runs = new Map<string, Run>();
	/** Whether some fixture names a policy, looked up once until fixtures change. */
	private readonly named = new Map<string, Promise<boolean>>();
	private watching = false;

	constructor(
		private readonly deps: PolicyAuthorDeps,
		private readonly fixtures: FixtureRuns,
	) {
		this.store.add(this.changed);
		this.store.add(
			vscode.workspace.onDidCloseTextDocument(({ uri }) => {
				this.forget(uri.fsPath);
			}),
		);
		this.store.add(toDisposable(() => [...this.runs.keys()].forEach(file => this.forget(file))));
	}

	/** One line above each rule; a policy that nobody tests gets a single one, so that it can be read in peace. */
	async provideCodeLenses(document: vscode.TextDocument): Promise<RuleLens[]> {
		// Presets come with the product and are tested there.
		if (!isPolicy(this.deps, document) || document.uri.fsPath.startsWith(this.deps.extensionPath)) {
			return [];
		}
		this.watch();
		const { version } = document;
		const rules = rulesIn(document.getText());
		const shown = (await this.isNamed(document.uri.fsPath)) ? rules : rules.slice(0, 1);
		return shown.map(
			({ id, line }) => new RuleLens(new vscode.Range(line - 1, 0, line - 1, 0), document, version, id),
		);
	}

	async resolveCodeLens(lens: RuleLens, token: vscode.CancellationToken): Promise<RuleLens> {
		const { document, version, ruleId } = lens;
		const judged = await this.judged(document, version);
		if (token.isCancellationRequested) {
			return lens;
		}
		const cases = judged && casesOf(ruleId, judged);
		const named = await this.isNamed(document.uri.fsPath);
		lens.command = {
			title:
				cases === undefined ? say('not run: the policy has an error') : named ? lensTitle(cases) : NO_CASES(),
			command:
				cases === undefined
					? ''
					: cases.length > 0
						? innerCommandIds.showRuleTests
						: innerCommandIds.addRuleTest,
			arguments: [document.uri.fsPath, ruleId],
		};
		return lens;
	}

	dispose(): void {
		this.store.dispose();
	}

	/** Starts a run for this version, or joins the one that is on its way; an older one is given up. */
	private judged(document: vscode.TextDocument, version: number): Run['outcome'] {
		const file = document.uri.fsPath;
		const known = this.runs.get(file);
		if (known?.version === version) {
			return known.outcome;
		}
		known?.stop.abort();
		const stop = new AbortController();
		const outcome = rest(stop.signal).then(() =>
			stop.signal.aborted ? undefined : this.fixtures.judge(file, document.getText(), stop.signal),
		);
		this.runs.set(file, { version, outcome, stop });
		return outcome;
	}

	/** Fixtures are looked at only once a policy is open. */
	private watch(): void {
		if (this.watching) {
			return;
		}
		this.watching = true;
		const watcher = this.store.add(vscode.workspace.createFileSystemWatcher(`**/${FIXTURE_GLOB}`));
		const again = () => {
			[...this.runs.keys()].forEach(file => this.forget(file));
			this.named.clear();
			this.changed.fire();
		};
		this.store.add(watcher.onDidCreate(again));
		this.store.add(watcher.onDidChange(again));
		this.store.add(watcher.onDidDelete(again));
	}

	private isNamed(file: string): Promise<boolean> {
		const known = this.named.get(file) ?? this.fixtures.fixturesOf(file).then(found => found.length > 0);
		this.named.set(file, known);
		return known;
	}

	private forget(file: string): void {
		this.runs.get(file)?.stop.abort();
		this.runs.delete(file);
		this.named.delete(file);
	}
}

/** The lenses above rules, and what a click on them does. */
export function showRuleTests(deps: PolicyAuthorDeps): DisposableStore {
	const store = new DisposableStore();
	const fixtures = new FixtureRuns();
	store.add(vscode.languages.registerCodeLensProvider(POLICY_SELECTOR, store.add(new RuleLenses(deps, fixtures))));
	const command = (id: string, run: (file: string, ruleId: string) => Promise<void>) =>
		vscode.commands.registerCommand(id, async (file: unknown, ruleId: unknown) => {
			if (typeof file === 'string' && typeof ruleId === 'string' && isPolicy(deps, await openText(file))) {
				await run(file, ruleId);
			}
		});
	store.add(command(innerCommandIds.showRuleTests, (file, ruleId) => pickCase(deps, fixtures, file, ruleId)));
	store.add(command(innerCommandIds.addRuleTest, (file, ruleId) => addCase(deps, fixtures, file, ruleId)));
	return store;
}

async function pickCase(deps: PolicyAuthorDeps, fixtures: FixtureRuns, file: string, ruleId: string): Promise<void> {
	const { signal } = new AbortController();
	const text = (await openText(file)).getText();
	const cases = casesOf(ruleId, (await fixtures.judge(file, text, signal)) ?? []);
	const failingFirst = cases.toSorted((left, right) => Number(left.outcome.ok) - Number(right.outcome.ok));
	const items = failingFirst.map(each => ({
		label: `${each.outcome.ok ? '$(pass)' : '$(error)'} ${quoteForLabel(each.test.name, 120)}`,
		description: `${quoteForLabel(baseName(each.file), 80)}:${String(each.test.line)}`,
		detail: quoteForLabel(caseDetail(each), 300),
		each,
	}));
	const add = { label: `$(add) ${say('Add a case…')}`, each: undefined };
	const title = say('Cases of rule {0}', quoteForLabel(ruleId, 100));
	const placeHolder = say('Go to the case');
	const choice = await vscode.window.showQuickPick([...items, add], { title, placeHolder, matchOnDetail: true });
	if (choice === add) {
		await addCase(deps, fixtures, file, ruleId);
	} else if (choice?.each !== undefined) {
		const line = choice.each.test.line - 1;
		const selection = new vscode.Range(line, 0, line, 0);
		await vscode.window.showTextDocument(vscode.Uri.file(choice.each.file), { selection });
	}
}

/** Writes a case for the rule into the policy's fixture, or opens a new fixture beside it. Nothing is saved. */
async function addCase(deps: PolicyAuthorDeps, fixtures: FixtureRuns, file: string, ruleId: string): Promise<void> {
	const rule = parsePolicy((await openText(file)).getText(), file).policy?.rules.find(({ id }) => id === ruleId);
	if (rule === undefined) {
		void vscode.window.showWarningMessage(say('MCP Firewall: mend the errors of this policy first.'));
		return;
	}
	const added = caseFor(rule, deps.pins());
	for (const fixture of await fixtures.fixturesOf(file)) {
		const document = await openText(fixture.file);
		const place = appendCase(document.getText(), added);
		if (place !== undefined) {
			const edit = new vscode.WorkspaceEdit();
			const at = document.positionAt(place.offset);
			edit.insert(document.uri, at, place.insert);
			await vscode.workspace.applyEdit(edit);
			const start = at.translate(1).with({ character: 0 });
			const end = document.positionAt(place.offset + place.insert.length);
			await vscode.window.showTextDocument(document, { selection: new vscode.Range(start, end) });
			return;
		}
	}
	const target = vscode.Uri.file(join(dirname(file), fixtureNameFor(file)));
	const folder = vscode.workspace.getWorkspaceFolder(target)?.uri.fsPath ?? dirname(file);
	const workspace = relative(dirname(file), folder).replaceAll('\\', '/');
	const document = await vscode.workspace.openTextDocument(target.with({ scheme: 'untitled' }));
	if (document.getText() === '') {
		const edit = new vscode.WorkspaceEdit();
		const start = new vscode.Position(0, 0);
		edit.insert(document.uri, start, newFixture(baseName(file), workspace === '' ? '.' : workspace, added));
		await vscode.workspace.applyEdit(edit);
	}
	await vscode.window.showTextDocument(document);
}

async function openText(file: string): Promise<vscode.TextDocument> {
	return vscode.workspace.openTextDocument(vscode.Uri.file(file));
}

function rest(signal: AbortSignal): Promise<void> {
	return new Promise(resolve => {
		const timer = setTimeout(resolve, REST_MS);
		signal.addEventListener('abort', () => {
			clearTimeout(timer);
			resolve();
		});
	});
}
