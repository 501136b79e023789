import { GRAM_BITS } from './hashing';
import { type WrittenWeights } from './writtenWeights';
import { TRAIT_COUNT } from './traits';
import { type Weights } from './windows';

/** Weights out of their written form. Throws a RangeError where they do not fit the tables. */
export function readWeights({ bias, gramStep, traitStep, grams, traits }: WrittenWeights): Weights {
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
