import { findNodeAtLocation, type JSONPath } from 'jsonc-parser';
import { pointerTokens } from '../base/json';
import { inEnglish } from '../base/phrase';
import { parseJson } from '../base/strictJson';
import { lineAt, MAX_DOCUMENT_CHARS, parseDocument } from '../domain/registry/jsonDocument';
import { isVersionOne, migrateRegistry } from '../domain/registry/migrateRegistry';
import { PROBLEM_WORDS } from '../domain/registry/problemWords';
import { readServerEntries } from '../domain/registry/readServerEntry';
import { type ServerEntry } from '../domain/registry/serverEntry';

/** Why the registry cannot be used. While there is one, it has no servers and takes none: everything is refused. */
export interface RegistryProblem {
	readonly file: string;
	/** 1-based. */
	readonly line: number;
	readonly message: string;
}

/** What a registry's file says. */
export interface RegistryContent {
	/** Undefined where there is no file. */
	readonly text: string | undefined;
	readonly entries: readonly ServerEntry[];
	/** True where an earlier version of the product wrote it. */
	readonly old?: true;
	readonly problem?: RegistryProblem;
}

/** Many servers with large schemas fit; beyond it, lines are not told. */
const MAX_REGISTRY_CHARS = MAX_DOCUMENT_CHARS * 32;

/** The problem as one sentence for people. */
export function describeRegistryProblem({ file, line, message }: RegistryProblem): string {
	return inEnglish(PROBLEM_WORDS.unusable(file, line, message));
}

/** The text of a registry's file, of the present version. */
export function registryText(entries: readonly ServerEntry[]): string {
	return `${JSON.stringify({ version: 2, servers: entries }, undefined, '\t')}\n`;
}

/** Reads the text of a registry's file: all of it, or nothing and why. */
export function readRegistryContent(text: string, file: string): RegistryContent {
	const failed = (line: number, message: string): RegistryContent => ({
		text,
		entries: [],
		problem: { file, line, message },
	});
	if (text.length > MAX_REGISTRY_CHARS) {
		return failed(1, 'the file is too large');
	}
	const parsed = parseJson(text, 'strict');
	if (!parsed.ok) {
		const document = parseDocument(text, 'json');
		return 'problem' in document
			? failed(document.problem.line, document.problem.message)
			: failed(1, parsed.problem.kind === 'duplicate-key' ? 'a key occurs twice' : 'it is not acceptable JSON');
	}
	const outcome = readServerEntries(migrateRegistry(parsed.value));
	if (outcome.kind === 'read') {
		return { text, entries: outcome.entries, ...(isVersionOne(parsed.value) && { old: true }) };
	}
	const { pointer, message } = outcome.problem;
	return failed(lineOf(text, pointer), `${pointer} ${message}`.trim());
}

/** The line of the deepest existing node on the way that a JSON pointer names. */
function lineOf(text: string, pointer: string): number {
	const document = parseDocument(text, 'json');
	if ('problem' in document) {
		return 1;
	}
	const way: JSONPath = pointerTokens(pointer).map(key => (/^\d+$/.test(key) ? Number(key) : key));
	for (let length = way.length; length > 0; length--) {
		const node = findNodeAtLocation(document.root, way.slice(0, length));
		if (node !== undefined) {
			return lineAt(text, node.offset);
		}
	}
	return 1;
}
