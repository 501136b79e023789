import { layOutJson } from './layOutJson';
import { visibleJsonText } from './quote';

/**
 * The arguments as a JSON document: what stands in the message, token by token, so that no number is rounded, with
 * everything that cannot be seen as `\\u…`. Attacker-controlled data, for an editor.
 */
export function argumentsDocument(argumentsText: string): string {
	return `${visibleJsonText(layOutJson(argumentsText))}\n`;
}
