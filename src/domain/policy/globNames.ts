import { type Element, readSegment } from './glob';

/** Literal characters at the start of a glob's segment that are enough to say which name is meant (`id_*`). */
const ENOUGH = 3;

/** Steps over one pair of globs, far more than honest ones take. */
const MAX_STEPS = 20_000;

/** A glob of the policy or of the built-in list, ready to be held against globs of a call. */
export interface NamedGlob {
	readonly parts: readonly Part[];
}

interface Part {
	readonly text: string;
	/** Undefined for `**`. */
	readonly elements: readonly Element[] | undefined;
	/** Holds letters, so that a glob of the call has to name it; `*` alone does not name anything. */
	readonly literal: boolean;
}

/** Compiles a glob without braces; undefined for what does not compile. */
export function namedGlob(glob: string): NamedGlob | undefined {
	const parts: Part[] = [];
	for (const text of glob.split('/')) {
		if (text === '' || (text === '**' && parts.at(-1)?.elements === undefined && parts.length > 0)) {
			continue;
		}
		const elements = text === '**' ? undefined : readSegment(text.replace(/\*{2,}/g, '*'));
		if (elements !== undefined && 'text' in elements) {
			return undefined;
		}
		parts.push({ text, elements, literal: elements?.some(isTelling) === true });
	}
	return { parts };
}

/** A character that tells something: not a wildcard, and more than a dot. */
function isTelling(element: Element): boolean {
	return element.kind === 'char' && element.char !== '.';
}

/**
 * True when a glob of the call names what `rule` speaks of: both can match the same path, and each segment of the rule
 * that has a name in it is named by the call (`.en*` names `.env`, `id_*` names `id_rsa`), not just swept up by a wildcard
 * (`*`, `**`, `*.json`). Both are absolute or start with `**`. A rule without any name in it is named by nothing.
 */
export function namesSame(rule: NamedGlob, call: NamedGlob): boolean {
	if (!rule.parts.some(({ literal }) => literal)) {
		return false;
	}
	const seen = new Set<number>();
	const open: (readonly [number, number])[] = [[0, 0]];
	const width = call.parts.length + 1;
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const [at, to] = next;
		if (seen.has(at * width + to)) {
			continue;
		}
		seen.add(at * width + to);
		if (seen.size > MAX_STEPS) {
			return true;
		}
		const wanted = rule.parts[at];
		const given = call.parts[to];
		if (wanted === undefined && given === undefined) {
			return true;
		}
		if (
			wanted !== undefined &&
			!wanted.literal &&
			(wanted.elements === undefined || given?.elements === undefined)
		) {
			open.push([at + 1, to]);
		}
		if (given !== undefined && (given.elements === undefined || wanted?.elements === undefined)) {
			if (given.elements === undefined || wanted !== undefined) {
				open.push([at, to + 1]);
			}
		}
		if (wanted?.elements !== undefined && given?.elements !== undefined && meets(wanted, given)) {
			open.push([at + 1, to + 1]);
		}
	}
	return false;
}

function meets(rule: Part, call: Part): boolean {
	const [left = [], right = []] = [rule.elements, call.elements];
	return rule.text === call.text || (overlap(left, right) && (!rule.literal || names(left, right)));
}

/** True when some text fits both segments. */
function overlap(left: readonly Element[], right: readonly Element[]): boolean {
	// Whether the elements from a pair of places on can fit the same text, from the end to the start.
	let below: readonly boolean[] = [];
	for (let at = left.length; at >= 0; at--) {
		const row: boolean[] = [];
		for (let to = right.length; to >= 0; to--) {
			const one = left[at];
			const other = right[to];
			row[to] =
				one === undefined && other === undefined
					? true
					: (one?.kind === 'star' && below[to] === true) ||
						(other?.kind === 'star' && row[to + 1] === true) ||
						(one !== undefined &&
							other !== undefined &&
							((one.kind === 'star' && row[to + 1] === true) ||
								(other.kind === 'star' && below[to] === true) ||
								(one.kind !== 'star' &&
									other.kind !== 'star' &&
									sameChar(one, other) &&
									below[to + 1] === true)));
		}
		below = row;
	}
	return below[0] === true;
}

function sameChar(left: Element, right: Element): boolean {
	if (left.kind === 'char') {
		return right.kind === 'char' ? left.char === right.char : inSet(left.char, right);
	}
	return right.kind === 'char' ? inSet(right.char, left) : true;
}

function inSet(char: string, element: Element): boolean {
	return (
		element.kind !== 'set' || element.ranges.some(([from, to]) => from <= char && char <= to) !== element.negated
	);
}

/** Whether the call's segment says enough of the rule's. */
function names(rule: readonly Element[], call: readonly Element[]): boolean {
	const wanted = longestRun(rule);
	if (wanted.length >= ENOUGH && longestRun(call).includes(wanted)) {
		return true;
	}
	const start = rule[0]?.kind !== 'star';
	const common = start ? commonLiterals(rule, call) : commonLiterals(rule.toReversed(), call.toReversed());
	const dot = start && rule[0]?.kind === 'char' && rule[0].char === '.';
	return common >= (dot ? 1 : Math.min(ENOUGH, Math.ceil(wanted.length / 2)));
}

/** How many literal characters of the call stand where the rule has them, from one end to the first star. */
function commonLiterals(rule: readonly Element[], call: readonly Element[]): number {
	let literals = 0;
	for (let at = 0; at < Math.min(rule.length, call.length); at++) {
		const wanted = rule[at];
		const given = call[at];
		if (wanted === undefined || given === undefined || wanted.kind === 'star' || given.kind === 'star') {
			break;
		}
		// A set that stands for one character is that character: `[.]env`.
		literals +=
			given.kind === 'char' || (given.kind === 'set' && !given.negated && given.ranges.length === 1) ? 1 : 0;
	}
	return literals;
}

function longestRun(elements: readonly Element[]): string {
	let longest = '';
	let run = '';
	for (const element of elements) {
		run = element.kind === 'char' ? run + element.char : '';
		longest = run.length > longest.length ? run : longest;
	}
	return longest;
}
