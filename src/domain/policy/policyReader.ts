import { isScalar, type LineCounter, type Node, type Pair } from 'yaml';
import { type Phrase, phrase } from '../../base/phrase';
import { nearestKey } from './nearestKey';
import { type PolicyProblem } from './policy';
import { type SourcePosition } from './sourcePosition';
import { replacementFor, THE_POLICY } from './replacedKeys';

/** More problems than this help nobody; the rest is left out. */
const MAX_PROBLEMS = 100;

/** Collects the problems of one policy text and knows where everything stands in it. */
export class PolicyReader {
	readonly problems: PolicyProblem[] = [];

	constructor(
		private readonly file: string,
		private readonly lines: LineCounter,
	) {}

	/** True when something makes the policy unusable. */
	get failed(): boolean {
		return this.problems.some(problem => problem.severity === 'error');
	}

	/** Where an offset of the text stands; lines and columns count from 1. */
	position(offset: number): SourcePosition {
		const { line, col } = this.lines.linePos(offset);
		return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
	}

	/** The place of a node; the start of the text for a node that was not written. */
	at(node: Node | null | undefined): SourcePosition {
		return this.position(node?.range?.[0] ?? 0);
	}

	/** Reports an error at a node. */
	error(code: PolicyProblem['code'], said: Phrase, node: Node | null | undefined): void {
		this.report('error', code, said, rangeOf(node));
	}

	/** Reports something that works but is probably not meant. */
	warn(code: PolicyProblem['code'], said: Phrase, node: Node | null | undefined): void {
		this.report('warning', code, said, rangeOf(node));
	}

	/** Reports a problem between two offsets of the text. */
	report(
		severity: PolicyProblem['severity'],
		code: PolicyProblem['code'],
		said: Phrase,
		[start, end]: readonly [number, number],
	): void {
		if (this.problems.length < MAX_PROBLEMS || (severity === 'error' && !this.failed)) {
			const { line, column } = this.position(Math.max(end, start + 1));
			this.problems.push({ severity, code, said, at: this.position(start), end: { line, column } });
		}
	}

	/**
	 * The entries of a mapping by key. Unknown and repeated keys are reported, the latter here and not by the YAML
	 * library, whose own check is quadratic.
	 */
	entries(pairs: readonly Pair[], known: readonly string[], where: Phrase): ReadonlyMap<string, Entry> {
		const entries = new Map<string, Entry>();
		const expected = setOf(known);
		for (const pair of pairs) {
			const entry = readEntry(pair);
			const key = entry.key;
			if (key === undefined) {
				this.error('unknown-key', phrase('A key in {0} must be a plain word.', where), entry.keyNode);
			} else if (entries.has(key)) {
				const said = phrase("'{0}' stands twice in {1}; merge the two.", shown(key), where);
				this.error('duplicate-key', said, entry.keyNode);
			} else {
				entries.set(key, entry);
				if (!expected.has(key)) {
					this.error('unknown-key', unknownKey(key, known, where), entry.keyNode);
				}
			}
		}
		return entries;
	}

	/** A non-empty, single-line string value; undefined after reporting anything else. */
	line(entry: Entry, maxLength: number): string | undefined {
		const node = entry.value;
		const name = entry.key ?? 'value';
		if (node === null || (isScalar(node) && (node.value === null || node.value === ''))) {
			const said = phrase("'{0}' is empty; write a value or leave the key out.", name);
			this.error('empty-value', said, node ?? entry.keyNode);
		} else if (!isScalar(node) || typeof node.value !== 'string') {
			this.error('wrong-type', phrase("'{0}' must be one text; put it in quotes if it is.", name), node);
		} else if (node.value.length > maxLength || hasControl(node.value) || node.value.trim() !== node.value) {
			this.error(
				'wrong-type',
				phrase(
					"'{0}' must be a single line of at most {1} characters without spaces around it.",
					name,
					maxLength,
				),
				node,
			);
		} else {
			return node.value;
		}
		return undefined;
	}

	/** One of a closed set of words, or the first of them when the key is absent. */
	choice<Word extends string>(entry: Entry | undefined, words: readonly [Word, ...Word[]]): Word {
		if (entry !== undefined) {
			const text = this.line(entry, 100);
			const word = words.find(candidate => candidate === text);
			if (word !== undefined) {
				return word;
			}
			if (text !== undefined) {
				this.error('wrong-type', phrase("'{0}' must be {1}.", entry.key ?? '', oneOf(words)), entry.value);
			}
		}
		return words[0];
	}
}

/** Lists of keys come again for each rule; the memo changes no outcome. */
const keySets = new WeakMap<readonly string[], ReadonlySet<string>>();

function setOf(known: readonly string[]): ReadonlySet<string> {
	const set = keySets.get(known) ?? new Set(known);
	keySets.set(known, set);
	return set;
}

/** One `key: value` of a mapping. `value` is null where nothing was written. */
export interface Entry {
	readonly key: string | undefined;
	readonly keyNode: Node | null;
	readonly value: Node | null;
}

/** A value of the policy as it may be shown in a message: short, on one line. */
export function shown(text: string): string {
	// eslint-disable-next-line no-control-regex -- they are what is taken out
	const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
	return plain.length > 60 ? `${plain.slice(0, 57)}...` : plain;
}

/** What may stand at a place: one of these. */
export function oneOf([first, ...others]: readonly [string | Phrase, ...(string | Phrase)[]]): string | Phrase {
	return others.reduce((left, right) => phrase('{0} or {1}', left, right), first);
}

/** A word as a message quotes it. */
export function quoted(word: string): Phrase {
	return phrase("'{0}'", word);
}

/** True for text with a line break or another control character. */
function hasControl(text: string): boolean {
	return /[\p{Cc}\u2028\u2029]/u.test(text);
}

function readEntry(pair: Pair): Entry {
	const keyNode = pair.key as Node | null;
	const key = isScalar(keyNode) && typeof keyNode.value === 'string' ? keyNode.value : undefined;
	return { key, keyNode, value: pair.value as Node | null };
}

function rangeOf(node: Node | null | undefined): readonly [number, number] {
	const range = node?.range;
	return range ? [range[0], range[1]] : [0, 1];
}

function unknownKey(key: string, known: readonly string[], where: Phrase): Phrase {
	if (where === THE_POLICY && ['path_prefix', 'paths', 'capability', 'servers', 'tools', 'reason'].includes(key)) {
		return phrase(
			"'{0}' belongs to a rule, but stands at the top level; indent it under its '- capability:' line.",
			key,
		);
	}
	const replacement = replacementFor(key, where);
	if (replacement !== undefined) {
		return phrase("'{0}' is not a key of {1}: {2}.", key, where, replacement);
	}
	const nearest = nearestKey(key, known);
	return nearest === undefined
		? phrase("'{0}' is not a key of {1}; known keys are {2}", shown(key), where, known.join(', '))
		: phrase("'{0}' is not a key of {1}; did you mean '{2}'?", shown(key), where, nearest);
}
