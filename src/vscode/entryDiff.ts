import { sha256Hex } from '../base/digest';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../base/json';
import { type AuditRecord } from '../domain/audit/auditRecord';
import { MASK } from '../domain/inspection/secretRules';
import { proposedWrite } from './proposedWrite';
import { say } from './say';

/** Two texts to compare. Both are attacker-controlled. */
export interface EntryDiff {
	readonly kind: 'diff';
	/** The file as it is on disk now, or a text. */
	readonly before: 'file' | { readonly text: string };
	readonly after: 'file' | { readonly text: string };
	/** What the two sides are, in words of ours. */
	readonly title: string;
	/** Sentences of ours: what the difference is not. */
	readonly notes: readonly string[];
}

/** The difference, or one sentence on why there is none. */
export type EntryDiffOutcome = EntryDiff | { readonly kind: 'none'; readonly why: string };

/** The one file that a call of the trail writes; a sentence where it cannot be told. */
export function writtenFile(entry: AuditRecord): { readonly path: string } | { readonly why: string } {
	const recorded = entry.facts?.paths;
	const paths = entry.paths ?? [];
	const [path] = paths;
	if (path === undefined) {
		return { why: say('This call names no file.') };
	}
	if (entry.facts?.altered === 'places' || paths.some(each => MASK.test(each))) {
		return { why: say('The name of the file was masked in the trail, because it looks like a secret.') };
	}
	if ((recorded !== undefined && recorded.length > 1) || paths.length > MAX_FORMS) {
		return { why: say('This call names several files, so it cannot be told which of them it writes.') };
	}
	return { path };
}

/** One path has at most so many forms: as written, decoded, with links resolved. */
const MAX_FORMS = 4;
const CUT = /\[cut: len=\d+ sha256=[0-9a-f]{64}\]/;

/**
 * What a recorded call would change, or changed, rebuilt from its masked arguments and the file as it is now (undefined where
 * none is there). Where the call was handed on, the file of now is the one after it; else it is the one before.
 */
export function entryDiff(entry: AuditRecord, current: string | undefined): EntryDiffOutcome {
	const { arguments: args } = entry;
	if (!isJsonObject(args)) {
		return { kind: 'none', why: say('The arguments of this call are not in the trail.') };
	}
	const texts = textsOf(args);
	if (texts.some(text => CUT.test(text))) {
		return {
			kind: 'none',
			why: say('The text was too long for the trail and was cut there, so the change cannot be rebuilt.'),
		};
	}
	const notes = texts.some(text => MASK.test(text))
		? [
				say(
					'Secrets in what the call wrote are masked here: the file itself has, or would have got, other text there.',
				),
			]
		: [];
	const touched = entry.touched?.find(({ path }) => (entry.paths ?? []).includes(path));
	if (touched !== undefined && current !== undefined) {
		const same = touched.after.endsWith(sha256Hex(new TextEncoder().encode(current)));
		notes.push(same ? say('The file is still as the call left it.') : say('The file has changed since the call.'));
	}
	const wasSent = entry.outcome !== 'refused' && entry.outcome !== 'pending';
	return (wasSent ? doneDiff(args, current, notes) : plannedDiff(args, current, notes)) ?? NO_WRITE();
}

const NO_WRITE = (): EntryDiffOutcome => ({
	kind: 'none',
	why: say('From the arguments of this call it cannot be told what it writes into the file.'),
});

function plannedDiff(args: JsonObject, current: string | undefined, notes: readonly string[]): EntryDiff | undefined {
	const text = proposedWrite(args, current);
	return text === undefined
		? fragments(args, notes)
		: {
				kind: 'diff',
				before: current === undefined ? { text: '' } : 'file',
				after: { text },
				title: current === undefined ? say('new file, as proposed') : say('now ↔ as proposed'),
				notes,
			};
}

function doneDiff(args: JsonObject, current: string | undefined, notes: readonly string[]): EntryDiff | undefined {
	if (!isJsonArray(args.edits)) {
		const text = proposedWrite(args, undefined);
		return text === undefined
			? undefined
			: {
					kind: 'diff',
					before: { text },
					after: current === undefined ? { text: '' } : 'file',
					title:
						current === undefined ? say('as the call wrote it ↔ gone') : say('as the call wrote it ↔ now'),
					notes: [say('The trail does not keep what stood in the file before the call.'), ...notes],
				};
	}
	const before = current === undefined ? undefined : undone(args.edits, current);
	return before === undefined
		? fragments(args, notes)
		: { kind: 'diff', before: { text: before }, after: 'file', title: say('before the call ↔ now'), notes };
}

/** The parts that an edit names, where the file is no longer one that they fit into. */
function fragments(args: JsonObject, notes: readonly string[]): EntryDiff | undefined {
	const edits = isJsonArray(args.edits) ? args.edits.map(readEdit) : [];
	if (edits.length === 0 || edits.includes(undefined)) {
		return undefined;
	}
	const side = (name: 'oldText' | 'newText') => edits.map(edit => edit?.[name] ?? '').join('\n⋯\n');
	return {
		kind: 'diff',
		before: { text: side('oldText') },
		after: { text: side('newText') },
		title: say('the edited parts'),
		notes: [say('The file has changed since, so only the parts that the call names can be shown.'), ...notes],
	};
}

/** The text with the edits taken back, last first; undefined where one of them does not stand there once. */
function undone(edits: readonly JsonValue[], current: string): string | undefined {
	let text = current;
	for (const edit of [...edits].reverse().map(readEdit)) {
		const at = edit === undefined || edit.newText === '' ? -1 : text.indexOf(edit.newText);
		if (edit === undefined || at < 0 || text.includes(edit.newText, at + 1)) {
			return undefined;
		}
		text = text.slice(0, at) + edit.oldText + text.slice(at + edit.newText.length);
	}
	return text;
}

function readEdit(edit: JsonValue): { readonly oldText: string; readonly newText: string } | undefined {
	return isJsonObject(edit) && typeof edit.oldText === 'string' && typeof edit.newText === 'string'
		? { oldText: edit.oldText, newText: edit.newText }
		: undefined;
}

function textsOf(value: JsonValue | undefined): readonly string[] {
	return typeof value === 'string'
		? [value]
		: isJsonArray(value)
			? value.flatMap(textsOf)
			: isJsonObject(value)
				? Object.values(value).flatMap(textsOf)
				: [];
}
