import { type Segments } from './segments';
import { CLASS_COUNT, PLEASE } from './wordClasses';

const C = CLASS_COUNT;
const PLACES = 6;
const SIZES = 5;
const SHARES = 4;
const OPENINGS = 10;
const LEAD_COUNT = 5;
const SCRIPTS = 5;

/** Where each family of traits begins. The order is part of the trained weights. */
const SIZES_OF_FAMILIES = {
	place: PLACES * SIZES,
	overlap: SHARES * SIZES * 3,
	firstPlace: C * PLACES,
	firstOverlap: C * SHARES,
	lead: LEAD_COUNT * OPENINGS,
	code: SHARES * SHARES,
	firstCode: C * SHARES,
	script: SCRIPTS * 2,
	question: 2 * PLACES * SHARES,
	length: 6 * 2,
	has: C,
	pair: C * C,
	order: 2 * C * 6,
} as const;

type Family = keyof typeof SIZES_OF_FAMILIES;

const BASE = {} as Record<Family, number>;
let total = 0;
for (const [family, size] of Object.entries(SIZES_OF_FAMILIES)) {
	BASE[family as Family] = total;
	total += size;
}

/** How many traits there are. */
export const TRAIT_COUNT = total;

/** The family of a trait, for the person who wants to know why. */
export function traitFamily(trait: number): Family {
	let found: Family = 'place';
	for (const [family, base] of Object.entries(BASE)) {
		if (trait >= base) {
			found = family as Family;
		}
	}
	return found;
}

/** Where in the whole text a slice lies. */
export interface SlicePlace {
	readonly first: boolean;
	readonly last: boolean;
}

const stamps = new Int32Array(TRAIT_COUNT);
let stamp = 0;

/** Writes the traits of every segment that was read. Linear. */
export function addTraits(into: Segments, place: SlicePlace): void {
	const { count } = into;
	const size = count <= 1 ? 0 : count <= 3 ? 1 : count <= 8 ? 2 : count <= 24 ? 3 : 4;
	const docCode = shareOf(into.allMarks, into.allMarks + into.allWords);
	const mainScript = scriptOfMost(into);
	let filled = 0;
	for (let at = 0; at < count; at++) {
		into.traitsFrom[at] = filled;
		stamp = (stamp + 1) | 0;
		const add = (trait: number): void => {
			if (stamps[trait] !== stamp) {
				stamps[trait] = stamp;
				into.traits[filled++] = trait;
			}
		};
		const words = into.words[at] as number;
		const marks = into.marks[at] as number;
		const first = into.firstClass[at] as number;
		const where = placeOf(at, count, place);
		const overlap = overlapOf(into, at);
		const code = shareOf(marks, marks + words);
		const script = into.script[at] as number;
		add(BASE.place + where * SIZES + size);
		add(BASE.overlap + (overlap.share * SIZES + size) * 3 + overlap.content);
		add(BASE.firstPlace + first * PLACES + where);
		add(BASE.firstOverlap + first * SHARES + overlap.share);
		add(BASE.lead + (into.lead[at] as number) * OPENINGS + openingOf(into.opening[at] as number));
		add(BASE.code + code * SHARES + docCode);
		add(BASE.firstCode + first * SHARES + docCode);
		add(BASE.script + script * 2 + (script === mainScript ? 0 : 1));
		const asks = isQuestion(into.closing[at] as number) ? 1 : 0;
		add(BASE.question + (asks * PLACES + where) * SHARES + overlap.share);
		add(BASE.length + lengthOf(words) * 2 + (docCode > 1 ? 1 : 0));
		const polite = first === PLEASE ? 1 : 0;
		const act = polite === 1 ? (into.secondClass[at] as number) : first;
		const stage = where === 3 ? 0 : where <= 2 && where > 0 ? 1 : 2;
		add(BASE.order + (polite * C + act) * 6 + stage * 2 + (overlap.share <= 1 ? 1 : 0));
		let before = 0;
		const end = Math.min(into.classesFrom[at + 1] as number, (into.classesFrom[at] as number) + 40);
		for (let each = into.classesFrom[at] as number; each < end; each++) {
			const known = into.classes[each] as number;
			add(BASE.has + known);
			add(BASE.pair + before * C + known);
			before = known;
		}
	}
	into.traitsFrom[count] = filled;
}

/** 0 only, 1 first, 2 second, 3 amid, 4 last but one, 5 last. */
function placeOf(at: number, count: number, { first, last }: SlicePlace): number {
	if (first && last && count === 1) {
		return 0;
	}
	if (first && at === 0) {
		return 1;
	}
	if (last && at === count - 1) {
		return 5;
	}
	return first && at === 1 ? 2 : last && at === count - 2 ? 4 : 3;
}

function overlapOf(into: Segments, at: number): { readonly share: number; readonly content: number } {
	const from = into.contentFrom[at] as number;
	const to = into.contentFrom[at + 1] as number;
	let again = 0;
	for (let each = from; each < to; each++) {
		again += (into.seen[into.content[each] as number] as number) > 1 ? 1 : 0;
	}
	const content = to - from;
	const share = content === 0 ? 0 : again * 5 <= content ? 1 : again * 2 <= content ? 2 : 3;
	return { share, content: content <= 2 ? 0 : content <= 6 ? 1 : 2 };
}

/** A share in four steps: below a tenth, a quarter, a half. */
function shareOf(part: number, whole: number): number {
	return part * 10 < whole ? 0 : part * 4 < whole ? 1 : part * 2 < whole ? 2 : 3;
}

function scriptOfMost(into: Segments): number {
	const counts = new Int32Array(SCRIPTS);
	for (let at = 0; at < into.count; at++) {
		const script = into.script[at] as number;
		counts[script] = (counts[script] as number) + (into.words[at] as number);
	}
	let most = 0;
	for (let script = 1; script < SCRIPTS; script++) {
		most = (counts[script] as number) > (counts[most] as number) ? script : most;
	}
	return most;
}

function openingOf(unit: number): number {
	const known = '-*#>|/"<['.indexOf(String.fromCharCode(unit));
	return known < 0 ? 9 : known;
}

function isQuestion(unit: number): boolean {
	return unit === 0x3f || unit === 0xff1f || unit === 0x61f;
}

function lengthOf(words: number): number {
	return words <= 2 ? 0 : words <= 4 ? 1 : words <= 8 ? 2 : words <= 16 ? 3 : words <= 32 ? 4 : 5;
}
