import { isScalar, type LineCounter, type Node, type Pair } from 'yaml';
import { type Phrase, phrase } from '../../base/phrase';
import { nearestKey } from './nearestKey';
import { type PolicyProblem } from './policy';
import { type KeyPlace, oneOf, shown } from './problemWords';
import { type SourcePosition } from './sourcePosition';

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
	 * library, whose own check is quadratic. `replaced` has what to say of keys that other products know.
	 */
	entries(
		pairs: readonly Pair[],
		known: readonly string[],
		where: KeyPlace,
		replaced: Readonly<Record<string, Phrase>> = {},
	): ReadonlyMap<string, Entry> {
		const entries = new Map<string, Entry>();
		const expected = setOf(known);
		for (const pair of pairs) {
			const entry = readEntry(pair);
			const key = entry.key;
			if (key === undefined) {
				this.error('unknown-key', phrase('A key {0} must be a plain word.', where.inside), entry.keyNode);
			} else if (entries.has(key)) {
				const said = phrase("'{0}' stands twice {1}; merge the two.", shown(key), where.inside);
				this.error('duplicate-key', said, entry.keyNode);
			} else {
				entries.set(key, entry);
				if (!expected.has(key)) {
					const said = Object.hasOwn(replaced, key) ? replaced[key] : undefined;
					this.error('unknown-key', said ?? unknownKey(key, known, where.of), entry.keyNode);
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
	const nearest = nearestKey(key, known);
	return nearest === undefined
		? phrase("'{0}' is not a key {1}; known keys are {2}", shown(key), where, known.join(', '))
		: phrase("'{0}' is not a key {1}; did you mean '{2}'?", shown(key), where, nearest);
}
