import { isAlias, isMap, isScalar, LineCounter, type Node, type YAMLMap } from 'yaml';
import { sha256Hex } from '../../base/digest';
import { errorText } from '../../base/errors';
import { type Phrase, phrase } from '../../base/phrase';
import { parseYaml, type YamlOutcome } from './boundedYaml';
import { PolicyReader } from './policyReader';
import { type PolicyProblem } from './policy';
import { shown } from './problemWords';

/** Largest text that is looked at, in UTF-16 units. */
const MAX_TEXT_LENGTH = 1_048_576;

/** A text read as one YAML mapping with a closed schema. */
export interface YamlReading<T> {
	/** Undefined when any problem is an error. */
	readonly value: T | undefined;
	readonly problems: readonly PolicyProblem[];
	/** SHA-256 of the text, lower-case hex. */
	readonly digest: string;
}

/**
 * Reads attacker-controlled text as one YAML 1.2 mapping, without tags, aliases, directives and repeated keys, and hands
 * it to `read`; an empty text is an undefined mapping. Never throws. `file` is used for messages only.
 */
export function readYamlMapping<T>(
	text: string,
	file: string,
	expected: Phrase,
	read: (root: YAMLMap | undefined, reader: PolicyReader, digest: string) => T,
): YamlReading<T> {
	const lines = new LineCounter();
	const reader = new PolicyReader(file, lines);
	const digest = sha256Hex(text);
	let value: T | undefined;
	if (text.length > MAX_TEXT_LENGTH) {
		reader.report('error', 'too-large', phrase('A policy has at most 1 MiB; split it up.'), [0, 1]);
	} else {
		try {
			value = readText(text, lines, reader, expected, root => read(root, reader, digest));
		} catch (error) {
			const said = phrase('This is not readable as YAML: {0}', shown(errorText(error)));
			reader.report('error', 'syntax', said, [0, 1]);
		}
	}
	return { value: reader.failed ? undefined : value, problems: reader.problems, digest };
}

function readText<T>(
	text: string,
	lines: LineCounter,
	reader: PolicyReader,
	expected: Phrase,
	read: (root: YAMLMap | undefined) => T,
): T | undefined {
	const outcome = parseYaml(text, lines);
	switch (outcome.kind) {
		case 'document':
			return readDocument(outcome, reader, expected, read);
		case 'too-deep':
			reader.report('error', 'syntax', phrase('This is nested too deeply for a policy.'), [0, 1]);
			return undefined;
		case 'several-documents': {
			const said = phrase('A policy is one YAML document; remove the ---.');
			reader.report('error', 'syntax', said, [outcome.at, outcome.at + 3]);
			return undefined;
		}
	}
}

function readDocument<T>(
	{ document, mayHoldMagic }: YamlOutcome & { readonly kind: 'document' },
	reader: PolicyReader,
	expected: Phrase,
	read: (root: YAMLMap | undefined) => T,
): T | undefined {
	for (const error of document.errors) {
		const message = error.message.split('\n')[0] ?? '';
		reader.report('error', 'syntax', phrase('This is not valid YAML: {0}', shown(message)), error.pos);
	}
	if (document.directives.yaml.explicit === true || Object.keys(document.directives.tags).some(tag => tag !== '!!')) {
		const said = phrase('YAML directives (lines with %) are not allowed; remove them.');
		reader.report('error', 'tag', said, [0, 1]);
	}
	if (mayHoldMagic) {
		refuseMagic(document.contents, reader);
	}
	const root = document.contents;
	if (root === null || (isScalar(root) && root.value === null)) {
		return read(undefined);
	}
	if (!isMap(root)) {
		reader.error('wrong-type', expected, root);
		return undefined;
	}
	if (document.errors.length > 0) {
		return undefined;
	}
	return read(root);
}

/** Tags and aliases make one text mean several things; neither is needed here. Depth is bounded by {@link parseYaml}. */
function refuseMagic(node: unknown, reader: PolicyReader): void {
	if (isAlias(node)) {
		reader.error('unresolved-alias', phrase('YAML aliases are not allowed; write the value out.'), node);
		return;
	}
	if (typeof node !== 'object' || node === null) {
		return;
	}
	const { tag, items, key, value } = node as { tag?: unknown; items?: unknown; key?: unknown; value?: unknown };
	if (typeof tag === 'string' && tag !== '') {
		reader.error('tag', phrase('YAML tags are not allowed; write the plain value.'), node as Node);
	}
	if (Array.isArray(items)) {
		items.forEach(item => {
			refuseMagic(item, reader);
		});
	} else if (key !== undefined) {
		refuseMagic(key, reader);
		refuseMagic(value, reader);
	}
}
