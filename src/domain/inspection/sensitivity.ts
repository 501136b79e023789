import { isJsonArray, isJsonObject, pointerToken, type JsonValue } from '../../base/json';
import { runSteps, type Steps } from '../../base/steps';
import { type Ceiling } from '../registry/serverEntry';
import { holdsHiddenSteps } from './holdsSecret';
import { type KnownValues } from './knownValues';
import { maskSteps } from './maskSecrets';
import { holdsAcross, type OutgoingLeaf, type OutgoingMemory, tell, type Told } from './outgoingMemory';
import { type OwnMarks } from './ownMarks';
import { isReference } from './reference';
import { KNOWN_VALUE } from './secretSightings';

/** One reason why data is more than public. */
export interface SensitivePlace {
	/** JSON pointer; empty where only the whole tells. Made of attacker-controlled member names. */
	readonly pointer: string;
	readonly label: Exclude<Ceiling, 'public'>;
	/** Id of the rule that says so. */
	readonly rule: string;
}

/** What data is, at its most sensitive. */
export interface Sensitivity {
	readonly label: Ceiling;
	/** At most 20. */
	readonly places: readonly SensitivePlace[];
	/** True when a value that this machine keeps is in there, alone or with what left before. */
	readonly holdsKnown: boolean;
	/** To be remembered. */
	readonly told: Told;
	readonly leaves: readonly OutgoingLeaf[];
}

/** What data is held against. */
export interface SensitivityLook {
	readonly marks: OwnMarks;
	readonly known?: KnownValues | undefined;
	/** What left before. */
	readonly before?: OutgoingMemory;
}

const MAX_PLACES = 20;
/** Longer texts are no pieces of something: their ends are looked at. */
const MAX_PIECE = 1_024;
const MAX_ROW = 65_536;
/** Leaves that may go on with what left before. */
const MAX_LEAVES = 64;
const RANK: Readonly<Record<Ceiling, number>> = { public: 0, internal: 1, secret: 2 };

/** True when data of this label may not go to a server with this ceiling. */
export function isAbove(label: Ceiling, ceiling: Ceiling): boolean {
	return RANK[label] > RANK[ceiling];
}

/**
 * How sensitive attacker-controlled data is: `secret` for keys, tokens and passwords in any form that `holdsSecret` knows, and
 * for what this machine keeps, also in pieces over several texts or messages; `internal` for what tells of this machine. What
 * is worded differently, or encrypted, is not seen.
 */
export function sensitivityOf(value: JsonValue, look: SensitivityLook): Sensitivity {
	return runSteps(sensitivitySteps(value, look));
}

/** `sensitivityOf`, in slices. */
export function* sensitivitySteps(value: JsonValue, { marks, known, before }: SensitivityLook): Steps<Sensitivity> {
	const masked = yield* maskSteps(value, known);
	const all = [...leavesOf(value, '')];
	const leaves = all.filter(({ isKey }) => isKey !== true);
	const texts = new Map(leaves.map(({ pointer, text }) => [pointer, text]));
	const secrets = masked.findings
		.filter(({ pointer, rule, span }) => !isReference(rule, (texts.get(pointer) ?? '').slice(span.start, span.end)))
		.map(({ pointer, rule }) => ({ pointer, label: 'secret', rule }) as const);
	const pieces = yield* knownPieces(all, known);
	const completed =
		known === undefined ? [] : (before?.completedBy(pieces.told, known) ?? thereIn(pieces.told, known));
	const inPieces: readonly SensitivePlace[] = secrets.some(({ rule }) => rule === KNOWN_VALUE)
		? []
		: completed.slice(0, MAX_PLACES).map(number => ({
				pointer: pieces.pointers.get(number) ?? '',
				label: 'secret' as const,
				rule: KNOWN_VALUE,
			}));
	const goesOn = before === undefined ? [] : yield* goingOn(leaves, known, before);
	const hidden =
		secrets.length + inPieces.length + goesOn.length === 0 && (yield* holdsHiddenSteps(value))
			? ([{ pointer: '', label: 'secret', rule: 'hidden-secret' }] as const)
			: [];
	const own = (yield* marks.findSteps(value)).map(
		({ pointer, rule }) => ({ pointer, label: 'internal', rule }) as const,
	);
	const secret = [...secrets, ...inPieces, ...goesOn, ...hidden];
	return {
		label: secret.length > 0 ? 'secret' : own.length > 0 ? 'internal' : 'public',
		places: [...secret, ...own].slice(0, MAX_PLACES),
		holdsKnown: secret.some(({ rule }) => rule === KNOWN_VALUE),
		told: pieces.told,
		leaves: leaves.slice(0, MAX_LEAVES).map(({ pointer, text }) => ({ pointer, text: text.slice(-MAX_PIECE) })),
	};
}

function thereIn(told: Told, known: KnownValues): readonly number[] {
	return [...told].flatMap(([value, bytes]) => (known.isThere(value, bytes.size) ? [value] : []));
}

interface Pieces {
	readonly told: Told;
	/** Where the first part of a value stands. */
	readonly pointers: ReadonlyMap<number, string>;
}

/** Which bytes of which known values all texts tell together: each alone, and one behind the other, both ways. */
function* knownPieces(leaves: readonly OutgoingLeaf[], known: KnownValues | undefined): Steps<Pieces> {
	const told = new Map<number, Set<number>>();
	const pointers = new Map<number, string>();
	if (known === undefined || known.size === 0) {
		return { told, pointers };
	}
	let row = '';
	let reversed = '';
	for (const { text, pointer, isKey } of leaves) {
		yield;
		const parts = known.find(text);
		tell(told, parts);
		parts.forEach(({ value }) => {
			pointers.set(value, pointers.get(value) ?? pointer);
		});
		if (isKey !== true && text.length <= MAX_PIECE && row.length < MAX_ROW) {
			row += text;
			reversed = text + reversed;
		}
	}
	for (const joined of [row, reversed]) {
		yield;
		tell(told, known.find(joined));
	}
	return { told, pointers };
}

/** Fields that say, behind what they said in messages before, what they do not say alone. */
function* goingOn(
	leaves: readonly OutgoingLeaf[],
	known: KnownValues | undefined,
	before: OutgoingMemory,
): Steps<readonly SensitivePlace[]> {
	const found: SensitivePlace[] = [];
	for (const { pointer, text } of leaves.slice(0, MAX_LEAVES)) {
		const tail = before.tailOf(pointer);
		const head = text.slice(0, MAX_PIECE);
		if (tail === '' || head === '') {
			continue;
		}
		yield;
		const across = (known?.find(tail + head) ?? []).some(
			({ value, from, to, start, end }) =>
				start < tail.length && end > tail.length && known?.isThere(value, to - from) === true,
		);
		if (across || holdsAcross(tail, head)) {
			found.push({ pointer, label: 'secret', rule: across ? KNOWN_VALUE : 'hidden-secret' });
		}
	}
	return found;
}

function* leavesOf(value: JsonValue | undefined, pointer: string): Generator<OutgoingLeaf> {
	if (typeof value === 'string') {
		yield { pointer, text: value };
	} else if (isJsonArray(value)) {
		for (const [index, item] of value.entries()) {
			yield* leavesOf(item, `${pointer}/${String(index)}`);
		}
	} else if (isJsonObject(value)) {
		for (const [key, item] of Object.entries(value)) {
			yield { pointer, text: key, isKey: true };
			yield* leavesOf(item, `${pointer}/${pointerToken(key)}`);
		}
	}
}
