import { TRAINED } from './trainedWeights';
import { readWeights } from './weights';
import { type Weights } from './windows';

let shipped: Weights | undefined;

/** The weights that come with the product; read at the first use. Throws a RangeError where they are not of this reader. */
export function shippedWeights(): Weights {
	return (shipped ??= readWeights(TRAINED));
}
