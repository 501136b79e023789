// From the corpora and our own sentences to rows with features, and from those to weights.
import { learn, quantise } from './learn.mjs';
import { compose, itemsOf, trainingRows } from './mix.mjs';
import { ownRows } from './own/rows.mjs';
import { corpusRows } from './sources.mjs';

const COMPOSED = 900;

/** `{code, rows, own, items}`; `own` are the sentences of ours that are kept from the training. */
export function prepare(code, folder) {
	const rows = corpusRows(folder);
	const ours = ownRows();
	const train = ours.filter(({ split }) => split !== 'test');
	const items = itemsOf(code, rows, train, compose(rows, train, COMPOSED));
	return { code, rows, own: ours.filter(({ split }) => split === 'test'), items };
}

/** The modules of `src` that this needs of `code`. */
prepare.modules = [
	'src/domain/inspection/normalise.ts',
	...['readSegments', 'segments', 'traits', 'hashing', 'slices', 'windows'].map(
		name => `src/domain/inspection/model/${name}.ts`,
	),
];

/** The sizes of the two tables of weights. */
export const sizesOf = code => ({ grams: 1 << code.GRAM_BITS, traits: code.TRAIT_COUNT });

/** The weights of the model that learnt from all rows but those of the groups in `out`. */
export function trainOn(sizes, items, out) {
	const rows = trainingRows(
		items.filter(({ learnt }) => learnt),
		out,
	);
	return quantise(learn(rows, sizes));
}
prepare.modules.push('src/domain/inspection/model/weights.ts', 'src/domain/inspection/model/shippedWeights.ts');
