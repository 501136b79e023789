import * as vscode from 'vscode';
import { decisionTarget } from '../proxy/decision/decisionTarget';
import { settingIds } from './contributions';
import { DECISION_HEADER_KEY, keepDecisionHeader, originOf } from './decisionHeader';
import { failureText } from './problemText';
import { quoteForPerson } from './quote';
import { setting } from './effectiveSettings';
import { say } from './say';

/**
 * "Set Decision Service Header…": keeps a header (a token, most often) for the decision service of the settings in the secret
 * storage; an empty value drops it. True when something is other than before.
 */
export async function setDecisionHeader(secrets: vscode.SecretStorage): Promise<boolean> {
	const url = setting<string>(settingIds.decisionServiceUrl, '').trim();
	const origin = originOf(url);
	if (origin === undefined) {
		void vscode.window.showErrorMessage(
			say('MCP Firewall: the settings name no decision service. Set {0} first.', settingIds.decisionServiceUrl),
		);
		return false;
	}
	const title = say('Set Decision Service Header');
	const problem = (name: string, value: string) => {
		try {
			decisionTarget(url, { [name]: value });
			return undefined;
		} catch (error) {
			return quoteForPerson(failureText(error), 200);
		}
	};
	const name = await vscode.window.showInputBox({
		...{ title, value: 'Authorization', ignoreFocusOut: true },
		prompt: say('The name of the header that goes to {0} and nowhere else.', quoteForPerson(origin, 100)),
		validateInput: text => problem(text.trim(), 'x'),
	});
	if (name === undefined) {
		return false;
	}
	const value = await vscode.window.showInputBox({
		...{ title, password: true, ignoreFocusOut: true },
		prompt: say(
			'The value of {0}, such as “Bearer …”. It is kept in the secret storage of the editor. Empty: no header is sent any more.',
			quoteForPerson(name.trim(), 60),
		),
		validateInput: text => problem(name.trim(), text),
	});
	if (value === undefined) {
		return false;
	}
	if (value === '') {
		await secrets.delete(DECISION_HEADER_KEY);
		return true;
	}
	await keepDecisionHeader(secrets, { origin, name: name.trim(), value });
	return true;
}
