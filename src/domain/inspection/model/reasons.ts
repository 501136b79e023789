import { type Segments } from './segments';
import { traitFamily } from './traits';
import { type Weights, type Window } from './windows';

/** What a family of traits says, for a person. */
const SAYINGS: Readonly<Record<ReturnType<typeof traitFamily>, string>> = {
	place: 'it stands where added text stands',
	overlap: 'it has little in common with the text around it',
	firstPlace: 'it begins like an order or a request',
	firstOverlap: 'it begins like an order that has nothing to do with the rest',
	lead: 'it is set apart from the text before it',
	code: 'it is prose amid other content',
	firstCode: 'it begins like an order amid code or data',
	script: 'it is in another script than the rest',
	question: 'it asks the reader something',
	length: 'it has the length of an order',
	has: 'it speaks of the reader, of tasks or of tools',
	pair: 'it speaks of the reader, of tasks or of tools',
	order: 'it begins like an order or a request',
};
/** What is said when the words alone made the weight. */
const WORDS = 'its words are those of instructions';
const MOST = 2;

/** The strongest reasons for a window, strongest first; never empty, and nothing of the text. */
export function reasonsFor(segments: Segments, window: Window, weights: Weights): readonly string[] {
	const by = new Map<string, number>();
	const from = segments.traitsFrom[window.from] as number;
	const to = segments.traitsFrom[window.to] as number;
	let traits = 0;
	for (let at = from; at < to; at++) {
		const trait = segments.traits[at] as number;
		const weight = ((weights.traits[trait] as number) * weights.traitStep) / (window.to - window.from);
		const saying = SAYINGS[traitFamily(trait)];
		by.set(saying, (by.get(saying) ?? 0) + weight);
		traits += weight;
	}
	by.set(WORDS, window.weight - weights.bias - traits);
	const sorted = [...by].filter(([, weight]) => weight > 0).sort((a, b) => b[1] - a[1]);
	return sorted.length === 0 ? [WORDS] : sorted.slice(0, MOST).map(([saying]) => saying);
}
