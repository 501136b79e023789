import { isJsonArray, MAX_JSON_DEPTH, pointerToken, type JsonValue } from '../../base/json';
import { runSteps, type Steps } from '../../base/steps';
import { detectSteps, NO_WEIGHTS } from './detectInstructions';
import { type Finding } from './finding';
import { findSteps } from './findInstructions';
import { type JoinedPart, joinedTexts, type JoinedText, type Leaf } from './joinedTexts';

/** Rule of the finding that says: more than the budget or the depth allows; what is below `pointer` was not looked at. */
export const INCOMPLETE = 'inspection-incomplete';

/** Characters of one value that are looked at. */
export const INSPECT_BUDGET = 8_388_608;

/** Characters of neighbouring texts that are looked at once more, joined; most are joined in two ways. */
const JOIN_BUDGET = 4_194_304;
/** Texts of a message that are joined. */
const MAX_LEAVES = 131_072;

/** Joined texts that are remembered. */
const MAX_HARMLESS = 256;

/** Findings after which the rest of a value is not looked at any more. */
const MAX_FINDINGS = 2_000;

/** A key with words in it, which may be the beginning of what its value says. */
const SPEAKING_KEY = /\S\s+\S/;
/** Members that say what a text is and stand between texts that are read as one. */
const ABOUT = new Set(['type', 'mimeType', 'role', 'uri', 'url', 'id', 'audience', 'lastModified']);

/** True for a finding that makes a leaf evidence instead of text: instruction-shaped or hidden, and not of low severity. */
export function isOffending(finding: Pick<Finding, 'kind' | 'severity'>): boolean {
	return finding.kind !== 'secret' && finding.severity !== 'low';
}

/**
 * Instruction-shaped and hidden text in every string leaf and every object key of a message part, and in neighbouring ones
 * read together: then each leaf that has a part of it is found. A finding in a key points to the object that has the key.
 * An `inspection-incomplete` finding says what
 * was not looked at: a leaf beyond the budget, a value too deep, or, at the root (pointer ''), everything after the first
 * findings beyond the limit. Never throws. The value is attacker-controlled.
 */
export function inspectValue(value: JsonValue, budget = INSPECT_BUDGET): readonly Finding[] {
	return runSteps(inspectSteps(value, budget));
}

/** `inspectValue`, in slices. */
export function* inspectSteps(value: JsonValue, budget = INSPECT_BUDGET): Steps<readonly Finding[]> {
	const inspection = new Inspection(budget);
	yield* inspection.walk(value, '', '', '', 0);
	yield* inspection.lookAtJoined();
	return inspection.all();
}

class Inspection {
	private readonly findings: Finding[] = [];
	/** Leaves of like places: the same but for indices. */
	private readonly columns = new Map<string, Leaf[]>();
	/** All leaves in their order, but for those that only say what another is. */
	private readonly inOrder: Leaf[] = [];
	/** By pointer: the rules of what was found there. */
	private readonly found = new Map<string, Set<string>>();
	/** Joined texts that said nothing: the keys of many objects are the same. */
	private readonly harmless = new Set<string>();
	private leaves = 0;
	/** True once something was not read together with its neighbours. */
	private unjoined = false;
	private joinLeft = JOIN_BUDGET;

	constructor(private left: number) {}

	all(): readonly Finding[] {
		if (this.isFull()) {
			return [...this.findings, incomplete('', 'Too much was found to go on looking.')];
		}
		return this.unjoined
			? [...this.findings, incomplete('', 'There are too many texts to read all of them together.')]
			: this.findings;
	}

	/** Looks at all of `item`; `column` is its pointer without indices, `name` the member that it is. */
	*walk(item: JsonValue | undefined, pointer: string, column: string, name: string, depth: number): Steps<void> {
		if (typeof item === 'string') {
			yield* this.look(item, pointer);
			this.keep({ text: item, pointer }, column, name);
		} else if (typeof item !== 'object' || item === null) {
			return;
		} else if (depth > MAX_JSON_DEPTH) {
			this.findings.push(incomplete(pointer, 'The value is nested too deep to be inspected.'));
		} else if (isJsonArray(item)) {
			for (const [index, child] of item.entries()) {
				yield* this.walk(child, `${pointer}/${String(index)}`, `${column}/*`, name, depth + 1);
			}
		} else {
			yield* this.members(item, pointer, column, depth);
		}
	}

