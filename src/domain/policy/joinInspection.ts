import {
	type AnswerRule,
	DEFAULT_INSPECTION,
	type InspectionPolicy,
	type InspectionSaid,
	PERSONAL_DATA,
	type Suppression,
} from './inspectionPolicy';
import { type PolicyLayer } from './policy';

/** One layer's say about inspection. */
export interface InspectionLayer {
	readonly power: PolicyLayer['power'];
	readonly said: InspectionSaid | undefined;
}

const SECRETS_IN = ['pass', 'mask'] as const;
const SECRETS_OUT = ['redact', 'refuse'] as const;
const PERSONAL = ['pass', 'redact', 'refuse'] as const;

/**
 * What holds of several layers together: of each value the strictest that a layer says; where none says one, the default.
 *
 * INVARIANT: a layer that only tightens makes nothing milder: its `notice` rules and suppressions do not count, and its
 * values not below the default where nobody else speaks (4).
 */
export function joinInspection(layers: readonly InspectionLayer[]): InspectionPolicy {
	const { results, outgoing } = DEFAULT_INSPECTION;
	return {
		answers: layers.flatMap(answersOf),
		suppress: layers.flatMap(suppressionsOf),
		results: { secrets: strictest(SECRETS_IN, layers, results.secrets, said => said.resultSecrets) },
		outgoing: {
			secrets: strictest(SECRETS_OUT, layers, outgoing.secrets, said => said.outgoingSecrets),
			personalData: Object.fromEntries(
				PERSONAL_DATA.map(kind => [
					kind,
					strictest(PERSONAL, layers, outgoing.personalData[kind], said => said.personalData[kind]),
				]),
			) as InspectionPolicy['outgoing']['personalData'],
		},
	};
}

/** The same of the layers of a policy. */
export function joinLayers(layers: readonly PolicyLayer[]): InspectionPolicy {
	return joinInspection(
		layers.filter(speaksOfInspection).map(({ power, policy }) => ({ power, said: policy.inspectionSaid })),
	);
}

/** False for an organisation that only observes: it says nothing, as in decide.ts. */
export function speaksOfInspection({ kind, policy }: PolicyLayer): boolean {
	return kind !== 'organisation' || policy.mode !== 'observe';
}

/** The rules of a layer that count. */
export function answersOf({ power, said }: InspectionLayer): readonly AnswerRule[] {
	const answers = said?.answers ?? [];
	return power === 'grants' ? answers : answers.filter(({ effect }) => effect !== 'notice');
}

/** The suppressions of a layer that count, unless their time is over. */
export function suppressionsOf({ power, said }: InspectionLayer): readonly Suppression[] {
	return power === 'grants' ? (said?.suppress ?? []) : [];
}

/** `words` from the mildest on. */
function strictest<Word extends string>(
	words: readonly Word[],
	layers: readonly InspectionLayer[],
	otherwise: Word,
	read: (said: InspectionSaid) => Word | undefined,
): Word {
	const own = (power: PolicyLayer['power']) =>
		layers.flatMap(layer => {
			const word = layer.power === power && layer.said !== undefined ? read(layer.said) : undefined;
			return word === undefined ? [] : [words.indexOf(word)];
		});
	const granting = own('grants');
	const base = granting.length === 0 ? words.indexOf(otherwise) : Math.max(...granting);
	return words[Math.max(base, ...own('tightens'))] ?? otherwise;
}
