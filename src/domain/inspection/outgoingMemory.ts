import { type KnownPart, type KnownValues } from './knownValues';
import { BY_FORM } from './holdsSecret';
import { maskSecrets } from './maskSecrets';

/** Fields whose last words are remembered, and how much of each. */
const MAX_FIELDS = 64;
const TAIL = 512;
/** Values of which parts left. */
const MAX_VALUES = 256;

/** A leaf of what is about to leave. Attacker-controlled. */
export interface OutgoingLeaf {
	/** JSON pointer. */
	readonly pointer: string;
	readonly text: string;
	/** True of the name of a member. */
	readonly isKey?: true;
}

/** What of which known values is in something: bytes, by the number of the value. */
export type Told = ReadonlyMap<number, ReadonlySet<number>>;

/**
 * What one window has sent so far or tried to, as far as it tells of secrets that leave in pieces (SEQ-04): bytes of known values, and
 * the ends of texts by their field. In memory, bounded, gone with the window; never written.
 */
export class OutgoingMemory {
	/** By the mark of the value. */
	private readonly told = new Map<string, Set<number>>();
	private readonly tails = new Map<string, string>();

	/** Known values that are there once what left before is counted; only those that this adds to. */
	completedBy(told: Told, known: KnownValues): readonly number[] {
		return [...told].flatMap(([value, bytes]) => {
			const before = this.told.get(known.markOf(value));
			return bytes.size > 0 && known.isThere(value, new Set([...(before ?? []), ...bytes]).size) ? [value] : [];
		});
	}

	/** The end of what a field said in the calls before; empty where it said nothing. */
	tailOf(pointer: string): string {
		return this.tails.get(pointer) ?? '';
	}

	/** Remembers what was about to leave. */
	sent(told: Told, known: KnownValues | undefined, leaves: readonly OutgoingLeaf[]): void {
		for (const [value, bytes] of told) {
			const mark = known?.markOf(value) ?? '';
			const all = new Set([...(this.told.get(mark) ?? []), ...bytes]);
			this.told.delete(mark);
			this.told.set(mark, all);
		}
		for (const { pointer, text } of leaves) {
			const tail = ((this.tails.get(pointer) ?? '') + text).slice(-TAIL);
			this.tails.delete(pointer);
			this.tails.set(pointer, tail);
		}
		forgetOldest(this.told, MAX_VALUES);
		forgetOldest(this.tails, MAX_FIELDS);
	}
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
	for (const key of [...map.keys()].slice(0, Math.max(0, map.size - most))) {
		map.delete(key);
	}
}

/** Adds parts to what is told. */
export function tell(told: Map<number, Set<number>>, parts: readonly KnownPart[]): void {
	for (const { value, from, to } of parts) {
		const bytes = told.get(value) ?? new Set<number>();
		for (let byte = from; byte < to; byte++) {
			bytes.add(byte);
		}
		told.set(value, bytes);
	}
}

/** True when a text that goes on with another holds a secret, by its form, that reaches over the joint. */
export function holdsAcross(tail: string, text: string): boolean {
	return maskSecrets(tail + text).findings.some(
		({ rule, span }) => BY_FORM.test(rule) && span.start < tail.length && span.end > tail.length,
	);
}