	private *members(
		item: { readonly [key: string]: JsonValue | undefined },
		pointer: string,
		column: string,
		depth: number,
	): Steps<void> {
		const entries = Object.entries(item);
		for (const [key, child] of entries) {
			// Also below a name that offends: the policy may let the name stay.
			yield* this.look(key, pointer);
			const token = pointerToken(key);
			yield* this.walk(child, `${pointer}/${token}`, `${column}/${token}`, key, depth + 1);
			if (typeof child === 'string' && SPEAKING_KEY.test(key)) {
				yield* this.lookAtNeighbours([
					{ text: key, pointer },
					{ text: child, pointer: `${pointer}/${token}` },
				]);
			}
		}
		yield* this.lookAtNeighbours(entries.map(([key]) => ({ text: key, pointer })));
	}

	private isFull(): boolean {
		return this.findings.length > MAX_FINDINGS;
	}

	private *look(text: string, pointer: string): Steps<void> {
		if (this.isFull()) {
			return;
		}
		if (text.length > this.left) {
			this.findings.push(incomplete(pointer, 'The text is too long to be inspected.'));
			return;
		}
		this.left -= text.length;
		for (const hit of yield* findSteps(text)) {
			this.findings.push({ ...hit, pointer });
			this.found.set(pointer, (this.found.get(pointer) ?? new Set()).add(hit.rule));
		}
		yield;
	}

	private keep(leaf: Leaf, column: string, name: string): void {
		if (leaf.text === '' || this.leaves >= MAX_LEAVES) {
			this.unjoined ||= leaf.text !== '';
			return;
		}
		this.leaves += 1;
		const like = this.columns.get(column);
		if (like === undefined) {
			this.columns.set(column, [leaf]);
		} else {
			like.push(leaf);
		}
		if (!ABOUT.has(name)) {
			this.inOrder.push(leaf);
		}
	}

	/** What texts say together that stand at like places, and those that follow one another. */
	*lookAtJoined(): Steps<void> {
		for (const [, leaves] of this.columns) {
			yield* this.lookAtNeighbours(leaves);
		}
		if (this.columns.size > 1) {
			yield* this.lookAtNeighbours(this.inOrder);
		}
	}

	private *lookAtNeighbours(leaves: readonly Leaf[]): Steps<void> {
		for (const joined of leaves.length < 2 ? [] : joinedTexts(leaves)) {
			if (this.harmless.has(joined.text)) {
				continue;
			}
			this.joinLeft -= joined.text.length;
			if (this.joinLeft < 0 || this.isFull()) {
				this.unjoined = true;
				return;
			}
			// The model knows sentences: of words of different leaves it makes what nobody said.
			const hits = (yield* detectSteps(joined.text, NO_WEIGHTS)).filter(isOffending);
			if (hits.length === 0 && this.harmless.size < MAX_HARMLESS) {
				this.harmless.add(joined.text);
			}
			for (const hit of hits) {
				const parts = partsOf(joined, hit);
				if (parts.length > 1 && !parts.some(({ pointer }) => this.isKnown(pointer, hit.rule))) {
					this.findings.push(...parts);
				}
			}
			yield;
		}
	}

	/** True where a text by itself gave the same finding. */
	private isKnown(pointer: string, rule: string): boolean {
		return this.found.get(pointer)?.has(rule) === true;
	}
}

/** What is cut into pieces goes on before and after the words that gave it away: so many characters of like places. */
const AROUND = 320;

/** A hit in a joined text, once for each part that it touches; where it spans several, for their like neighbours as well. */
function partsOf({ parts }: JoinedText, hit: Omit<Finding, 'pointer'>): readonly Finding[] {
	const touches = ({ start, end }: JoinedPart, room: number) =>
		hit.span.start - room < end && hit.span.end + room > start;
	const touched = parts.filter(part => touches(part, 0));
	const places = new Set(touched.flatMap(({ pointer }) => placesOf(pointer)));
	const all =
		touched.length < 2
			? touched
			: parts.filter(
					part =>
						touches(part, 0) ||
						(touches(part, AROUND) && placesOf(part.pointer).some(place => places.has(place))),
				);
	return all.map(part => {
		const { pointer, start, end, from } = part;
		const { span } = touches(part, 0) ? hit : { span: { start, end } };
		return {
			...hit,
			pointer,
			span: { start: Math.max(span.start, start) - start + from, end: Math.min(span.end, end) - start + from },
		};
	});
}

/** Two texts are alike where they stand in one object or list, or in the same member of neighbouring ones. */
function placesOf(pointer: string): readonly string[] {
	return [`in ${pointer.slice(0, pointer.lastIndexOf('/'))}`, `as ${pointer.replace(/\/\d+(?=\/|$)/g, '/*')}`];
}

/** High: what nobody has looked at may be anything, and must not get by where the gravest would not. */
function incomplete(pointer: string, advice: string): Finding {
	return { kind: 'hidden-text', rule: INCOMPLETE, severity: 'high', pointer, span: { start: 0, end: 0 }, advice };
}
