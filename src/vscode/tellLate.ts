import * as vscode from 'vscode';
import { type OpenQuestion } from './openQuestion';
import { say } from './say';

/** Tells the person that an answer came after the end, and that it changed nothing. `what` is a sentence of ours. */
export function tellLate(what = say('The call had ended before you answered.')): void {
	void vscode.window.showInformationMessage(`MCP Firewall: ${what} ${say('Nothing was sent.')}`);
}

/** Tells the person that they clicked on a question that is over, on a surface that could not be taken away. */
export function tellOver({ wasAnswered }: Pick<OpenQuestion, 'wasAnswered'>): void {
	if (wasAnswered) {
		void vscode.window.showInformationMessage(
			say(
				'MCP Firewall: You had answered this question already. That answer stands; this click changed nothing.',
			),
		);
	} else {
		tellLate();
	}
}
