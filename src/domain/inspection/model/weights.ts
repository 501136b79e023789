import { GRAM_BITS } from './hashing';
import { TRAIT_COUNT } from './traits';
import { type Weights } from './windows';

/** What `npm run train:injection` writes. */
export interface TrainedWeights {
	readonly bias: number;
	readonly gramStep: number;
	readonly traitStep: number;
	/** Base64 of one signed byte for each slot. */
	readonly grams: string;
	/** Base64 of two signed bytes for each trait, the lower first. */
	readonly traits: string;
}

/** Weights out of their written form. Throws a RangeError where they do not fit the tables. */
export function readWeights({ bias, gramStep, traitStep, grams, traits }: TrainedWeights): Weights {
	const gramBytes = bytesOf(grams);
	const traitBytes = bytesOf(traits);
	if (gramBytes.length !== 1 << GRAM_BITS || traitBytes.length !== TRAIT_COUNT * 2) {
		throw new RangeError('the weights are not of this model');
	}
	const traitTable = Int16Array.from(
		{ length: TRAIT_COUNT },
		(_, at) => (traitBytes[at * 2] as number) | ((traitBytes[at * 2 + 1] as number) << 8),
	);
	return { bias, gramStep, traitStep, grams: new Int8Array(gramBytes.buffer), traits: traitTable };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
	const binary = atob(base64);
	const bytes = new Uint8Array(binary.length);
	for (let at = 0; at < binary.length; at++) {
		bytes[at] = binary.charCodeAt(at);
	}
	return bytes;
}
