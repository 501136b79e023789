import * as vscode from 'vscode';
import { stepIds, walkthroughId } from './contributions';
import { type FirstStep, firstSteps } from './firstSteps';

/**
 * Opens the walkthrough at the first step that is not done. VS Code ticks no step whose context key was set before it read the
 * walkthrough, which it does when one is opened: what is done already is ticked here. No tick is worth an error.
 */
export async function openWalkthrough(extensionId: string, done: readonly FirstStep[]): Promise<void> {
	const category = `${extensionId}#${walkthroughId}`;
	const next = firstSteps.find(step => !done.includes(step));
	await vscode.commands.executeCommand(
		'workbench.action.openWalkthrough',
		next === undefined ? category : { category, step: stepIds[next] },
	);
	for (const step of done) {
		await ticked(`${category}#${stepIds[step]}`);
	}
}

/** VS Code's own command, which its documentation does not list. */
async function ticked(step: string): Promise<void> {
	try {
		await vscode.commands.executeCommand('welcome.markStepComplete', step);
	} catch {
		// It may go; then the step stays as it is.
	}
}
