import { applyEdits, type Edit, type Node } from 'jsonc-parser';
import { fingerprint, type JsonDocument, membersOf, parseDocument } from './jsonDocument';
import { commaBetween, endOfLineComments, serversOf, spanOf } from './removeServer';

/** What came of putting a server back: the new text, or that one of its name is there already. */
export type Insertion =
	| { readonly kind: 'inserted'; readonly text: string }
	| { readonly kind: 'already-there' }
	| { readonly kind: 'problem'; readonly problem: string };

/**
 * Puts a property that {@link removeServer} took out back as the last one of `servers`, as it was written. Nothing else
 * of the text changes; a `servers` object is made when there is none. The result is parsed and compared. Never throws.
 */
export function insertServer(text: string, name: string, property: string): Insertion {
	const source = text.replace('\uFEFF', '').trim() === '' ? `${text.trim()}{}\n` : text;
	const document = parseDocument(source);
	if ('problem' in document) {
		return problem(`line ${document.problem.line}: ${document.problem.message}`);
	}
	const top = membersOf(document.root);
	const wanted = parseDocument(`{${property}}`);
	if (top === undefined || 'problem' in wanted || membersOf(wanted.root)?.length !== 1) {
		return problem('the file or the server is not what was expected');
	}
	const servers = serversOf(document);
	const members = membersOf(servers);
	if (members?.some(({ key }) => key === name) === true) {
		return { kind: 'already-there' };
	}
	if (members === undefined && top.some(({ key }) => key === 'servers')) {
		return problem('"servers" must be one object');
	}
	const put = servers ?? document.root;
	const what = servers === undefined ? `"servers": {${eolOf(source)}\t\t${property}${eolOf(source)}\t}` : property;
	const result = insertInto(source, document, put, what);
	const after = parseDocument(result);
	return !('problem' in after) && isGrown(document, after, servers === undefined, wanted.root)
		? { kind: 'inserted', text: result }
		: problem('the server cannot be put into this file safely');
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
function isGrown(before: JsonDocument, after: JsonDocument, newObject: boolean, wanted: Node): boolean {
	const servers = serversOf(after);
	const added = membersOf(servers)?.at(-1)?.property;
	const [expected] = wanted.children ?? [];
	if (added === undefined || expected === undefined || fingerprint(added) !== fingerprint(expected)) {
		return false;
	}
	return fingerprint(before.root) === fingerprint(after.root, newObject ? servers?.parent : added);
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
