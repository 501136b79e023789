import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, visit } from 'yaml';
import { parseYaml } from './boundedYaml';
import { SECTIONS } from './parsePolicy';
import { type Effect } from './policy';

/** Longer texts are not looked at while somebody types, in UTF-16 units; a policy of 2,000 rules is shorter. */
export const MAX_TYPED_TEXT = 262_144;

/** More of one word than this is no word of a policy. */
const MAX_WORD = 1024;

/** Stands for the word at the cursor while the text is parsed: a plain scalar in every place, and in no honest text. */
const MARK = 'mcpfwcursorx7q';

/** Where in a policy the cursor stands; offsets in UTF-16 units. */
export interface PolicyPlace {
	/** `key`: the name of an entry. `value`: what stands behind a colon. `item`: one entry of a list. */
	readonly kind: 'key' | 'value' | 'item';
	/** Keys and indices from the top, down to the collection (for a key, its mapping) or to the value itself. */
	readonly path: readonly (string | number)[];
	/** The whole scalar that the cursor stands in; attacker-controlled. */
	readonly scalar: string;
	/** The word that the cursor touches. */
	readonly from: number;
	readonly to: number;
	/** What the mapping or the list around the cursor holds besides. */
	readonly siblings: readonly string[];
	/** True between quotes: what is inserted there is not quoted again. */
	readonly quoted: boolean;
	/** The rule around the cursor. */
	readonly rule?: { readonly effect: Effect; readonly servers: readonly string[] };
}

/**
 * Where the cursor stands in attacker-controlled, mostly incomplete text: the word at the cursor is taken out for a mark,
 * and the mark is looked for in what the parser makes of the rest. Undefined in comments, in text that is too long, too
 * deep or beyond repair. Never throws.
 */
export function placeAt(text: string, offset: number): PolicyPlace | undefined {
	if (text.length > MAX_TYPED_TEXT || offset < 0 || offset > text.length) {
		return undefined;
	}
	const from = wordEdge(text, offset, -1);
	const to = wordEdge(text, offset, 1);
	if (to - from > MAX_WORD) {
		return undefined;
	}
	const lineStart = text.lastIndexOf('\n', from - 1) + 1;
	const lineEnd = text.indexOf('\n', to);
	const rest = text.slice(to, lineEnd < 0 ? text.length : lineEnd);
	// A word alone on its line is read as a key: without a colon the parser would take the next line in as well.
	const colon = text.slice(lineStart, from).trim() === '' && rest.trim() === '' ? ':' : '';
	try {
		return findMark(text.slice(0, from) + MARK + colon + text.slice(to), { from, to, word: text.slice(from, to) });
	} catch {
		return undefined;
	}
}

interface Word {
	readonly from: number;
	readonly to: number;
	readonly word: string;
}

function findMark(marked: string, { from, to, word }: Word): PolicyPlace | undefined {
	const outcome = parseYaml(marked, new LineCounter());
	if (outcome.kind !== 'document') {
		return undefined;
	}
	let place: PolicyPlace | undefined;
	visit(outcome.document, {
		Scalar(key, node, ancestors) {
			if (typeof node.value !== 'string' || !node.value.includes(MARK)) {
				return undefined;
			}
			const path = pathOf(ancestors as readonly Node[], key, node);
			const around = ancestors.filter(ancestor => isMap(ancestor) || isSeq(ancestor)).at(-1);
			const rule = ruleOf(ancestors as readonly Node[], path);
			place = {
				kind: key === 'key' ? 'key' : typeof key === 'number' ? 'item' : 'value',
				path,
				scalar: node.value.replace(MARK, () => word).slice(0, MAX_WORD),
				...{ from, to },
				siblings: siblingsOf(around).filter(text => !text.includes(MARK)),
				quoted: node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE',
				...(rule !== undefined && { rule }),
			};
			return visit.BREAK;
		},
	});
	return place;
}

/** Keys and indices above a node; `visit` gives every ancestor, and an index only for the node itself. */
function pathOf(ancestors: readonly Node[], key: unknown, node: Node): readonly (string | number)[] {
	const path: (string | number)[] = [];
	[...ancestors, node].forEach((child, at) => {
		const parent = ancestors[at - 1];
		if (isSeq(parent)) {
			path.push(parent.items.indexOf(child));
		} else if (isPairLike(child) && !(key === 'key' && at === ancestors.length - 1)) {
			path.push(keyText(child));
		}
	});
	return path;
}

function ruleOf(ancestors: readonly Node[], path: readonly (string | number)[]): PolicyPlace['rule'] {
	const effect = SECTIONS.find(section => section === path[0]);
	if (effect === undefined || typeof path[1] !== 'number') {
		return undefined;
	}
	const sections = ancestors.findIndex(ancestor => isSeq(ancestor));
	const rule = ancestors[sections + 1];
	const servers = isMap(rule) ? rule.items.find(pair => keyText(pair) === 'servers')?.value : undefined;
	const texts = isSeq(servers) ? servers.items : [servers];
	return {
		effect,
		servers: texts.flatMap(each =>
			isScalar(each) && typeof each.value === 'string' && !each.value.includes(MARK) ? [each.value] : [],
		),
	};
}

function siblingsOf(around: unknown): readonly string[] {
	if (isMap(around)) {
		return around.items.map(keyText);
	}
	return isSeq(around)
		? around.items.flatMap(item => (isScalar(item) && typeof item.value === 'string' ? [item.value] : []))
		: [];
}

function keyText(pair: unknown): string {
	const { key } = pair as Pair;
	return isScalar(key) ? String(key.value) : '';
}

function isPairLike(node: unknown): node is Pair {
	return typeof node === 'object' && node !== null && 'key' in node && 'value' in node && !isScalar(node);
}

/** The end of the word in one direction. `:` ends it only where it makes a key, `#` only where it makes a comment. */
function wordEdge(text: string, offset: number, step: -1 | 1): number {
	let at = offset;
	for (let count = 0; count <= MAX_WORD; count++) {
		const next = step < 0 ? at - 1 : at;
		const char = text[next];
		if (
			char === undefined ||
			/[\s,[\]{}"']/.test(char) ||
			(char === ':' && /[\s,\]}]|^$/.test(text[next + 1] ?? ''))
		) {
			return at;
		}
		at += step;
	}
	return at;
}
