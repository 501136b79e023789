import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';

/** Names under which write tools carry the new text of a file. */
const CONTENT_KEYS = ['content', 'contents', 'text', 'data', 'new_content', 'newContent'];

/**
 * The text a file would have after the call: a whole-file write, or a list of `{oldText, newText}` edits. Undefined when
 * the arguments look like neither.
 */
export function proposedWrite(args: JsonObject, current: string | undefined): string | undefined {
	for (const key of CONTENT_KEYS) {
		const value = args[key];
		if (typeof value === 'string') {
			return value;
		}
	}
	return isJsonArray(args.edits) && current !== undefined ? applyEdits(args.edits, current) : undefined;
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
