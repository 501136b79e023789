import { applyEdits, type Edit, type Node } from 'jsonc-parser';
import { inEnglish } from '../../base/phrase';
import { fingerprint, type JsonDocument, membersOf, parseDocument } from './jsonDocument';
import { SERVERS_PATH } from './originFormat';
import { PROBLEM_WORDS } from './problemWords';
import { commaBetween, endOfLineComments, nodeAt, spanOf } from './removeServer';

/** What came of putting a server back: the new text, or that one of its name is there already. */
export type Insertion =
	| { readonly kind: 'inserted'; readonly text: string }
	| { readonly kind: 'already-there' }
	| { readonly kind: 'problem'; readonly problem: string };

/**
 * Puts a property that {@link removeServer} took out back as the last one of the object to which the keys `at` lead, as it was
 * written. Nothing else of the text changes; objects on the way there are made when there are none. The result is parsed and
 * compared. Never throws.
 */
export function insertServer(
	text: string,
	name: string,
	property: string,
	at: readonly string[] = SERVERS_PATH,
): Insertion {
	const source = text.replace('\uFEFF', '').trim() === '' ? `${text.trim()}{}\n` : text;
	const document = parseDocument(source);
	if ('problem' in document) {
		return problem(inEnglish(PROBLEM_WORDS.inLine(document.problem.line, document.problem.message)));
	}
	const wanted = parseDocument(`{${property}}`);
	if (membersOf(document.root) === undefined || 'problem' in wanted || membersOf(wanted.root)?.length !== 1) {
		return problem('the file or the server is not what was expected');
	}
	const there = at.map((_, index) => at.slice(0, at.length - index)).find(way => nodeAt(document.root, way)) ?? [];
	const put = nodeAt(document.root, there) ?? document.root;
	const members = membersOf(put);
	const missing = at.slice(there.length);
	if (members === undefined || members.some(({ key }) => key === missing[0])) {
		return problem(inEnglish(PROBLEM_WORDS.object((members === undefined ? there.at(-1) : missing[0]) ?? '')));
	}
	if (missing.length === 0 && members.some(({ key }) => key === name)) {
		return { kind: 'already-there' };
	}
	const result = insertInto(source, document, put, wrapped(missing, property, source, there.length));
	const after = parseDocument(result);
	return !('problem' in after) && isGrown(document, after, [at, there], wanted.root)
		? { kind: 'inserted', text: result }
		: problem('the server cannot be put into this file safely');
}

/** The property inside of the objects that are missing, one line each. */
function wrapped(missing: readonly string[], property: string, source: string, depth: number): string {
	const [key, ...rest] = missing;
	if (key === undefined) {
		return property;
	}
	const indent = eolOf(source) + '\t'.repeat(depth + 1);
	return `${JSON.stringify(key)}: {${indent}\t${wrapped(rest, property, source, depth + 1)}${indent}}`;
}

function problem(text: string): Insertion {
	return { kind: 'problem', problem: text };
}

function insertInto(source: string, document: JsonDocument, object: Node, property: string): string {
	const body = source.slice(document.start);
	const eol = eolOf(source);
	const last = membersOf(object)?.at(-1)?.property;
	const inner = spanOf(object);
	const outerIndent = indentAt(body, inner.start);
	const edits: Edit[] = [];
	if (last === undefined) {
		const at = endOfLineComments(body, inner.start + 1);
		const open = body.slice(inner.start + 1, inner.end - 1).includes('\n');
		const content = `${eol}${outerIndent}\t${property}${open ? '' : `${eol}${outerIndent}`}`;
		edits.push({ offset: at, length: 0, content });
	} else {
		const { start, end } = spanOf(last);
		const comma = commaBetween(body, end, inner.end);
		const behind = comma === undefined ? end : comma + 1;
		const ownLine = isIndent(body, start);
		const at = ownLine ? endOfLineComments(body, behind) : behind;
		const tail = comma === undefined ? '' : ',';
		if (comma === undefined) {
			edits.push({ offset: end, length: 0, content: ',' });
		}
		const lead = ownLine ? `${eol}${indentAt(body, start)}` : ' ';
		edits.push({ offset: at, length: 0, content: `${lead}${property}${tail}` });
	}
	return source.slice(0, document.start) + applyEdits(body, edits);
}

/** INVARIANT: the result holds what the text held, plus the one server, and nothing else. */
function isGrown(
	before: JsonDocument,
	after: JsonDocument,
	[at, there]: readonly [readonly string[], readonly string[]],
	wanted: Node,
): boolean {
	const added = membersOf(nodeAt(after.root, at))?.at(-1)?.property;
	const [expected] = wanted.children ?? [];
	if (added === undefined || expected === undefined || fingerprint(added) !== fingerprint(expected)) {
		return false;
	}
	const grown = membersOf(nodeAt(after.root, there))?.at(-1)?.property;
	const [first] = at.slice(there.length);
	const alone = first === undefined || holdsOne(grown, at.slice(there.length));
	return alone && fingerprint(before.root) === fingerprint(after.root, grown);
}

/** True where each of the new objects holds nothing but the next. */
function holdsOne(property: Node | undefined, keys: readonly string[]): boolean {
	let node = property?.children?.[1];
	for (const key of keys.slice(1)) {
		const members = membersOf(node);
		if (members?.length !== 1 || members[0]?.key !== key) {
			return false;
		}
		node = members[0].value;
	}
	return membersOf(node)?.length === 1;
}

function eolOf(text: string): string {
	return text.includes('\r\n') ? '\r\n' : '\n';
}

function isIndent(text: string, at: number): boolean {
	return /(?:^|[\r\n])[ \t]*$/.test(text.slice(Math.max(0, at - 4096), at));
}

function indentAt(text: string, at: number): string {
	const line = text.slice(Math.max(text.lastIndexOf('\n', at - 1), text.lastIndexOf('\r', at - 1)) + 1, at);
	return /^[ \t]*/.exec(line)?.[0] ?? '';
}
