import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';

/** Names under which write tools carry the new text of a file. */
const CONTENT_KEYS = ['content', 'contents', 'text', 'data', 'new_content', 'newContent'];

/**
 * The text a file would have after the call: a whole-file write, or a list of `{oldText, newText}` edits. Undefined when
 * the arguments look like neither, or like both or two of them: which one the server would take cannot be told, and a decoy
 * must not be shown as the change.
 */
export function proposedWrite(args: JsonObject, current: string | undefined): string | undefined {
	const texts = CONTENT_KEYS.map(key => args[key]).filter(value => typeof value === 'string');
	if (isJsonArray(args.edits)) {
		return texts.length === 0 && current !== undefined ? applyEdits(args.edits, current) : undefined;
	}
	return texts.length === 1 ? texts[0] : undefined;
}

function applyEdits(edits: readonly JsonValue[], current: string): string | undefined {
	let text = current;
	for (const edit of edits) {
		if (!isJsonObject(edit) || typeof edit.oldText !== 'string' || typeof edit.newText !== 'string') {
			return undefined;
		}
		const at = text.indexOf(edit.oldText);
		if (at < 0) {
			return undefined;
		}
		text = text.slice(0, at) + edit.newText + text.slice(at + edit.oldText.length);
	}
	return text;
}
