import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { say } from './say';

/** Names under which write tools carry the new text of a file. */
const CONTENT_KEYS = ['content', 'contents', 'text', 'data', 'new_content', 'newContent'];

/** Names under which edit tools say which text is replaced by which; the pairs of the servers in use. */
const EDIT_KEYS = [
	['oldText', 'newText'],
	['old_text', 'new_text'],
	['old_string', 'new_string'],
	['oldString', 'newString'],
	['old_str', 'new_str'],
] as const;

/** UTF-16 units of the longest text that is computed: one short edit could fill the memory. */
const MAX_TEXT = 64 * 1024 * 1024;

/** The new text, or a part of a sentence on why it cannot be computed. */
export type ProposedWrite = { readonly text: string } | { readonly why: string };

/**
 * The text a file would have after the call: a whole-file write, or edits that name old and new text. Undefined when the
 * arguments look like neither, or like both or two of them: which one the server would take cannot be told, and a decoy
 * must not be shown as the change.
 */
export function proposedWrite(args: JsonObject, current: string | undefined): string | undefined {
	const proposed = readWrite(args, current);
	return proposed !== undefined && 'text' in proposed ? proposed.text : undefined;
}

/** The same, and why where it is an edit whose outcome cannot be computed exactly. */
export function readWrite(args: JsonObject, current: string | undefined): ProposedWrite | undefined {
	const texts = CONTENT_KEYS.map(key => args[key]).filter(value => typeof value === 'string');
	const single = readEdit(args);
	if (isJsonArray(args.edits) || single !== undefined) {
		const both = isJsonArray(args.edits) && single !== undefined;
		const edits = isJsonArray(args.edits) ? args.edits : [args];
		if (texts.length > 0 || both) {
			return { why: say('it names edits and a whole text, and which of them the server takes is not known') };
		}
		return current === undefined
			? { why: say('the file that it edits is not there or cannot be read') }
			: applyEdits(edits, current);
	}
	return texts.length === 1 && texts[0] !== undefined ? { text: texts[0] } : undefined;
}

function applyEdits(edits: readonly JsonValue[], current: string): ProposedWrite {
	let text = current;
	for (const [at, value] of edits.entries()) {
		const edit = isJsonObject(value) ? readEdit(value) : undefined;
		const name = say('edit {0} of {1}', at + 1, edits.length);
		if (edit === undefined) {
			return { why: say('{0} does not say which text is replaced by which', name) };
		}
		const place = edit.oldText === '' ? -1 : text.indexOf(edit.oldText);
		if (place < 0) {
			return { why: say('the text that {0} replaces does not stand in the file as it is', name) };
		}
		const again = edit.takesFirst ? -1 : text.indexOf(edit.oldText, place + 1);
		if (again >= 0 && !edit.all) {
			return { why: say('the text that {0} replaces stands in the file more than once', name) };
		}
		if (edit.all && text.length + (text.length / edit.oldText.length) * edit.newText.length > MAX_TEXT) {
			return { why: say('{0} could make more of it than can be shown', name) };
		}
		text = edit.all
			? text.split(edit.oldText).join(edit.newText)
			: text.slice(0, place) + edit.newText + text.slice(place + edit.oldText.length);
	}
	return { text };
}

interface Edit {
	readonly oldText: string;
	readonly newText: string;
	/** Every place is replaced. */
	readonly all: boolean;
	/** The server is known to take the first place (`edit_file` of the reference file server). */
	readonly takesFirst: boolean;
}

function readEdit(value: JsonObject): Edit | undefined {
	const found = EDIT_KEYS.flatMap(([oldKey, newKey]) => {
		const [oldText, newText] = [value[oldKey], value[newKey]];
		return typeof oldText === 'string' && typeof newText === 'string'
			? [{ oldText, newText, takesFirst: oldKey === 'oldText' }]
			: [];
	});
	const [edit] = found;
	const all = value.replace_all === true || value.replaceAll === true;
	return edit === undefined || found.length > 1 ? undefined : { ...edit, all };
}
