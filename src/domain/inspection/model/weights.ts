import { GRAM_BITS } from './hashing';
import { TRAIT_COUNT } from './traits';
import { type Weights } from './windows';
import { readNumbers } from './writtenNumbers';
import { type WrittenWeights } from './writtenWeights';

/** Weights out of their written form. Throws a RangeError where they do not fit the tables. */
export function readWeights({ bias, gramStep, traitStep, grams, traits }: WrittenWeights): Weights {
	return {
		...{ bias, gramStep, traitStep },
		grams: readNumbers(grams, new Int8Array(1 << GRAM_BITS)),
		traits: readNumbers(traits, new Int16Array(TRAIT_COUNT)),
	};
}
