import * as vscode from 'vscode';
import { isJsonObject, type JsonObject } from '../base/json';
import { parseJson } from '../base/strictJson';
import { placeToType } from './argumentsTemplate';
import { say } from './say';

/** Asks for the arguments of a call as JSON, starting from `proposed`. Undefined when it was dismissed. */
export async function askArguments(question: {
	readonly title: string;
	readonly prompt: string;
	readonly proposed: string;
}): Promise<JsonObject | undefined> {
	// Not all of it: the first key would replace the whole object.
	const place = placeToType(question.proposed);
	const text = await vscode.window.showInputBox({
		title: question.title,
		prompt: say('A JSON object. {0}', question.prompt),
		value: question.proposed,
		...(place !== undefined && { valueSelection: [place, place] }),
		ignoreFocusOut: true,
		validateInput: given => (readArguments(given) === undefined ? say('This is not a JSON object.') : undefined),
	});
	return text === undefined ? undefined : readArguments(text);
}

function readArguments(text: string): JsonObject | undefined {
	const parsed = parseJson(text, 'strict');
	return parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
}
