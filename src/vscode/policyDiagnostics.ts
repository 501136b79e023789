import * as vscode from 'vscode';
import { type PolicyLoad, type PolicyProblem } from '../domain/policy/policy';

/** Shows the problems of every loaded policy file as squiggles, and of the open text while it is being typed. */
export function showPolicyProblems(collection: vscode.DiagnosticCollection, loads: readonly PolicyLoad[]): void {
	collection.clear();
	for (const load of loads) {
		collection.set(vscode.Uri.file(load.file), load.problems.map(toDiagnostic));
	}
}

function toDiagnostic(problem: PolicyProblem): vscode.Diagnostic {
	const range = new vscode.Range(
		problem.at.line - 1,
		problem.at.column - 1,
		problem.end.line - 1,
		Math.max(problem.end.column - 1, 0),
	);
	const severity = problem.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
	const diagnostic = new vscode.Diagnostic(range, problem.message, severity);
	diagnostic.source = 'MCP Firewall';
	diagnostic.code = problem.code;
	return diagnostic;
}
