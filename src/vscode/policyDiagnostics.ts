import * as vscode from 'vscode';
import { type LintKnowledge, lintAgainst } from '../domain/policy/lintAgainst';
import { type PolicyProblem } from '../domain/policy/policy';
import { type PolicyReading } from '../storage/policyReading';
import { commandIds, workspacePolicyFile } from './contributions';
import { say, sayPhrase } from './say';

/** Everything that is wrong with the files of a policy, alone and together, and with what is known outside of them. */
export function problemsOf({ effective, layers }: PolicyReading, known: LintKnowledge): readonly PolicyProblem[] {
	return [...effective.problems, ...layers.flatMap(({ load }) => lintAgainst(load, known))];
}

/** Shows problems as squiggles in the files where they are, and nothing else. */
export function showPolicyProblems(
	collection: vscode.DiagnosticCollection,
	{ layers }: PolicyReading,
	problems: readonly PolicyProblem[],
): void {
	const texts = new Map(layers.map(({ load, text }) => [load.file, text?.split('\n')]));
	const files = new Map<string, vscode.Diagnostic[]>();
	for (const problem of problems) {
		const { file, line } = problem.at;
		const found = files.get(file) ?? [];
		found.push(toDiagnostic(problem, texts.get(file)?.[line - 1]));
		files.set(file, found);
	}
	collection.clear();
	for (const [file, diagnostics] of files) {
		collection.set(vscode.Uri.file(file), diagnostics);
	}
}

/** Leads from an allow rule that does not count to the review that can make it count. */
export const reviewFix: vscode.CodeActionProvider = {
	provideCodeActions(document, _range, { diagnostics }) {
		const waiting = diagnostics.filter(({ source, code }) => source === SOURCE && code === WAITING);
		if (waiting.length === 0) {
			return [];
		}
		const action = new vscode.CodeAction(say('Review Workspace Policy…'), vscode.CodeActionKind.QuickFix);
		action.diagnostics = waiting;
		action.command = {
			title: say('Review Workspace Policy…'),
			command: commandIds.reviewWorkspacePolicy,
			arguments: [document.uri.fsPath],
		};
		return [action];
	},
};

/** The documents in which {@link reviewFix} has something to offer. */
export const reviewFixSelector: vscode.DocumentFilter = { scheme: 'file', pattern: `**/${workspacePolicyFile}` };

const SOURCE = 'MCP Firewall';
/** What a review can make count; anything else that is ignored stays so. */
const WAITING: PolicyProblem['code'] = 'only-tightens';

function toDiagnostic(problem: PolicyProblem, line: string | undefined): vscode.Diagnostic {
	const { at, end } = problem;
	// What only has a place is shown to the end of its line.
	const isPlace = end.line === at.line && end.column <= at.column + 1;
	const endColumn = isPlace && line !== undefined ? Math.max(line.trimEnd().length, end.column - 1) : end.column - 1;
	const range = new vscode.Range(at.line - 1, at.column - 1, end.line - 1, Math.max(endColumn, 0));
	const severity = problem.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
	const said = sayPhrase(problem.said);
	const message =
		problem.code === WAITING ? say('{0} “MCP Firewall: Review Workspace Policy…” leads there.', said) : said;
	const diagnostic = new vscode.Diagnostic(range, message, severity);
	diagnostic.source = SOURCE;
	diagnostic.code = problem.code;
	return diagnostic;
}
