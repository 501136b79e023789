import * as vscode from 'vscode';
import { type FoundInput } from '../domain/registry/mcpJson';
import { quoteForLabel, quoteForPerson } from './quote';
import { say } from './say';

/**
 * Asks for the value of one `${input:…}`, as its file describes it; undefined when dismissed. The description is
 * attacker-controlled, so that the title says whom the value is for.
 */
export async function askInput(serverName: string, input: FoundInput): Promise<string | undefined> {
	const title = say('A value for “{0}”: {1}', quoteForPerson(serverName, 60), quoteForPerson(input.id, 60));
	const says = quoteForPerson(input.description ?? '', 200);
	const prompt =
		says === ''
			? say('The value is kept in secret storage and given to this server alone.')
			: say('Its file says: {0}. The value is kept in secret storage and given to this server alone.', says);
	if (input.kind === 'pick') {
		const items = input.options.map(option => ({ label: quoteForLabel(option, 200), option }));
		const picked = await vscode.window.showQuickPick(items, { title, placeHolder: prompt, ignoreFocusOut: true });
		return picked?.option;
	}
	return vscode.window.showInputBox({
		...{ title, prompt, password: input.password, ignoreFocusOut: true },
		...(input.default !== undefined && { value: input.default }),
	});
}
